"""Poison in running services, embedded and distributed: what is bad is set aside, and everybody else goes on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from bench.chaos.evaluators import plugin
from bench.servers import wait_until
from bench.servers.compose import ROOT, distributed
from bench.servers.postgres import libpq_address
from bench.servers.serving import Served, serving
from evaluator.core.quarantine import Kind, Step
from evaluator.ingest.assembly.assemble import assemble
from evaluator.pipeline.series.read import SeriesQuery, read_series
from evaluator.pipeline.stages.settle import settle_due
from evaluator.store import migrate
from evaluator.store.store import Store
from tests.support.house import House, TurnedClock, trace

GOOD, BAD = "good", "bad"
EACH = 6
Running = Callable[[], AbstractContextManager[Served]]


@contextmanager
def embedded(tmp_path: Path) -> Iterator[Served]:
    with serving(tmp_path, lease_seconds="4") as served:
        yield served


@pytest.fixture(params=[pytest.param("embedded"), pytest.param("distributed", marks=[pytest.mark.redis])])
def installation(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Store, Running]:
    """An empty store, and what starts the services on it."""
    if request.param == "embedded":
        url = f"sqlite:///{tmp_path / 'serve.db'}"
        migrate.upgrade(url)
        return Store(url), lambda: embedded(tmp_path)
    url = request.getfixturevalue("postgres_url")

    @contextmanager
    def cluster() -> Iterator[Served]:
        with distributed(tmp_path, {"judge": 0}, database=libpq_address(url), lease_seconds="4") as running:
            yield running.served

    return Store(url), cluster


def plant(store: Store) -> str:
    """Three times `EACH` traces of two projects on their way, one of each three bad in the one project: it can not be
    put together, no rule can look at it, no rate can hold it. Of its two rules one can not be read, and the series of
    that is returned."""
    house = House(store, TurnedClock(datetime.now(UTC) - timedelta(minutes=10)))
    for project in (BAD, GOOD):
        house.rule(project)
        house.feed(*(trace(n) for n in range(EACH)), project=project)
    second = house.rule(BAD, name="second", parameters={"note": "second"})
    house.control()
    house.score()
    for first in (100, 200):
        for project in (BAD, GOOD):
            house.feed(*(trace(first + n) for n in range(EACH)), project=project)
        if first == 100:
            while settle_due(store, assemble, house.clock):
                pass
    hurt = {
        "UPDATE selection SET probability = 5e-324 WHERE project = 'bad' AND trace_id = 't3'": {},
        "UPDATE trace SET facts = :facts WHERE project = 'bad' AND id = 't103'": {"facts": "[1]"},
        "UPDATE part SET body = :body WHERE project = 'bad' AND trace_id = 't203'": {"body": b"no"},
        "UPDATE rule SET definition = :none WHERE project = 'bad' AND name = 'second'": {"none": '{"name": 3}'},
    }
    with store.write() as unit:
        for statement, values in hurt.items():
            assert unit.connection.execute(text(statement), values).rowcount, statement
    return second.series


def in_rates(store: Store, project: str) -> int:
    with store.read() as unit:
        found = read_series(unit, project, SeriesQuery())
    return sum(one.total.counts.scored for one in found if one.rule == "shouting")


def set_aside(store: Store, project: str) -> set[tuple[Step, Kind, str]]:
    with store.read() as unit:
        return {(q.step, q.kind, q.trace or q.subject) for q in unit.of(project).quarantine.list(100)}


@pytest.mark.timeout(300)
def test_poison_on_its_way_stops_nobody(
    installation: tuple[Store, Running], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = plugin(tmp_path / "site", {"shout": "tests.support.house:ShoutEvaluator"})
    monkeypatch.setenv("PYTHONPATH", f"{site}:{ROOT}")
    store, running = installation
    series = plant(store)
    with running() as served:
        wait_until(lambda: (in_rates(store, GOOD), in_rates(store, BAD)) == (18, 15), 200, "not all is in the rates")
        wait_until(lambda: len(set_aside(store, BAD)) == 4, 60, "not all that is bad is set aside")
        ready: dict[str, Any] = served.call("/readyz")
    assert set_aside(store, GOOD) == set()
    assert set_aside(store, BAD) == {
        (Step.SETTLE, Kind.TRACE, "t203"),
        (Step.SELECT, Kind.TRACE, "t103"),
        (Step.AGGREGATE, Kind.TRACE, "t3"),
        (Step.AGGREGATE, Kind.SERIES, series),
    }
    assert ready["set_aside"]
    store.close()
