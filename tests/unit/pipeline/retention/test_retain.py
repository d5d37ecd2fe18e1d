"""Old traces go, rates stay: whatever interrupts retention, and whatever comes late (both databases)."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, text

from evaluator.core.errors import DatabaseAway
from evaluator.core.retry import MAX_ATTEMPTS
from evaluator.pipeline.retention.retain import BATCH, maintain, make_partitions
from evaluator.pipeline.series.buckets import Grain
from evaluator.pipeline.series.read import SeriesQuery, read_series
from evaluator.store.sql import table, upsert
from evaluator.store.store import Store, Unit
from evaluator.store.tables import METADATA, AnnotationRow, JobRow, LabelRow
from tests.support.fillings import Filling, SqliteTemplates
from tests.support.house import NOW, PROJECT, House, trace

DAYS, PER_DAY, KEEP = 4, 9, 2
BY_DAY = ("trace", "part", "sample", "selection", "outcome", "score_job")
SLICES: tuple[dict[str, str], ...] = ({}, {"model": "a"}, {"model": "b", "stratum": "errors"})


@pytest.fixture
def filling() -> Filling:
    return Filling(__name__, lambda store: live(House(store)))


@pytest.fixture
def houses(
    begun: House, filling: Filling, sqlite_templates: SqliteTemplates, tmp_path: Path
) -> Iterator[tuple[House, House]]:
    """Two houses that saw the same days, one of which is to keep everything."""
    url, told = sqlite_templates.copy(tmp_path / "reference.db", filling)
    reference = Store(url)
    yield begun, told.over(reference)
    reference.close()


def live(house: House) -> House:
    with house.store.write() as unit:
        unit.projects.ensure(PROJECT, NOW, salt="the same draws in both")
    house.rule(strata=[{"name": "errors", "when": [{"field": "status", "value": "error"}], "rate": 1.0}], rate=0.6)
    for day in range(DAYS):
        make_partitions(house.store, house.clock.now().date(), ahead=1)
        house.feed(*(told(house, PER_DAY * day + i) for i in range(PER_DAY)))
        for _ in range(MAX_ATTEMPTS + 1):
            house.run()
            house.clock.turn(600)
        house.clock.turn(86_400 - 600 * (MAX_ATTEMPTS + 1))
    return house


def told(house: House, number: int, **fields: Any) -> dict[str, Any]:
    """A trace that arrives now and began up to two days ago; its session goes on over the days."""
    start = house.clock.now() - timedelta(hours=2 * (number % 24), minutes=number % 3)
    answer = "goes boom" if number % 10 == 3 else "LOUD" if number % 4 == 0 else "calm"
    status = "error" if number % 5 == 0 else "ok"
    session, model = f"s{number % 7}", "ab"[number % 2]
    return trace(number, answer, start_time=start.isoformat(), status=status, session=session, model=model) | fields


def rates(house: House, grain: Grain, **slices: str) -> list[tuple[Any, ...]]:
    start, end = NOW - timedelta(days=4), NOW + timedelta(days=DAYS + 2)
    with house.store.read() as unit:
        (found,) = read_series(unit, PROJECT, SeriesQuery(grain=grain, start=start, end=end, slice=slices))
    points = [(p.start, p.rate) for p in found.points] + [(end, found.total)]
    return [(at, r.counts, *(pytest.approx(v, abs=1e-9) for v in (r.estimate, r.low, r.high))) for at, r in points]


def all_rates(house: House) -> list[list[tuple[Any, ...]]]:
    wanted = [(Grain.MINUTE, {}), *((Grain.DAY, slices) for slices in SLICES)]
    return [rates(house, grain, **slices) for grain, slices in wanted]


def recomputed(house: House) -> list[list[tuple[Any, ...]]]:
    """Its rates after every minute was recomputed."""
    with house.store.write() as unit:
        rule = unit.of(PROJECT).rules.active()[0]
        everything = [(NOW - timedelta(days=9), NOW + timedelta(days=9))]
        counted = unit.of(PROJECT).rollups.buckets(rule.series, "minute", everything)
        assert counted
        unit.marks.mark([(PROJECT, rule.series, b.start) for b in counted], house.clock.now())
    house.control()
    return [[tuple(getattr(v, "expected", v) for v in row) for row in one] for one in all_rates(house)]


def stored(store: Store, last: date) -> dict[str, int]:
    """How many rows of each table are of a day up to `last`."""
    with store.read() as unit:
        tables = [METADATA.tables[name] for name in BY_DAY]
        queries = {t.name: select(func.count()).select_from(t).where(t.c.day <= last) for t in tables}
        return {name: unit.connection.execute(query).scalar_one() for name, query in queries.items()}


class Killed(BaseException):
    """The process ended here."""


def kill_at_second_step(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every run ends before the second of its transactions that changes something commits."""
    change: Callable[..., Any] = Store.change

    def once(self: Store, work: Callable[[Unit], Any], patience: float = 30.0) -> Any:
        if self is not store:
            return change(self, work, patience)

        def dying(unit: Unit) -> Any:
            found = work(unit)
            done.append(bool(found))
            if sum(done) > 1:
                raise Killed
            return found

        return change(self, dying, patience)

    done: list[bool] = []
    monkeypatch.setattr(Store, "change", once)


