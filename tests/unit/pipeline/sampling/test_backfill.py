"""Backfills: told exactly beforehand, decided as live traffic is, and never in its way."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest

from evaluator.core.errors import InvalidInput, NotFound
from evaluator.core.trace import Sample
from evaluator.pipeline.sampling import backfill as module
from evaluator.pipeline.sampling.backfill import Backfill, Request, backfill
from evaluator.pipeline.series.read import SeriesQuery, read_series
from evaluator.stats.estimators.rates import Rate
from evaluator.store.repositories.traces.traces import Traces
from evaluator.store.repositories.work.jobs import BACKFILL
from evaluator.store.store import Store
from tests.support.house import NOW, PROJECT, House, ShoutEvaluator, trace
from tests.support.paid import PaidHouse

ERRORS = {"name": "errors", "when": [{"field": "status", "value": "error"}], "rate": 1.0}
WINDOW: dict[str, Any] = {"start": NOW - timedelta(minutes=60), "end": NOW + timedelta(minutes=1)}


@pytest.fixture
def house(store: Store) -> House:
    return House(store)


def run(
    house: House, *, apply: bool = False, rule: str = "shouting", stop_after: int | None = None, **w: Any
) -> Backfill:
    request = Request(project=PROJECT, rule=rule, **(WINDOW | w))
    batches: list[Backfill] = []
    return backfill(
        house.store, request, house.build, house.clock, apply=apply, seen=batches.append,
        stop=lambda: len(batches) == stop_after,
    )  # fmt: skip


def items(count: int) -> list[dict[str, Any]]:
    return [trace(i, "LOUD" if i % 3 == 0 else "calm", status="error" if i % 10 == 0 else "ok") for i in range(count)]


def decided(house: House, rule: str = "shouting", count: int = 60) -> dict[str, tuple[str, float, bool]]:
    with house.store.read() as unit:
        series = {r.series for r in unit.of(PROJECT).rules.versions(rule)}
        found = unit.of(PROJECT).plans.of_traces([f"t{i}" for i in range(count)])
    return {s.target_id: (s.stratum, s.probability, s.drawn) for s in found if s.series in series}


def total(house: House, rule: str = "shouting") -> Rate:
    with house.store.read() as unit:
        (found,) = read_series(unit, PROJECT, SeriesQuery(rule=rule, start=WINDOW["start"], end=WINDOW["end"]))
    return found.total


def test_it_ends_where_a_rule_that_was_there_in_time_did(house: House) -> None:
    house.rule(strata=[ERRORS], rate=0.4)
    house.feed(*items(60))
    house.run()
    house.rule(name="late", strata=[ERRORS], rate=0.4)
    done = run(house, rule="late", apply=True)
    assert decided(house, "late") == decided(house)
    assert (done.targets, done.jobs) == (60, 0), "the evaluator's outcomes are there already"
    house.run()
    assert total(house, "late") == total(house)
    assert total(house).counts.settled == 60


def test_what_can_not_be_priced_is_counted_once(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pricing follows the commit: what raises there must not have the batch decided on again."""
    house = PaidHouse(store)
    house.feed(*items(10))
    house.run()
    house.rule()
    monkeypatch.setattr(Traces, "samples", lambda *_: 1 / 0)
    done = run(house, rule="paying", apply=True)
    assert (done.traces, done.targets, done.jobs, done.decided) == (10, 10, 10, 0)
    assert (done.cost_bound, done.failed) == (None, {})


def test_what_it_will_do_is_told_exactly(house: House) -> None:
    house.feed(*items(60))
    house.run()
    house.rule(strata=[ERRORS], rate=0.4)
    told = run(house)
    assert not decided(house), "a dry run changes nothing"
    assert {name: (s.targets, s.probability) for name, s in told.strata.items()} == {
        "errors": (6, 1.0), "rest": (54, 0.4),
    }  # fmt: skip
    done = run(house, apply=True)
    assert (done.strata, done.jobs, done.complete) == (told.strata, told.jobs, True)
    house.run()
    assert sum(house.evaluator.batches) == told.jobs == told.drawn == total(house).counts.scored
    before = decided(house)
    house.rule(strata=[ERRORS], rate=1.0)
    again = run(house, apply=True)
    assert (again.decided, again.targets, again.jobs) == (60, 0, 0)
    assert decided(house) == before, "a decision is never revised"


