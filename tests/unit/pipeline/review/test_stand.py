"""Standing waves: a frozen design that decides on what comes, once, whoever looks."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest

from evaluator.core.errors import InvalidInput
from evaluator.core.ids import canonical_json
from evaluator.core.quarantine import Kind, Step
from evaluator.ingest.assembly.assemble import assemble
from evaluator.pipeline.isolation import release_due
from evaluator.pipeline.operations.doctor.checks import check_work
from evaluator.pipeline.review import stand
from evaluator.pipeline.review.stand import decide_due, stand_wave
from evaluator.pipeline.review.waves import close_wave, progress_of
from evaluator.pipeline.schedule import AGGREGATE
from evaluator.pipeline.stages import run
from evaluator.pipeline.stages.run import Stages, Tools
from evaluator.store.repositories.catalog.rules import StoredRule
from evaluator.store.repositories.review.waves import Waves
from evaluator.store.store import Store
from evaluator.store.tables import TaskRow, WaveDueRow, WaveRow, WaveUnitRow
from tests.support.fillings import Filling
from tests.support.house import NOW, PROJECT, House, change, set_aside, trace
from tests.support.reviewed import draw, judged, request, rows

EMPTY = pytest.mark.parametrize("filling", [None])
"""Begins with a database that holds nothing."""


@pytest.fixture
def filling() -> Filling:
    return Filling(__name__, lambda store: judged(House(store), 40))


@pytest.fixture
def house(begun: House) -> House:
    return begun


def begin(house: House, **fields: Any) -> str:
    found = stand_wave(house.store, PROJECT, request(**{"per_day": 40, **fields}), house.clock, actor="key_1")
    house.clock.turn(60)
    assert found.id is not None
    return found.id


def come(house: House, *numbers: int, answer: str = "a calm answer") -> None:
    """Traces that begin now, scored."""
    house.feed(*(trace(n, f"{answer} {n}", start_time=house.clock.now().isoformat()) for n in numbers))
    house.clock.turn(31)
    house.control()
    house.score()


def test_the_scale_follows_what_came_lately(house: House) -> None:
    """40 arrivals in the 40 minutes before: 1,440 a day."""
    found = stand_wave(house.store, PROJECT, request(per_day=144, dry_run=True), house.clock)
    assert found.id is None
    assert found.frame == pytest.approx(40 * 24, rel=0.1)  # of an hour at least
    assert found.drawn == pytest.approx(144, abs=1)
    assert rows(house, WaveUnitRow) == []


@EMPTY
def test_without_traffic_a_thousand_a_day_are_assumed(store: Store, filling: None) -> None:
    found = stand_wave(store, PROJECT, request(per_day=50, dry_run=True), judged(House(store), 0).clock)
    assert (found.design["scale"], found.design["assumed_per_day"]) == (0.05, 1000.0)
    assert found.expected_half_width is None


def test_it_decides_on_what_begins_after_it(house: House) -> None:
    wave = begin(house, per_day=20_000)
    house.feed(trace(3, "A LOUD ANSWER, changed"))  # began before
    come(house, *range(100, 120))
    house.control()
    units = rows(house, WaveUnitRow)
    assert {u["target_id"] for u in units} == {f"t{n}" for n in range(100, 120)}
    assert {u["probability"] for u in units} == {1.0}
    assert len([t for t in rows(house, TaskRow) if t["review"] == "first"]) == 20
    assert rows(house, WaveDueRow) == []
    with house.store.read() as unit:
        found = unit.of(PROJECT).waves.get(wave)
    assert found is not None
    assert (found.frame, found.drawn, found.end) == (20, 20, None)


def test_a_target_is_decided_on_once_whatever_becomes_of_it(house: House) -> None:
    begin(house, per_day=20_000)
    come(house, 100)
    house.control()
    before = rows(house, WaveUnitRow), [t["id"] for t in rows(house, TaskRow)]
    come(house, 100, answer="another answer")
    house.control()
    assert (rows(house, WaveUnitRow), [t["id"] for t in rows(house, TaskRow)]) == before


def test_two_standing_waves_and_a_batch_know_of_each_other(house: House) -> None:
    one, two = begin(house, per_day=20_000), begin(house, per_day=500)
    come(house, *range(100, 130))
    house.control()
    batch = draw(house, size=5, **{"from": NOW + timedelta(minutes=1)}).id
    tasks = [t for t in rows(house, TaskRow) if t["review"] == "first"]
    assert len(tasks) == 30
    assert all(set(t["probabilities"]) == {one, two, batch} for t in tasks)


def test_a_filter_and_an_end(house: House) -> None:
    wave = begin(house, per_day=20_000, filter=[{"field": "model", "value": "m"}])
    come(house, 100)
    house.feed(trace(101, "calm", start_time=house.clock.now().isoformat(), model="m"))
    house.clock.turn(31)
    house.run()
    assert {u["target_id"] for u in rows(house, WaveUnitRow)} == {"t101"}
    closed = close_wave(house.store, PROJECT, wave, house.clock)
    assert closed.wave.end == closed.wave.closed_at == house.clock.now()
    come(house, 102)
    house.control()
    assert len(rows(house, WaveUnitRow)) == 1
    assert {t["state"] for t in rows(house, TaskRow)} == {"closed"}


def test_a_wave_that_is_closed_meanwhile_decides_on_nothing(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    wave = begin(house, per_day=20_000)
    come(house, 100)
    with house.store.read() as unit:
        before = unit.of(PROJECT).waves.get(wave)
    close_wave(house.store, PROJECT, wave, house.clock)
    monkeypatch.setattr(Waves, "standing", lambda *_: [before])
    house.control()
    assert rows(house, WaveUnitRow) == rows(house, TaskRow) == []


def test_many_at_once_decide_once(house: House) -> None:
    begin(house, per_day=20_000)
    come(house, *range(100, 160))
    assert len(rows(house, WaveDueRow)) == 60
    threads = [threading.Thread(target=decide_due, args=(house.store, house.clock, 30)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    while decide_due(house.store, house.clock):
        pass
    assert len(rows(house, WaveUnitRow)) == 60
    firsts = [t for t in rows(house, TaskRow) if t["review"] == "first"]
    assert len(firsts) == len({t["target_id"] for t in firsts}) == 60


def test_a_poisoned_trace_stops_nobody(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    begin(house, per_day=20_000)
    come(house, *range(100, 110))

    ask = stand.ask
    with monkeypatch.context() as patched:
        patched.setattr(stand, "ask", lambda unit, wave, drawn, now: (
            1 / 0 if any(u.target_id == "t104" for u in drawn) else ask(unit, wave, drawn, now)))  # fmt: skip
        house.control()
    assert set_aside(house) == {(Step.REVIEW, Kind.TRACE, "t104")}
    assert len(rows(house, WaveUnitRow)) == 9
    house.clock.turn(3600)
    release_due(house.store, house.clock)
    house.control()
    assert len(rows(house, WaveUnitRow)) == 10
    assert set_aside(house) == set()


def test_a_wave_that_can_not_be_read_stops_no_other(house: House) -> None:
    broken, fine = begin(house, per_day=20_000), begin(house, per_day=20_000)
    change(house.store, "UPDATE wave SET design = '{}' WHERE id = :id", id=broken)
    come(house, 100)
    house.control()
    assert {u["wave"] for u in rows(house, WaveUnitRow)} == {fine}
    assert set_aside(house) == {(Step.REVIEW, Kind.WAVE, broken)}
    with pytest.raises(InvalidInput, match="top_up: has a design that can not be read"):
        begin(house, top_up=broken)
    close_wave(house.store, PROJECT, broken, house.clock)
    assert set_aside(house) == set()


def test_the_score_that_drew_a_sample_is_known_also_of_a_rule_that_retired_meanwhile(house: House) -> None:
    begin(house, per_day=20_000)
    (old,) = active(house)
    house.feed(trace(100, "a calm answer", start_time=house.clock.now().isoformat()))
    house.clock.turn(31)
    house.control()
    house.rule(parameters={"note": "two"})
    house.score()
    house.control()
    with house.store.read() as unit:
        (drawn,) = unit.of(PROJECT).reviewed.of_series(old.series, "shouts", old.rule.fingerprint, house.clock.now())
    assert drawn.value == 0.0


def active(house: House) -> list[StoredRule]:
    with house.store.read() as unit:
        return unit.of(PROJECT).rules.active()


@pytest.mark.parametrize("column", ["design", "request"])
def test_a_wave_that_can_be_read_again_decides_on_what_came_meanwhile(house: House, column: str) -> None:
    wave = begin(house, per_day=20_000)
    (stored,) = (row[column] for row in rows(house, WaveRow))
    come(house, 100)
    house.control()
    change(house.store, f"UPDATE wave SET {column} = '{{}}'")
    come(house, 101)
    house.control()
    with house.store.read() as unit:
        (found,) = progress_of(unit, PROJECT, unit.of(PROJECT).waves.newest())
        (before,) = unit.of(PROJECT).quarantine.list(10)
        (told,) = (c for c in check_work(unit, house.clock.now()) if c.name == "quarantine")
    assert wave in told.says
    assert found.trouble
    house.clock.turn(1)
    with house.store.write() as unit:
        unit.of(PROJECT).waves.note_again(["t101"])
    decide_due(house.store, house.clock)
    with house.store.read() as unit:
        assert unit.of(PROJECT).quarantine.list(10) == [before], "traffic does not put off when it is tried again"
    for mended in (False, True):
        if mended:
            change(house.store, f"UPDATE wave SET {column} = :stored", stored=canonical_json(stored))
        house.clock.turn(3600)
        release_due(house.store, house.clock)
        house.control()
        assert set_aside(house) == (set() if mended else {(Step.REVIEW, Kind.WAVE, wave)})
    assert {u["target_id"] for u in rows(house, WaveUnitRow)} == {"t100", "t101"}
    assert len(rows(house, TaskRow, review="first")) == 2


def test_rates_and_waves_do_not_wait_for_each_other(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    begin(house, per_day=20_000)
    come(house, 100)
    monkeypatch.setattr(run, "aggregate_dirty", lambda *_: 1 / 0)
    Stages(Tools(store=house.store, clock=house.clock, assemble=assemble)).run(AGGREGATE)
    assert len(rows(house, WaveUnitRow)) == 1
