"""Every stage in several processes at once, on PostgreSQL: no deadlock, no double work, the same rates."""

from __future__ import annotations

import time
import traceback
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from evaluator.ingest.assembly.assemble import assemble
from evaluator.pipeline.stages.aggregate import aggregate_dirty
from evaluator.pipeline.stages.score import Pool, score_batch
from evaluator.pipeline.stages.select import select_settled
from evaluator.pipeline.stages.settle import settle_due
from evaluator.store.store import Store
from tests.support.house import NOW, PROJECT, House, trace
from tests.support.processes import processes

pytestmark = pytest.mark.postgres
TRACES = 160
EVER = [(datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC))]


def work(url: str, owner: str, results: Any) -> None:
    """Go round all stages in small steps until nothing was found for a while; tells what went wrong."""
    store = Store(url)
    house = House(store)
    worker = house.worker(owner, batch=8)
    pool = Pool(worker.build)
    quiet, until, handled = 0, time.monotonic() + 120, [0, 0, 0, 0]
    try:
        while quiet < 20 and time.monotonic() < until:
            found = [
                settle_due(store, assemble, house.clock, 16),
                select_settled(store, house.clock, 16),
                score_batch(worker, pool),
                aggregate_dirty(store, house.clock, 5),
            ]
            handled = [a + b for a, b in zip(handled, found, strict=True)]
            quiet = 0 if any(found) else quiet + 1
            time.sleep(0.01 * bool(quiet))
        results.put((handled, ""))
    except Exception:  # noqa: BLE001 - told to the test
        results.put((handled, traceback.format_exc()))
    store.close()


def rollups(store: Store, series: str) -> dict[tuple[str, datetime], Any]:
    with store.read() as unit:
        mine = unit.of(PROJECT).rollups
        return {
            (grain, b.start): sorted((tuple(v) for v in b.values), key=str) and (b.codes, b.cells)
            for grain in ("minute", "hour", "day")
            for b in mine.buckets(series, grain, EVER)
        }


def test_all_stages_in_many_processes_at_once(postgres_url: str) -> None:
    store = Store(postgres_url)
    house = House(store)
    rule = house.rule()
    # Many minutes of few hours, and sessions that cross them: everybody merges the same hours all the time.
    house.feed(*(trace(i, "LOUD" if i % 3 else "calm", complete=True, session=f"s{i % 7}") for i in range(TRACES)))
    results = processes.Queue()
    crowd = [processes.Process(target=work, args=(postgres_url, f"w{i}", results)) for i in range(3)]
    for process in crowd:
        process.start()
    for i in range(0, TRACES, 5):  # some change while they are being worked on
        house.feed(trace(i, "CHANGED", complete=True, session=f"s{i % 7}"))
    told = [results.get(timeout=200) for _ in crowd]
    for process in crowd:
        process.join(timeout=30)
    assert not [problem for _, problem in told if problem]
    settled, planned, _, _ = (sum(handled[i] for handled, _ in told) for i in range(4))
    # Each trace once, and again at most for its change: nobody did the work of another.
    assert TRACES <= settled <= TRACES + TRACES // 5
    assert TRACES <= planned <= TRACES + TRACES // 5

    house.run()
    with store.read() as unit:
        assert sum(unit.of(PROJECT).outcomes.counts().values()) == TRACES
        assert not unit.queue.backlog()
    kept = rollups(store, rule.series)
    with store.write() as unit:
        unit.of(PROJECT).marks.traces([f"t{i}" for i in range(TRACES)], NOW + timedelta(seconds=1))
    assert aggregate_dirty(store, house.clock, 10_000) == TRACES
    assert rollups(store, rule.series) == kept
    store.close()


def test_what_one_takes_nobody_else_gets_or_waits_for(postgres_url: str) -> None:
    one, other, third = Store(postgres_url), Store(postgres_url), Store(postgres_url)
    house = House(one)
    house.rule()
    house.feed(*(trace(i, complete=True) for i in range(6)))
    with one.write() as unit:
        mine = {d.id for d in unit.arrivals.take_due(PROJECT, NOW, 4)}
        with other.write() as beside:
            theirs = {d.id for d in beside.arrivals.take_due(PROJECT, NOW, 10)}
    assert (len(mine), len(theirs), mine & theirs) == (4, 2, set())

    house.clock.turn(60)  # nobody settled what was taken: it is due again
    assert settle_due(one, assemble, house.clock) == 6
    with one.write() as unit:
        assert len(unit.arrivals.unplanned(PROJECT, 4)) == 4
        with other.write() as beside:
            assert len(beside.arrivals.unplanned(PROJECT, 10)) == 2

    assert select_settled(one, house.clock) == 6
    house.score()
    with one.write() as unit:
        unit.of(PROJECT).marks.traces(["t0"], NOW)  # as a score does that is being saved
        with other.write() as beside:
            (series,) = beside.of(PROJECT).marks.series()
            every = beside.of(PROJECT).marks.minutes(series, 100)
            minutes = beside.of(PROJECT).marks.take(series, sorted(every)[:2])
            with third.write() as last:
                assert last.of(PROJECT).marks.take(series, every) == [], "one aggregation of a series at a time"
        assert len(minutes) == 2
        with other.write() as beside:
            assert len(beside.of(PROJECT).marks.take(series, every)) == 3, (
                "the mark of what is not committed yet stays"
            )
    with other.write() as unit:
        assert len(unit.of(PROJECT).marks.take(series, every)) == 1
    for store in (one, other, third):
        store.close()