def test_killed_half_way_it_goes_on(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BATCH", 10)
    house.feed(*items(60))
    house.run()
    house.rule()
    first = run(house, apply=True, stop_after=2)
    assert (first.complete, first.targets, len(decided(house))) == (False, 20, 20)
    assert set(decided(house)) == {f"t{i}" for i in range(20)}, "the newest first"
    rest = run(house, apply=True, end=first.resume_to)
    assert (rest.complete, rest.targets, rest.decided) == (True, 40, 1)
    assert run(house, apply=True).targets == 0
    house.run()
    assert sum(house.evaluator.batches) == total(house).counts.scored == 60


def test_it_never_goes_before_what_comes_in(house: House) -> None:
    house.feed(*items(5))
    house.run()
    house.rule()
    run(house, apply=True)
    house.feed(trace(900), trace(901))
    house.control()
    with house.store.write() as unit:
        assert unit.queue.ready(NOW)["score"].jobs == 2, "nobody is late because of a backfill"
        assert {b.state: b.jobs for b in unit.queue.backlog()} == {"ready": 2, "backfill": 5}
        first = unit.queue.claim("score", "w", 2, NOW, timedelta(seconds=60))
        assert {j.target_id for j in first} == {"t900", "t901"}, "although they are older"
        unit.queue.retry(first[0], "w", "later", NOW)
        (retried,) = unit.queue.claim("score", "w", 2, NOW, timedelta(seconds=60))
        assert retried.id == first[0].id
        rest = unit.queue.claim("score", "w", 9, NOW, timedelta(seconds=60))
        assert [j.target_id for j in rest] == [f"t{i}" for i in range(5)]


def test_no_money_is_kept_for_it(store: Store) -> None:
    row = {
        "project": PROJECT, "day": NOW.date(), "target_kind": "answer", "content_hash": "c", "fingerprint": "f",
        "trace_id": "t", "queue": "judge", "budget": "b", "available_at": NOW, "created_at": NOW,
    }  # fmt: skip
    with store.write() as unit:
        unit.queue.add([row | {"target_id": f"t{i}", "priority": p} for i, p in enumerate((5, 5 + BACKFILL))])
        assert unit.of(PROJECT).jobs.awaiting("b", NOW + timedelta(days=1)) == 1, "no rate is thinned because of it"


def test_what_is_open_is_left_for_later(house: House) -> None:
    house.feed(*items(4))
    house.run()
    house.rule(filter=[{"field": "status", "value": "ok"}])
    house.feed(items(2)[1] | {"complete": False})
    with house.store.write() as unit:
        assert unit.of(PROJECT).traces.hold_planned(["t1", "t2"]) == {"t2"}
    done = run(house, apply=True)
    assert (done.planned, done.unsettled, done.targets) == (3, 1, 2)
    house.clock.turn(31)
    house.run()
    assert run(house, apply=True).targets == 1


class Paid(ShoutEvaluator):
    """A price for every call, which real ones must never pass."""

    def price(self, samples: Sequence[Sample]) -> Sequence[float]:
        return [0.01] * len(samples)


def test_cost_and_time_come_from_outcomes(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    house.feed(*items(10))
    house.run()
    house.rule()
    assert (run(house).cost, run(house).seconds) == (0.0, None)
    paid = Paid()
    monkeypatch.setattr(house, "build", lambda *_: paid)
    told = run(house)
    assert (told.cost, told.seconds) == (None, None)
    assert told.cost_bound == pytest.approx(0.1)
    monkeypatch.undo()
    run(house, apply=True, start=NOW - timedelta(minutes=5))
    house.run()
    monkeypatch.setattr(house, "build", lambda *_: paid)
    told = run(house)
    assert told.jobs == 4
    assert told.cost == 0.0
    assert told.seconds == pytest.approx(4 / (6 / 60))


def test_wrong_requests_are_named(house: House) -> None:
    with pytest.raises(NotFound, match="active rule 'nothing'"):
        run(house, rule="nothing")
    house.rule()
    with pytest.raises(InvalidInput, match="before"):
        run(house, end=WINDOW["start"])