def test_rates_stay_whenever_retention_is_killed(
    houses: tuple[House, House], monkeypatch: pytest.MonkeyPatch
) -> None:
    house, reference = houses
    last = house.clock.now().date() - timedelta(days=KEEP + 1)
    assert min(stored(house.store, last).values()) > 0, "there is something of everything to take away"
    expected = all_rates(reference)
    for _ in range(100):
        with monkeypatch.context() as patch:
            kill_at_second_step(house.store, patch)
            try:
                maintain(house.store, house.clock, KEEP)
                break
            except Killed:
                pass
        assert recomputed(house) == expected
    else:
        pytest.fail("retention does not come to an end")
    assert set(stored(house.store, last).values()) == {0}
    assert min(stored(house.store, house.clock.now().date()).values()) > 0, "what is younger stays"
    assert maintain(house.store, house.clock, KEEP) == 0
    assert recomputed(house) == expected


def test_late_traces_count_in_sealed_minutes(houses: tuple[House, House]) -> None:
    house, reference = houses
    assert maintain(house.store, house.clock, KEEP) > 0
    for each in houses:
        start = (NOW - timedelta(hours=2, minutes=1)).isoformat()
        each.feed(told(each, 1000, id="late", answer="LOUD", start_time=start, status="error"))
        each.run()
    assert recomputed(house) == all_rates(reference)
    for each in houses:
        each.clock.turn(2 * 86_400)
    assert maintain(house.store, house.clock, KEEP) > 0, "sealed on top of what is sealed"
    assert recomputed(house) == all_rates(reference)


def test_labels_stay_and_annotations_go(houses: tuple[House, House]) -> None:
    house, _ = houses
    at = {"created_at": NOW}
    said = {"project": PROJECT, "kind": "feedback", "name": "thumb", "at": NOW, "received_at": NOW}
    label = {"project": PROJECT, "target_kind": "answer", "target_id": "t1", "content_hash": "c", "criterion": "c"}
    with house.store.write() as unit:
        upsert(unit.connection, LabelRow, [label | {"annotator": "a", "trace_id": "t1", "bad": 1.0} | at])
        rows = [said | {"id": name, "trace_id": name} for name in ("t1", f"t{PER_DAY * DAYS - 1}", "never came")]
        rows.append(rows[-1] | {"kind": "score", "received_at": house.clock.now()})  # of the same id
        upsert(unit.connection, AnnotationRow, rows)
    maintain(house.store, house.clock, KEEP)
    with house.store.read() as unit:
        assert len(unit.of(PROJECT).labels.of_trace("t1")) == 1
        said_of = table(AnnotationRow).c
        kept = set(unit.connection.execute(select(said_of.kind, said_of.id)))
    assert kept == {("feedback", f"t{PER_DAY * DAYS - 1}"), ("score", "never came")}


def test_batches_are_bounded(houses: tuple[House, House]) -> None:
    """More rows of a day than one batch takes."""
    house, _ = houses
    job = {"project": PROJECT, "day": NOW.date(), "target_kind": "answer", "content_hash": "c", "fingerprint": "f",
           "trace_id": "t", "queue": "score", "available_at": NOW, "created_at": NOW, "state": "dead"}  # fmt: skip
    with house.store.write() as unit:
        keys = ("project", "day", "target_kind", "target_id", "content_hash", "fingerprint", "purpose", "replicate")
        upsert(unit.connection, JobRow, [job | {"target_id": str(i)} for i in range(BATCH + 5)], keys=keys)
        assert unit.retention.delete_jobs(NOW.date(), 10, {}) == 10
    maintain(house.store, house.clock, KEEP)
    assert stored(house.store, NOW.date())["score_job"] == 0


@pytest.mark.postgres
@pytest.mark.parametrize("filling", [None])
def test_partitions_are_made_ahead_and_take_over_strays(postgres_url: str, filling: None) -> None:
    store = Store(postgres_url)
    house = House(store)

    def places(name: str) -> set[str]:
        with store.read() as unit:
            query = text(f"SELECT DISTINCT tableoid::regclass::text FROM {name}")
            return set(unit.connection.execute(query).scalars())

    house.rule()
    house.feed(trace(1))
    house.run()
    assert {places(name).pop() for name in BY_DAY[1:5]} == {f"{name}_default" for name in BY_DAY[1:5]}
    callers = [threading.Thread(target=maintain, args=(store, house.clock, 0, 3)) for _ in range(4)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    assert make_partitions(store, NOW.date(), 3) == 0, "they made all of them between them"
    assert {places(name).pop() for name in BY_DAY[1:5]} == {f"{name}_p20261120" for name in BY_DAY[1:5]}
    house.clock.turn(3 * 86_400)
    house.feed(trace(2, start_time=NOW.isoformat()))
    house.run()
    assert places("outcome") == {"outcome_p20261120", "outcome_p20261123"}
    store.close()


@pytest.mark.postgres
def test_a_reader_holds_retention_up_only_for_now(
    postgres_url: str, told_of: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("evaluator.pipeline.retention.retain.PATIENCE", 0.1)
    store = Store(postgres_url)
    house = told_of[postgres_url].over(store)
    last = house.clock.now().date() - timedelta(days=KEEP + 1)
    with store.read() as unit:
        unit.connection.execute(text("SELECT count(*) FROM selection"))
        with pytest.raises(DatabaseAway):
            maintain(store, house.clock, KEEP)
    maintain(store, house.clock, KEEP)
    assert set(stored(store, last).values()) == {0}
    store.close()
