"""Projects share what scores: nobody sends others to the end of the queue, by numbers, dates or slow samples."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from evaluator.core.bounds import Bound
from evaluator.core.errors import InvalidInput
from evaluator.core.outcome import Outcome
from evaluator.core.retry import RESTART_SECONDS
from evaluator.core.rule import Thinning
from evaluator.core.trace import Sample
from evaluator.core.turns import Turns
from evaluator.pipeline.catalog import rules
from evaluator.pipeline.catalog.rules import retire_rule
from evaluator.pipeline.sampling.adaptive import adjust_rates
from evaluator.pipeline.stages.score import Pool, Worker, score_batch
from evaluator.store import engine, migrate
from evaluator.store.store import Store
from tests.support.house import NOW, PROJECT, House, ShoutEvaluator, trace

OTHER = "other"
TARGET = 600.0


class SlowEvaluator(ShoutEvaluator):
    """Shouting; a slow answer takes ten seconds of a clock that is only turned."""

    def __init__(self) -> None:
        super().__init__()
        self.seconds = 0.0
        self.scored: list[str] = []

    def score(self, samples: Sequence[Sample]) -> list[Outcome]:
        self.scored += [s.project for s in samples]
        self.seconds += sum(10.0 if s.answer == "slow" else 1.0 for s in samples)
        return super().score(samples)


@pytest.fixture
def house(store: Store) -> House:
    house = House(store, evaluator=SlowEvaluator())
    for project in (PROJECT, OTHER):
        house.rule(project=project)
    return house


def worker(house: House, batch: int = 4) -> Worker:
    slow: Any = house.evaluator
    plain = house.worker()
    return Worker(
        store=house.store, build=house.build, clock=house.clock, hints=plain.hints, owner="w", batch=batch,
        turns=Turns(lambda: float(slow.seconds)),
    )  # fmt: skip


def factor(house: House, project: str) -> Thinning:
    with house.store.read() as unit:
        found = unit.of(project).factors.current(["queue:score"])
    return found["queue:score"].thinning if found else Thinning()


def test_a_flood_of_one_project_holds_up_nobody(house: House) -> None:
    house.feed(*(trace(i) for i in range(60)))
    house.feed(trace(500), project=OTHER)
    house.clock.turn(31)
    house.control()
    one, pool = worker(house), Pool(house.build)
    for _ in range(2):
        score_batch(one, pool)
    assert OTHER in house.evaluator.scored, "one batch of the flood at most"  # type: ignore[attr-defined]


def test_slow_samples_get_the_same_time_and_no_more(house: House) -> None:
    house.feed(*(trace(i, "slow") for i in range(60)))
    house.feed(*(trace(i) for i in range(60)), project=OTHER)
    house.clock.turn(31)
    house.control()
    one, pool = worker(house), Pool(house.build)
    slow: Any = house.evaluator
    while slow.scored.count(OTHER) < 60:
        score_batch(one, pool)
    assert 4 <= slow.scored.count(PROJECT) <= 12, "as many seconds as the other's sixty, in batches of forty"


def test_every_eighth_claim_of_each_project_begins_with_its_oldest(house: House) -> None:
    """Also where two alternate, so that every eighth claim of the worker is always the same one's."""
    for project in (PROJECT, OTHER):
        house.feed(*(trace(i) for i in range(200, 208)), project=project)
    house.clock.turn(31)
    house.control()
    for project in (PROJECT, OTHER):
        house.feed(*(trace(i) for i in range(40)), project=project)
    house.clock.turn(31)
    house.control()
    one, pool = worker(house, batch=2), Pool(house.build)
    for _ in range(16):
        score_batch(one, pool)
    with house.store.read() as unit:
        for project in (PROJECT, OTHER):
            old = [unit.of(project).outcomes.of_trace(f"t{i}") for i in range(200, 208)]
            assert sum(map(bool, old)) == 1, project


def test_who_ended_the_process_before_this_one_lets_others_go_first(house: House) -> None:
    house.feed(*(trace(i) for i in range(20)))
    house.feed(*(trace(i) for i in range(60)), project=OTHER)
    house.clock.turn(31)
    house.control()
    with house.store.write() as unit:
        taken = unit.queue.claim("score", "dead", 1, house.clock.now(), timedelta(seconds=60))
        assert [j.project for j in taken] == [PROJECT]
        unit.queue.lose("dead", "it died", house.worker().retry, 12.0 - RESTART_SECONDS, house.clock.now())
    one, pool = worker(house), Pool(house.build)
    slow: Any = house.evaluator
    while PROJECT not in slow.scored:
        score_batch(one, pool)
    assert slow.scored.count(OTHER) == 12, "for as many seconds as that has cost"


def test_a_start_in_the_future_is_no_priority(house: House) -> None:
    ahead = {"start_time": (NOW + timedelta(hours=23)).isoformat()}
    house.feed(trace(1, **ahead), trace(2))
    house.clock.turn(31)
    house.feed(trace(0, complete=True))
    house.control()
    with house.store.read() as unit:
        jobs = unit.connection.execute(text("SELECT trace_id, priority FROM score_job ORDER BY priority")).all()
    first_seen = int(NOW.timestamp() * 1e6)
    assert [tuple(job) for job in jobs] == [("t2", first_seen - 120 * 10**6), ("t0", first_seen), ("t1", first_seen)]


def test_priorities_that_lie_in_the_future_are_mended(database_url: str) -> None:
    now, tomorrow, back = 1_000, 5_000, -(2**53)
    before = {"queued": now - 5, "ahead": tomorrow, "backfill": back + now - 5, "backfill ahead": back + tomorrow}
    migrate.downgrade(database_url, "0004")
    writer = engine.writer(database_url)
    with writer.begin() as db:
        columns = (
            "project, day, target_kind, target_id, content_hash, fingerprint, purpose, replicate, trace_id, queue, "
            "state, attempts, available_at, budget, held, error, created_at, priority"
        )
        values = (
            "'p', '2026-01-01', 'answer', :id, 'c', 'f', 'production', 0, 't', 'score', 'ready', 0, 0, '', false, ''"
        )
        for name, priority in before.items():
            row = {"id": name, "now": now, "priority": priority}
            db.execute(text(f"INSERT INTO score_job ({columns}) VALUES ({values}, :now, :priority)"), row)
    migrate.upgrade(database_url)
    with writer.begin() as db:
        after: Mapping[str, int] = dict(db.execute(text("SELECT target_id, priority FROM score_job")).all())  # type: ignore[arg-type]
    writer.dispose()
    assert after == before | {"ahead": now, "backfill ahead": back + now}


def test_rates_shrink_where_the_pressure_comes_from(house: House) -> None:
    house.feed(*(trace(i) for i in range(40)))
    house.clock.turn(31)
    house.control()
    house.clock.turn(2 * TARGET)
    house.feed(trace(1, complete=True), project=OTHER)
    house.control()
    house.clock.turn(60)
    assert adjust_rates(house.store, house.clock, TARGET) == 1
    assert (factor(house, PROJECT), factor(house, OTHER)) == (Thinning(0.5), Thinning())


def test_a_project_has_so_many_rules_and_no_more(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "RULES", Bound("rules", 2, "", "refused"))
    house.rule(name="second")
    with pytest.raises(InvalidInput, match="more than 2 active"):
        house.rule(name="third")
    house.rule(name="second", rate=0.5)
    house.rule(name="second", project=OTHER)
    retire_rule(house.store, PROJECT, "second", house.clock)
    house.rule(name="third")
