"""Poison planted behind the doors, at every step: who is set aside, and that everybody else goes on."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from evaluator.core.ports import NoHints
from evaluator.core.quarantine import Kind, Step
from evaluator.pipeline.operations.doctor.checks import State, check_work
from evaluator.pipeline.operations.quarantine import read_quarantine, replay
from evaluator.pipeline.operations.status import read_status
from evaluator.pipeline.retention.erase import erase_user
from evaluator.pipeline.retention.retain import maintain, retain
from evaluator.pipeline.sampling.backfill import Request, backfill
from evaluator.pipeline.series.read import SeriesQuery, read_series
from evaluator.store.store import Store
from tests.support.house import NOW, PROJECT, House, change, set_aside, trace

OTHER = "other"
COUNT = 6


@pytest.fixture
def house(store: Store) -> House:
    """Two projects with a rule each, and traces of both that have gone quiet; the first one's `t3` will be bad."""
    house = House(store)
    for project in (PROJECT, OTHER):
        house.rule(project=project)
        house.feed(*(trace(i, user=f"u{i}", session=f"s{i}") for i in range(COUNT)), project=project)
    house.clock.turn(60)
    return house


def hurt_parts(store: Store) -> None:
    change(store, "UPDATE part SET body = :body WHERE project = :p AND trace_id = 't3'", body=b"no", p=PROJECT)


def mend_parts(house: House) -> None:
    house.feed(trace(3))


def hurt_rule(store: Store) -> None:
    change(store, "UPDATE rule SET definition = :d WHERE project = :p", d='{"name": 3}', p=PROJECT)


def hurt_probability(store: Store) -> None:
    tiny = "UPDATE selection SET probability = :tiny WHERE project = :p AND trace_id = 't3'"
    change(store, tiny, tiny=5e-324, p=PROJECT)


def done(house: House, project: str) -> int:
    with house.store.read() as unit:
        return sum(unit.of(project).outcomes.counts().values())


def scored(house: House, project: str) -> int:
    """Units in the rates of a project."""
    with house.store.read() as unit:
        return sum(s.total.counts.scored for s in read_series(unit, project, SeriesQuery()))


def test_a_trace_that_can_not_be_put_together(house: House) -> None:
    hurt_parts(house.store)
    house.run()
    assert (done(house, PROJECT), done(house, OTHER)) == (COUNT - 1, COUNT)
    assert set_aside(house) == {(Step.SETTLE, Kind.TRACE, "t3")}
    assert not set_aside(house, OTHER)


def test_tries_pauses_and_a_replay(house: House) -> None:
    hurt_parts(house.store)
    for _ in range(6):
        house.run()
        house.clock.turn(600)
    with house.store.read() as unit:
        found = read_quarantine(unit, PROJECT).items
        (state,) = unit.connection.execute(text("SELECT state FROM trace WHERE id = 't3' AND project = :p"),
                                           {"p": PROJECT}).one()  # fmt: skip
    assert [(q.attempts, q.given_up, q.retry_at, state) for q in found] == [(4, True, None, "quarantined")]
    assert "could not" not in found[0].error
    change(house.store, "UPDATE part SET body = (SELECT body FROM part WHERE trace_id = 't2' AND project = :p) "
                        "WHERE trace_id = 't3' AND project = :p", p=PROJECT)  # fmt: skip
    assert replay(house.store, PROJECT, [found[0].id], house.clock, NoHints()) == 1
    house.run()
    assert done(house, PROJECT) == COUNT
    assert not set_aside(house)


def test_what_was_set_aside_comes_back_with_a_new_part(house: House) -> None:
    hurt_parts(house.store)
    house.run()
    mend_parts(house)
    house.clock.turn(60)
    house.run()
    assert done(house, PROJECT) == COUNT
    assert not set_aside(house)


@pytest.mark.parametrize("poison", ["boom", "later"])
def test_a_batch_of_many_bad_traces(house: House, poison: str) -> None:
    """The worst of batches: all of the one project's are bad."""
    change(house.store, "UPDATE part SET body = :body WHERE project = :p", body=b"no", p=PROJECT)
    house.feed(*(trace(i, poison) for i in range(100, 103)), project=OTHER)
    house.clock.turn(60)
    house.run()
    assert len(set_aside(house)) == COUNT
    assert done(house, OTHER) >= COUNT


