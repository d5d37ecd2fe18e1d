"""A worker goes on without hints, and ends when it has gone deaf."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.servers import free_port
from evaluator.bootstrap import Services, assemble, open_services
from evaluator.core.ids import DEFAULT_PROJECT
from evaluator.ingest.native import traces as native
from evaluator.pipeline.schedule import AGGREGATE, JUDGE, SCORE, SETTLE
from evaluator.pipeline.stages.ingest import store_parts
from evaluator.pipeline.stages.run import Stages, Tools
from evaluator.settings import Settings
from workers.watchdog import DEAF_EXIT, Watchdog

STAGES = (SETTLE, SCORE, AGGREGATE)


@pytest.fixture
def services(tmp_path: Path) -> Iterator[Services]:
    """A house over SQLite whose Redis does not answer."""
    settings = Settings(
        database_url=f"sqlite:///{tmp_path / 'w.db'}", redis_url=f"redis://127.0.0.1:{free_port()}/0", quiet_seconds=0
    )
    opened = open_services(settings)
    yield opened
    opened.close()


def feed(services: Services, n: int) -> None:
    items = [{"id": f"t{i}", "question": "q?", "answer": f"Call 555-010{i}", "complete": True} for i in range(n)]
    parts, errors = native.parse(items, project=DEFAULT_PROJECT, received=services.clock.now())
    assert not errors
    store_parts(services.store, parts, services.clock, services.quiet)


def outcomes(services: Services) -> int:
    with services.store.read() as unit:
        return sum(unit.of(DEFAULT_PROJECT).outcomes.counts().values())


def test_without_any_hint_everything_is_scored(services: Services) -> None:
    services.push_rule(DEFAULT_PROJECT, {"name": "pii", "evaluator": "pii"})
    feed(services, 5)
    stages = services.stages()
    left: list[int] = []
    dogs = [Watchdog(stages, stage, lambda _queue: 0, left.append) for stage in STAGES]
    for dog in dogs:
        dog.start()
    pause = threading.Event()
    while outcomes(services) < 5:
        pause.wait(0.05)
    for dog in dogs:
        dog.stop()
    stages.close()
    assert not left, "where no hint waits nobody is deaf"


def test_a_worker_that_does_not_take_its_hints_leaves(services: Services) -> None:
    left = threading.Event()
    codes: list[int] = []

    def leave(code: int) -> None:
        codes.append(code)
        left.set()

    dog = Watchdog(services.stages(), AGGREGATE, lambda _queue: 3, leave, deaf_seconds=0.5)
    dog.start()
    left.wait()
    dog.stop()
    assert codes == [DEAF_EXIT]


def test_without_hints_the_slots_fill_one_by_one(services: Services) -> None:
    """A batch that waits for long does not keep the others waiting."""
    begun, enough = threading.Semaphore(0), threading.Event()

    class Waiting(Stages):
        def _drain(self, stage: str, seconds: float) -> int:
            begun.release()
            enough.wait()
            return 0

    stages = Waiting(Tools(store=services.store, clock=services.clock, assemble=assemble), slots=3)
    dogs = [Watchdog(stages, JUDGE, lambda _queue: 0, lambda _code: None) for _ in range(stages.room(JUDGE))]
    for dog in dogs:
        dog.start()
    for _ in dogs:
        begun.acquire()
    assert stages.idle_for(JUDGE) == 0
    enough.set()
    for dog in dogs:
        dog.stop()


def test_a_stage_runs_once_at_a_time_and_ends_when_told(services: Services) -> None:
    services.push_rule(DEFAULT_PROJECT, {"name": "pii", "evaluator": "pii"})
    feed(services, 3)
    stages = services.stages()
    assert stages.run(SETTLE) == 3
    stages.stop()
    assert stages.run(SCORE) == 0, "a process that ends begins nothing"
    stages.close()
    again = services.stages()
    assert again.run(SCORE) == 3
    again.close()


def test_what_a_stopped_process_holds_is_released(services: Services) -> None:
    services.push_rule(DEFAULT_PROJECT, {"name": "pii", "evaluator": "pii"})
    feed(services, 2)
    stages = services.stages()
    stages.run(SETTLE)
    stages.run(SCORE)
    feed(services, 4)
    stages.run(SETTLE)
    (slot,) = stages._made
    with services.store.write() as unit:
        claimed = unit.queue.claim("score", slot.worker.owner, 10, services.clock.now(), slot.worker.lease)
    assert len(claimed) == 2
    stages.close()
    with services.store.read() as unit:
        assert [(b.state, b.jobs) for b in unit.queue.backlog()] == [("ready", 2)]
