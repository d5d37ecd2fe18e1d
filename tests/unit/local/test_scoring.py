"""The scoring process of the embedded mode serves every queue, and so does `faithline process`."""

from __future__ import annotations

import threading
import time
from typing import ClassVar

import pytest
from typer.testing import CliRunner

from evaluator.bootstrap import Services
from evaluator.cli.main import app
from evaluator.core.evaluator import Evaluator, EvaluatorSpec, Resource
from evaluator.core.ports import NoHints, SystemClock
from evaluator.local import scoring
from evaluator.pipeline.catalog.rules import parse_rule, push_rule
from evaluator.settings import Settings
from evaluator.store.store import Store
from tests.support.house import PROJECT, House, ShoutEvaluator, trace


class AskingEvaluator(ShoutEvaluator):
    """Shouting, as told by a provider."""

    spec: ClassVar[EvaluatorSpec] = ShoutEvaluator.spec.model_copy(
        update={"name": "asking", "resource": Resource.PROVIDER}
    )


def two_jobs(store: Store) -> None:
    """One trace under two rules: one job in each queue."""
    house = House(store)
    house.rule()
    asking = parse_rule({"name": "asking", "evaluator": "asking"})
    push_rule(store, PROJECT, asking, lambda *_: AskingEvaluator(), house.clock)
    house.feed(trace(1))
    house.clock.turn(60)
    house.control()


def outcomes(store: Store) -> int:
    with store.read() as unit:
        return sum(unit.of(PROJECT).outcomes.counts().values())


def build(self: Services, project: str, pinned: str) -> Evaluator:
    with self.store.read() as unit:
        version = unit.of(project).evaluators.get(pinned)
    return AskingEvaluator() if version and version.name == "asking" else ShoutEvaluator()


def test_every_queue_is_served(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Services, "build", build)
    store = Store(sqlite_url)
    two_jobs(store)
    stopped = threading.Event()
    services = Services(Settings(database_url=sqlite_url), store, SystemClock(), NoHints())
    thread = threading.Thread(target=scoring.run_all, args=(services, stopped))
    thread.start()
    until = time.monotonic() + 60
    while outcomes(store) < 2 and time.monotonic() < until:
        time.sleep(0.05)
    stopped.set()
    thread.join(30)
    assert outcomes(store) == 2
    assert not thread.is_alive()
    store.close()


def test_process_serves_every_queue(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Services, "build", build)
    monkeypatch.setenv("FAITHLINE_DATABASE_URL", sqlite_url)
    monkeypatch.setenv("FAITHLINE_STARTER_RULES", "false")
    store = Store(sqlite_url)
    two_jobs(store)
    assert CliRunner().invoke(app, ["process"]).exit_code == 0
    assert outcomes(store) == 2
    store.close()