def test_a_rule_that_can_not_be_read(house: House) -> None:
    house.rule(name="second", rate=1.0)
    change(house.store, "UPDATE rule SET definition = :d WHERE project = :p AND name = 'second'", d='{"name": 3}',
           p=PROJECT)  # fmt: skip
    house.run()
    assert (done(house, PROJECT), done(house, OTHER)) == (COUNT, COUNT)
    with house.store.read() as unit:
        assert [r.name for r in read_quarantine(unit, PROJECT).broken_rules] == ["second"]
        assert read_status(unit, PROJECT, house.clock.now()).broken_rules == ["second"]
        checks = {c.name: c for c in check_work(unit, house.clock.now())}
    assert checks[f"rule {PROJECT}/second"].state is State.WARNING


def test_a_trace_that_no_rule_can_look_at(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    from evaluator.pipeline.sampling import decide

    plain = decide.facts_of

    def facts_of(row: Any) -> dict[str, Any]:
        if row["id"] == "t3" and row["project"] == PROJECT:
            raise OverflowError("too large")
        return plain(row)

    monkeypatch.setattr(decide, "facts_of", facts_of)
    house.run()
    assert (done(house, PROJECT), done(house, OTHER)) == (COUNT - 1, COUNT)
    assert set_aside(house) == {(Step.SELECT, Kind.TRACE, "t3")}
    monkeypatch.undo()
    house.clock.turn(60)
    house.run()
    assert done(house, PROJECT) == COUNT, "it is tried again by itself"
    assert not set_aside(house)


def test_a_minute_that_can_not_be_recomputed(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    from evaluator.pipeline.stages import aggregate

    plain = aggregate.cube_of

    def cube_of(units: Any, *rest: Any) -> Any:
        if any(u.at == NOW - timedelta(minutes=3) and mine[0] == PROJECT for u in units):
            raise ValueError("a weight must be finite")
        return plain(units, *rest)

    mine = [""]
    whole = aggregate._made_anew

    def made_anew(unit: Any, *rest: Any) -> Any:
        mine[0] = unit.project
        return whole(unit, *rest)

    monkeypatch.setattr(aggregate, "cube_of", cube_of)
    monkeypatch.setattr(aggregate, "_made_anew", made_anew)
    house.run()
    assert (scored(house, PROJECT), scored(house, OTHER)) == (COUNT - 1, COUNT)
    ((step, kind, _),) = set_aside(house)
    assert (step, kind) == (Step.AGGREGATE, Kind.MINUTE)
    monkeypatch.undo()
    house.clock.turn(60)
    house.run()
    assert scored(house, PROJECT) == COUNT
    assert not set_aside(house)


def test_a_unit_that_no_rate_can_hold(house: House) -> None:
    house.control()
    hurt_probability(house.store)
    house.run()
    assert scored(house, OTHER) == COUNT
    assert scored(house, PROJECT) == COUNT - 1
    ((step, kind, subject),) = set_aside(house)
    assert (step, kind, subject.split()[1]) == (Step.AGGREGATE, Kind.TRACE, "t3")
    change(house.store, "UPDATE selection SET probability = 1.0 WHERE trace_id = 't3' AND project = :p", p=PROJECT)
    house.clock.turn(60)
    house.run()
    assert scored(house, PROJECT) == COUNT, "it is looked at again by itself"
    assert not set_aside(house)


def test_a_series_whose_rule_is_gone(house: House) -> None:
    house.control()
    house.score()
    hurt_rule(house.store)
    house.run()
    assert scored(house, OTHER) == COUNT
    ((step, kind, _),) = set_aside(house)
    assert (step, kind) == (Step.AGGREGATE, Kind.SERIES)


def test_a_series_whose_rates_can_not_be_read(house: House) -> None:
    other = house.rule(name="second")
    house.run()
    change(house.store, "UPDATE rollup_slice SET points = :b WHERE series = :s", b=b"no", s=other.series)
    with house.store.read() as unit:
        assert [s.rule for s in read_series(unit, PROJECT, SeriesQuery())] == ["shouting"]


def test_jobs_that_raise_become_dead_letters(house: House) -> None:
    house.feed(trace(50, "boom"), trace(51))
    house.clock.turn(60)
    for _ in range(8):
        house.run()
        house.clock.turn(600)
    assert (done(house, PROJECT), done(house, OTHER)) == (COUNT + 2, COUNT)
    with house.store.read() as unit:
        assert [x["trace_id"] for x in unit.of(PROJECT).jobs.dead()] == ["t50"]


def test_a_day_that_can_not_be_sealed_is_kept(house: House) -> None:
    house.run()
    hurt_rule(house.store)
    retain(house.store, house.clock.now().date(), house.clock)
    with house.store.read() as unit:
        left = dict(unit.connection.execute(text("SELECT project, count(*) FROM selection GROUP BY project")).all())
    assert left == {PROJECT: COUNT}, "nothing is lost of what nobody can read, and everybody else's is gone"
    assert {(s, k) for s, k, _ in set_aside(house)} == {(Step.RETAIN, Kind.PROJECT)}
    assert scored(house, OTHER) == COUNT
    maintain(house.store, house.clock, 1)


def test_erasing_names_what_it_could_not_read(house: House) -> None:
    hurt_parts(house.store)
    found = erase_user(house.store, PROJECT, "u2", house.clock)
    assert set(found.failed) == {"t3"}
    assert not found.complete
    house.run()
    found = erase_user(house.store, PROJECT, "u1", house.clock)
    assert found.deleted["trace"] == 1
    assert erase_user(house.store, OTHER, "u2", house.clock).deleted["trace"] == 1


def test_erasing_a_name_like_a_pseudonym_beside_what_it_could_not_read(house: House) -> None:
    name = "0123456789abcdef"
    house.feed(trace(70, user=name))
    hurt_parts(house.store)
    found = erase_user(house.store, PROJECT, name, house.clock)
    assert (found.deleted["trace"], set(found.failed), found.complete) == (1, {"t3"}, False)


def test_a_backfill_passes_over_a_trace_that_raises(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    house.run()
    house.rule(name="later")
    from evaluator.pipeline.sampling import decide

    plain = decide.facts_of
    hurt = pytest.MonkeyPatch()
    hurt.setattr(decide, "facts_of", lambda row: plain(row) if row["id"] != "t3" else 1 / 0)
    request = Request(project=PROJECT, rule="later", start=NOW - timedelta(days=1), end=NOW + timedelta(days=1))
    found = backfill(house.store, request, house.build, house.clock, apply=True)
    hurt.undo()
    assert (set(found.failed), found.drawn, found.complete) == ({"t3"}, COUNT - 1, True)


def test_one_projects_backlog_does_not_keep_another_waiting(house: House) -> None:
    from evaluator.ingest.assembly.assemble import assemble
    from evaluator.pipeline.stages.select import select_settled
    from evaluator.pipeline.stages.settle import settle_due

    house.run()
    house.feed(*(trace(i) for i in range(200, 300)))
    house.clock.turn(1)
    house.feed(trace(900), project=OTHER)
    house.clock.turn(60)
    settle_due(house.store, assemble, house.clock, 10)
    select_settled(house.store, house.clock, 10)
    with house.store.read() as unit:
        assert unit.of(OTHER).traces.counts() == {"open": 0, "settled": 0, "planned": COUNT + 1}
        assert unit.of(PROJECT).traces.counts()["open"] == 95


Poison = Callable[[Store], None]


@pytest.mark.parametrize("poison", [hurt_parts, hurt_rule])
def test_the_doctor_names_it(house: House, poison: Poison) -> None:
    poison(house.store)
    house.run()
    with house.store.read() as unit:
        said = [c for c in check_work(unit, house.clock.now()) if c.state is State.WARNING]
    assert any("t3" in c.says or "rule" in c.name for c in said), said
