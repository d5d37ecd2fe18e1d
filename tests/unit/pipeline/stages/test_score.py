"""What becomes of a job."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from evaluator.core.outcome import Reason
from evaluator.core.retry import MAX_ATTEMPTS
from evaluator.pipeline.operations.status import read_status
from evaluator.pipeline.series.read import Series, SeriesQuery, read_series
from evaluator.pipeline.stages.score import Pool, score_batch
from evaluator.store.store import Store
from tests.support.house import NOW, PROJECT, House, change, trace


@pytest.fixture
def house(store: Store) -> House:
    return House(store)


def series(house: House, **query: Any) -> Series:
    with house.store.read() as unit:
        (found,) = read_series(unit, PROJECT, SeriesQuery(**query))
    return found


def outcomes(house: House, trace_id: str) -> list[dict[str, Any]]:
    with house.store.read() as unit:
        return unit.of(PROJECT).outcomes.of_trace(trace_id)


def test_one_bad_sample_does_not_fail_its_batch(house: House) -> None:
    house.rule()
    house.feed(trace(1), trace(2, "this goes boom"), trace(3))
    house.control()
    house.score()
    assert [bool(outcomes(house, f"t{i}")) for i in (1, 2, 3)] == [True, False, True]


def test_a_failure_that_stays_becomes_a_dead_letter_and_stays_in_the_denominator(house: House) -> None:
    house.rule()
    house.feed(trace(1, "this goes boom"), trace(2))
    house.control()
    for _ in range(MAX_ATTEMPTS + 1):
        house.score()
        house.clock.turn(600)
    house.control()
    (row,) = outcomes(house, "t1")
    assert (row["reason"], row["value"]) == (Reason.EVALUATOR_ERROR.value, None)
    with house.store.read() as unit:
        assert [d["target_id"] for d in unit.of(PROJECT).jobs.dead()] == ["t1"]
        assert read_status(unit, PROJECT, house.clock.now()).waiting == 0
    counts = series(house).total.counts
    assert (counts.selected, counts.scored, counts.failed) == (2, 1, 1)


def test_a_sample_that_can_not_be_read_is_given_up_and_its_batch_is_scored(house: House) -> None:
    house.rule()
    house.feed(*(trace(i) for i in range(4)))
    house.control()
    change(house.store, "UPDATE sample SET passages = :no WHERE trace_id = 't2'", no=b"no")
    assert house.score() == 4
    assert [bool(outcomes(house, f"t{i}")) for i in range(4)] == [True, True, False, True]
    for _ in range(MAX_ATTEMPTS + 1):
        house.clock.turn(600)
        house.score()
    (row,) = outcomes(house, "t2")
    assert row["reason"] == Reason.INVALID_INPUT.value
    with house.store.read() as unit:
        ((target, attempts),) = [(d["target_id"], d["attempts"]) for d in unit.of(PROJECT).jobs.dead()]
    assert (target, attempts) == ("t2", MAX_ATTEMPTS)


def test_without_a_scale_nothing_is_stored_and_nothing_tried_for_ever(house: House) -> None:
    house.rule()
    house.feed(*(trace(i) for i in range(3)))
    house.control()
    change(house.store, "UPDATE evaluator_version SET spec = :no", no="[]")
    assert house.score() == 3
    house.clock.turn(600)
    assert house.score() == 0
    with house.store.read() as unit:
        assert {d["target_id"] for d in unit.of(PROJECT).jobs.dead()} == {"t0", "t1", "t2"}


def test_what_an_evaluator_can_not_look_at_is_skipped(house: House) -> None:
    house.rule()
    house.feed(trace(1, "1234"), trace(2))
    house.run()
    counts = series(house).total.counts
    assert (counts.scored, counts.failed, counts.skipped) == (1, 0, 1)


def test_a_worker_that_dies_loses_nothing(house: House) -> None:
    house.rule()
    house.feed(*(trace(i) for i in range(5)))
    house.control()
    with house.store.write() as unit:
        assert len(unit.queue.claim("score", "dead worker", 5, NOW, timedelta(seconds=60))) == 5
    assert house.score() == 0
    house.clock.turn(66)
    assert house.score(house.worker("another")) == 5
    house.control()
    assert series(house).total.counts.scored == 5


def test_a_job_that_kills_its_worker_again_and_again_is_buried(house: House) -> None:
    house.rule()
    house.feed(trace(1))
    house.control()
    for attempt in range(MAX_ATTEMPTS):
        with house.store.write() as unit:
            assert unit.queue.claim("score", f"w{attempt}", 5, house.clock.now(), timedelta(seconds=60))
        house.clock.turn(100)
    assert house.score() == 1
    assert house.evaluator.batches == [], "it must not get a fifth chance"
    assert outcomes(house, "t1")[0]["reason"] == Reason.CRASH.value


def test_a_trace_that_changes_after_it_was_scored(house: House) -> None:
    """Law 15: the old outcome is kept and marked, the new content is scored, and the rate follows."""
    house.rule()
    house.feed(trace(1, "LOUD"), trace(2))
    house.run()
    assert series(house).total.estimate == pytest.approx(0.5)
    house.feed(trace(1, "calm now"))
    house.run()
    old, new = sorted(outcomes(house, "t1"), key=lambda o: not o["superseded"])
    assert (old["value"], old["superseded"]) == (1.0, True)
    assert (new["value"], new["superseded"]) == (0.0, False)
    assert series(house).total.estimate == pytest.approx(0.0)
    house.feed(trace(1, "LOUD"))
    house.run()
    assert series(house).total.estimate == pytest.approx(0.5), "back to the first content: its outcome counts again"
    assert sum(house.evaluator.batches) == 3


def test_a_trace_that_changes_while_it_is_being_scored(house: House) -> None:
    house.rule()
    house.feed(trace(1, "LOUD"))
    house.control()
    worker = house.worker()

    class Meddler:
        """Lets the trace change between the claim and the saving."""

        def __init__(self) -> None:
            self.inner = house.evaluator
            self.spec = self.inner.spec

        def open(self) -> None: ...

        def close(self) -> None: ...

        def score(self, samples: Any) -> Any:
            house.feed(trace(1, "calm"))
            house.control()
            return self.inner.score(samples)

    score_batch(worker, Pool(lambda project, pinned: Meddler()))  # type: ignore[arg-type,return-value]
    house.run()
    values = {(o["value"], o["superseded"]) for o in outcomes(house, "t1")}
    assert values == {(1.0, True), (0.0, False)}
    assert series(house).total.estimate == pytest.approx(0.0)


def test_a_batch_is_held_while_it_waits_to_be_saved(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    house.rule()
    house.feed(trace(1), trace(2))
    house.control()
    save, holders = house.store.change, list[str | None]()

    def late(*given: Any) -> Any:
        house.clock.turn(0.5)
        time.sleep(1.0)  # the lease is extended several times meanwhile
        house.clock.turn(0.4)
        assert score_batch(house.worker("w2"), Pool(house.build)) == 0  # takes back what has run out
        with house.store.read() as unit:
            holders.extend(unit.connection.execute(text("SELECT lease_owner FROM score_job")).scalars())
        return save(*given)

    monkeypatch.setattr(house.store, "change", late)
    worker = replace(house.worker(), lease=timedelta(seconds=0.6))
    assert score_batch(worker, Pool(house.build)) == 2
    assert holders == ["w1", "w1"]
    assert [bool(outcomes(house, f"t{i}")) for i in (1, 2)] == [True, True]
