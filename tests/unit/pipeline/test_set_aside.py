"""How far a failure reaches, how long what is set aside stays so, and what is known of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest
from sqlalchemy import event, text

from evaluator.core.errors import DatabaseAway, TimedOut
from evaluator.core.ports import NoHints
from evaluator.core.quarantine import Kind, Step
from evaluator.core.retry import RetryPolicy
from evaluator.ingest.assembly.assemble import assemble
from evaluator.pipeline.isolation import apart, one_by_one, release_due
from evaluator.pipeline.operations.quarantine import replay
from evaluator.pipeline.retention import retain as module
from evaluator.pipeline.retention.erase import erase_user
from evaluator.pipeline.retention.retain import retain
from evaluator.pipeline.stages import aggregate, select, settle
from evaluator.pipeline.stages.aggregate import aggregate_dirty
from evaluator.pipeline.traces import read_trace
from evaluator.store.store import Store
from tests.support.house import PROJECT, House, change, set_aside, trace

COUNT = 6


@pytest.fixture
def house(store: Store) -> House:
    """One project with a rule, and traces that have gone quiet."""
    house = House(store)
    house.rule()
    house.feed(*(trace(i) for i in range(COUNT)))
    house.clock.turn(60)
    return house


def test_what_times_out_is_halved_and_who_finds_the_database_away_is_not() -> None:
    asked: list[Sequence[int]] = []
    guilty: list[int] = []

    def work(error: Exception) -> Callable[[Sequence[int]], int]:
        def found(items: Sequence[int]) -> int:
            asked.append(items)
            if 3 in items:
                raise error
            return len(items)

        return found

    assert apart([1, 2, 3, 4], work(TimedOut("too long", 2.0)), lambda item, _: guilty.append(item)) == 4
    assert (guilty, len(asked)) == ([3], 5)
    with pytest.raises(DatabaseAway):
        apart([1, 2, 3, 4], work(DatabaseAway("away", 2.0)), lambda item, _: guilty.append(item))
    assert (guilty, len(asked)) == ([3], 6)


def test_one_after_the_other_goes_on_unless_the_database_is_away_for_all() -> None:
    guilty: list[str] = []

    def work(item: str) -> int:
        if item == "away":
            raise DatabaseAway("away", 2.0)
        if item == "slow":
            raise TimedOut("too long", 2.0)
        return 1

    assert one_by_one(["away", "slow", "well"], work, lambda item, _: guilty.append(item)) == 1
    assert guilty == ["slow"]
    with pytest.raises(DatabaseAway):
        one_by_one(["away", "away"], work, lambda item, _: guilty.append(item))


@pytest.mark.parametrize(("error", "kind"), [(DatabaseAway, None), (TimedOut, Kind.MINUTE)])
def test_a_series_that_never_comes_through_keeps_no_other_waiting(
    house: House, monkeypatch: pytest.MonkeyPatch, error: type[DatabaseAway], kind: Kind | None
) -> None:
    poor = house.rule(name="poor")
    house.run()
    plain = aggregate._made_anew

    def made_anew(mine: Any, rule: Any, minutes: Any) -> Any:
        if rule.series == poor.series:
            raise error("takes too long", 2.0)
        return plain(mine, rule, minutes)

    with house.store.write() as unit:
        unit.of(PROJECT).marks.traces([f"t{i}" for i in range(COUNT)], house.clock.now())
    monkeypatch.setattr(aggregate, "_made_anew", made_anew)
    assert aggregate_dirty(house.store, house.clock) >= COUNT
    with house.store.read() as unit:
        assert unit.of(PROJECT).marks.series() == ([] if kind else [poor.series])
    assert {(s, k) for s, k, _ in set_aside(house)} == ({(Step.AGGREGATE, kind)} if kind else set())


def test_a_project_and_a_series_that_came_through_are_named_no_longer(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.control()
    house.score()
    house.feed(trace(50))
    house.clock.turn(60)
    monkeypatch.setattr(select, "_plan_next", lambda *_: 1 / 0)
    monkeypatch.setattr(select, "apart", lambda *_: 1 / 0)
    monkeypatch.setattr(aggregate, "_series", lambda *_: 1 / 0)
    house.control()
    assert {(s, k) for s, k, _ in set_aside(house)} == {(Step.SELECT, Kind.PROJECT), (Step.AGGREGATE, Kind.SERIES)}
    monkeypatch.undo()
    house.run()
    assert len(set_aside(house)) == 2, "they are paused"
    house.clock.turn(600)
    house.run()
    assert not set_aside(house)


def test_an_error_that_no_database_could_store_is_set_aside_too(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> Any:
        raise ValueError("half a pair: \ud800, and \x00")

    monkeypatch.setattr(settle, "cluster_of", fail)
    house.control()
    with house.store.read() as unit:
        found = unit.of(PROJECT).quarantine.list(100)
        row = unit.of(PROJECT).views.trace("t3")
    assert {q.error for q in found} == {"ValueError: half a pair: ?, and ?"}
    assert len(found) == COUNT
    assert row is not None
    assert row["problem"] == found[0].error


def fail_to_plan(house: House, monkeypatch: pytest.MonkeyPatch, trace_id: str) -> None:
    """Plan all but one trace."""
    from evaluator.pipeline.sampling import decide

    plain = decide.facts_of
    monkeypatch.setattr(decide, "facts_of", lambda row: 1 / 0 if row["id"] == trace_id else plain(row))
    house.control()
    monkeypatch.undo()
    assert set_aside(house) == {(Step.SELECT, Kind.TRACE, trace_id)}


def test_what_could_not_be_planned_is_not_planned_again_once_it_can_not_be_put_together(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    fail_to_plan(house, monkeypatch, "t3")
    house.feed(trace(3, "another answer"))
    change(house.store, "UPDATE part SET body = :no WHERE trace_id = 't3'", no=b"no")
    house.clock.turn(60)
    house.control()
    assert set_aside(house) == {(Step.SETTLE, Kind.TRACE, "t3")}
    with house.store.write() as unit:
        unit.of(PROJECT).quarantine.replay(house.clock.now())
    house.control()
    with house.store.read() as unit:
        found = unit.of(PROJECT).views.trace("t3")
    assert found is not None
    assert (found["state"], found["problem"].split(":")[0]) == ("quarantined", "error")


def test_a_trace_that_is_as_it_was_when_it_was_planned_is_named_no_longer(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.control()
    house.feed(trace(3, "another answer"))
    house.clock.turn(60)
    fail_to_plan(house, monkeypatch, "t3")
    house.feed(trace(3))
    house.clock.turn(60)
    with monkeypatch.context() as stopped:
        stopped.setattr(select, "_plan_next", lambda *_: 0)
        house.control()
    assert not set_aside(house)


def test_a_trace_that_no_rule_could_look_at_is_shown_as_it_is(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    house.feed(trace(7, spans=[{"name": "step"}]))
    house.clock.turn(60)
    fail_to_plan(house, monkeypatch, "t7")
    with house.store.read() as unit:
        found = read_trace(unit, PROJECT, "t7", assemble)
        assert unit.of(PROJECT).people.unread("", 10) == []
    assert [span.name for span in found.spans] == ["step"]
    assert not found.trace["problem"]
    assert ["ZeroDivisionError" in q.error for q in found.set_aside] == [True]


def leave_out(house: House, *trace_ids: str) -> str:
    """Give traces a probability, in one series of two, that no rate can hold; returns that series."""
    poor = house.rule(name="poor", parameters={"note": "another series"})
    house.rule(name="well")
    house.control()
    for trace_id in trace_ids:
        tiny = "UPDATE selection SET probability = 5e-324 WHERE trace_id = :t AND series = :s"
        change(house.store, tiny, t=trace_id, s=poor.series)
    house.run()
    return poor.series


def test_what_one_series_can_not_hold_is_counted_whatever_others_do(house: House) -> None:
    series = leave_out(house, "t3")
    assert set_aside(house) == {(Step.AGGREGATE, Kind.TRACE, f"{series} t3")}
    for _ in range(5):
        house.clock.turn(600)
        house.control()
    with house.store.read() as unit:
        (found,) = unit.of(PROJECT).quarantine.of_trace("t3")
        assert unit.of(PROJECT).quarantine.of_trace("t2") == []
    assert (found.trace, found.attempts, found.given_up) == ("t3", 4, True)


def test_what_is_set_aside_of_a_trace_goes_with_it(house: House) -> None:
    house.feed(trace(8, user="u"), trace(9, user="u"))
    house.clock.turn(60)
    leave_out(house, "t2", "t8", "t9")
    assert len(set_aside(house)) == 3
    erase_user(house.store, PROJECT, "u", house.clock)
    assert {q[2].split()[-1] for q in set_aside(house)} == {"t2"}
    with house.store.write() as unit:
        assert unit.retention.delete_traces(house.clock.now().date(), 100, {})
    assert not set_aside(house)


def test_what_is_due_is_brought_back_in_few_statements(house: House) -> None:
    house.feed(*(trace(i) for i in range(COUNT, 20)))
    house.clock.turn(60)
    leave_out(house, *(f"t{i}" for i in range(20)))
    house.clock.turn(600)
    asked: list[str] = []
    engine = house.store._writer
    event.listen(engine, "before_cursor_execute", lambda *args: asked.append(args[2]))
    assert release_due(house.store, house.clock) == 20
    rest = [statement for statement in asked if "quarantine" not in statement]
    assert len(rest) <= 4, rest
    with house.store.read() as unit:
        assert unit.of(PROJECT).marks.count() >= 20


def test_a_day_is_tried_again_after_its_pauses_and_as_often_as_the_settings_say(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.run()
    tried: list[str] = []

    def seal_day(project: str, *_: Any) -> bool:
        tried.append(project)
        raise ValueError("no")

    monkeypatch.setattr(module, "_seal_day", seal_day)
    retry = RetryPolicy(attempts=2, first_pause=600.0)
    for _ in range(3):
        retain(house.store, house.clock.now().date(), house.clock, retry)
    assert tried == [PROJECT]
    for _ in range(4):
        house.clock.turn(1200)
        release_due(house.store, house.clock)
        retain(house.store, house.clock.now().date(), house.clock, retry)
    assert tried == [PROJECT, PROJECT]
    with house.store.read() as unit:
        (found,) = unit.of(PROJECT).quarantine.list(9)
        assert unit.connection.execute(text("SELECT count(*) FROM selection")).scalar_one() == COUNT
    assert (found.kind, found.attempts, found.given_up) == (Kind.DAY, 2, True)
    monkeypatch.undo()
    replay(house.store, PROJECT, [found.id], house.clock, NoHints())
    release_due(house.store, house.clock)
    retain(house.store, house.clock.now().date(), house.clock, retry)
    assert not set_aside(house)


def test_a_version_that_can_not_be_read_keeps_no_day_of_a_series_that_has_another(house: House) -> None:
    house.run()
    house.rule(rate=0.5)
    change(house.store, "UPDATE rule SET definition = :d WHERE project = :p AND retired_at IS NOT NULL", p=PROJECT,
           d='{"name": 3}')  # fmt: skip
    retain(house.store, house.clock.now().date(), house.clock)
    with house.store.read() as unit:
        assert unit.connection.execute(text("SELECT count(*) FROM selection")).scalar_one() == 0
    assert not set_aside(house)
