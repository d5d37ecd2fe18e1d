"""Cascades: a cheap evaluator on all that a rule draws, the rule's own on a part, chosen with stored probability."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from evaluator.core.errors import InvalidInput, NotFound
from evaluator.core.evaluator import Evaluator
from evaluator.core.quarantine import Kind, Step
from evaluator.pipeline.catalog.rules import retire_rule
from evaluator.pipeline.isolation import release_due
from evaluator.pipeline.retention.erase import erase_user
from evaluator.pipeline.retention.retain import maintain
from evaluator.pipeline.sampling import cascade
from evaluator.pipeline.sampling.adaptive import adjust_rates
from evaluator.pipeline.sampling.backfill import Request, backfill
from evaluator.pipeline.sampling.cascade import decide_cascades
from evaluator.pipeline.sampling.learned import learn, scope_of_cascade
from evaluator.store.store import Store
from evaluator.store.tables import CascadeDueRow, JobRow, SelectionRow, TaskRow
from tests.support.cascaded import CascadeHouse
from tests.support.house import NOW, PROJECT, same_draws, set_aside, trace
from tests.support.paid import BOUND
from tests.support.people import ADA
from tests.support.reviewed import draw, push_criterion, rows
from tests.support.verdicts import answer_all


@pytest.fixture
def house(store: Store) -> CascadeHouse:
    same_draws(store)
    return CascadeHouse(store)


def answer(number: int) -> str:
    """Every eighth shouts, one in sixteen raises its voice."""
    return "A LOUD ANSWER" if number % 8 == 0 else "a BIT louder" if number % 16 == 1 else "a calm answer"


def come(house: CascadeHouse, count: int, first: int = 0, **fields: Any) -> None:
    house.feed(*(trace(n, f"{answer(n)} {n}", **fields) for n in range(first, first + count)))
    house.clock.turn(31)


def test_the_second_step_draws_from_what_the_first_one_drew(house: CascadeHouse) -> None:
    house.cascade(0.5, rate=0.5, usd_per_day=100.0)
    come(house, 200)
    house.work()
    first, second = house.first(), house.decisions()
    assert len(first) == 200
    reached = {target for target, one in first.items() if one.drawn}
    assert second.keys() == reached
    assert {(one.probability, one.reached) for one in second.values()} == {(0.5, 0.5)}
    drawn = [one for one in second.values() if one.drawn]
    assert 25 < len(drawn) < 75
    assert house.evaluator.calls == len(drawn)
    assert {one.stratum for one in second.values()} == {"rest/0..1"}
    rate = house.rate()
    assert (rate.counts.selected, rate.counts.scored, rate.counts.pending) == (len(drawn), len(drawn), 0)
    assert rate.counts.settled == len(reached)
    assert rate.traffic == pytest.approx(2 * len(reached))
    assert rate.covered == 1.0
    assert house.rate(rule="paying.first").counts.scored == len(reached)


def test_what_was_learned_says_who_goes_on(house: CascadeHouse) -> None:
    """Calm ones leave nothing in doubt; the mean stays, and nobody falls below the floor."""
    stored = house.cascade(0.4, step={"floor": 0.25}, usd_per_day=100.0)
    come(house, 240)
    house.work()
    house.clock.turn(60)
    adjust_rates(house.store, house.clock, 0.0)
    with house.store.read() as unit:
        scope = scope_of_cascade(stored)
        facts = unit.of(PROJECT).factors.current([scope])[scope].facts
    assert len(facts["edges"]) >= 1
    come(house, 240, 240)
    house.work()
    house.clock.turn(3601)
    adjust_rates(house.store, house.clock, 0.0)
    with house.store.read() as unit:
        again = unit.of(PROJECT).factors.current([scope])[scope].facts
        first = next(r for r in unit.of(PROJECT).rules.active() if r.rule.first_of)
        assert learn(unit.of(PROJECT), stored, first, house.clock.now()) is None  # not before the hour is over
    assert again["edges"] == facts["edges"]
    chances, past = again["chances"], again["past"]
    traffic = sum(one["traffic"] for one in past.values())
    assert sum(chances[name] * past[name]["traffic"] for name in chances) / traffic == pytest.approx(0.4, abs=0.02)
    assert min(chances.values()) >= 0.1
    assert max(chances.values()) > min(chances.values())
    come(house, 50, 480)
    house.work()
    fresh = [one for target, one in house.decisions().items() if int(target[1:]) >= 480]
    assert {one.probability for one in fresh} <= set(chances.values())


def test_a_target_is_decided_on_once_whatever_becomes_of_it(house: CascadeHouse) -> None:
    house.cascade(0.5, usd_per_day=100.0)
    come(house, 40)
    house.work()
    before, calls = house.decisions(), house.evaluator.calls
    house.feed(*(trace(n, f"{answer(n + 1)} anew {n}") for n in range(40)))
    house.clock.turn(31)
    house.work()
    assert house.decisions() == before
    assert house.evaluator.calls == 2 * calls  # the new content of what was drawn
    assert house.rate().counts.pending == 0


def test_content_that_changes_before_the_cheap_outcome(house: CascadeHouse) -> None:
    house.cascade(1.0, usd_per_day=100.0)
    come(house, 4)
    house.control()
    house.feed(*(trace(n, f"A LOUD ANSWER {n}") for n in range(4)))
    house.clock.turn(31)
    house.work()
    assert all(one.drawn for one in house.decisions().values())
    assert house.rate().estimate == 1.0
    assert house.rate().counts.scored == 4


def test_whoever_is_killed_before_the_decision_leaves_a_note(
    house: CascadeHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.cascade(1.0, usd_per_day=100.0)
    come(house, 10)
    house.control()
    house.score()
    assert len(rows(house, CascadeDueRow)) == 10
    assert house.decisions() == {}

    def killed(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(cascade, "due_jobs", killed)
    with pytest.raises(KeyboardInterrupt):
        decide_cascades(house.store, house.clock)
    assert (len(rows(house, CascadeDueRow)), house.decisions()) == (10, {})
    monkeypatch.undo()
    assert decide_cascades(house.store, house.clock) == 10
    assert decide_cascades(house.store, house.clock) == 0
    assert (rows(house, CascadeDueRow), len(house.decisions())) == ([], 10)
    house.work()
    assert house.rate().counts.scored == 10


def test_what_another_rule_has_scored_already_is_caught_up_with(house: CascadeHouse) -> None:
    plain = house.rule(None, name="plain", evaluator="shout")
    house.pins[plain.rule.fingerprint] = "cheap"
    come(house, 30)
    house.work()
    house.cascade(1.0, usd_per_day=100.0)
    request = Request(project=PROJECT, rule="paying", start=NOW - timedelta(hours=1), end=NOW + timedelta(minutes=1))
    house.clock.turn(7200)
    dry = backfill(house.store, request, house.build, house.clock)
    found = backfill(house.store, request, house.build, house.clock, apply=True)
    assert (found.rule, found.drawn, found.jobs) == ("paying.first", 30, 0)
    assert found.onward == dry.onward
    assert found.onward is not None
    assert (found.onward.rule, found.onward.targets, found.onward.jobs) == ("paying", 30, 30)
    assert (found.onward.cost, found.onward.usd_per_day) == (None, 100.0)  # nothing is scored by it yet
    assert found.onward.cost_bound == pytest.approx(30 * BOUND)
    house.control()
    assert {job["priority"] < 0 for job in rows(house, JobRow)} == {True}  # they wait behind what comes in
    house.work()
    assert len(house.decisions()) == 30
    assert house.rate().counts.scored == 30
    assert house.cheap.batches == [30]
    again = backfill(house.store, request, house.build, house.clock)
    assert again.onward is not None
    assert (again.onward.targets, again.onward.cost, again.onward.cost_bound) == (0, 0.0, 0.0)


def test_a_backfill_expects_the_rate_of_the_second_step(house: CascadeHouse) -> None:
    come(house, 8)
    house.run()  # settled without a rule
    house.cascade(0.25, usd_per_day=100.0)
    come(house, 30, first=8)
    house.work()
    assert house.rate().counts.scored
    request = Request(project=PROJECT, rule="paying", start=NOW - timedelta(hours=1), end=NOW + timedelta(hours=1))
    found = backfill(house.store, request, house.build, house.clock)
    assert found.onward is not None
    assert (found.onward.targets, found.onward.jobs) == (8, 2.0)
    assert found.onward.cost == pytest.approx(2 * house.evaluator.charge)
    assert found.onward.cost_bound == pytest.approx(8 * BOUND)


def test_a_backfill_needs_only_what_looks_first(house: CascadeHouse, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the costly one would cost nobody knows where it is not to be had; what is drawn waits for it."""
    come(house, 8)
    house.run()
    house.cascade(0.25, usd_per_day=100.0)
    build = house.build

    def without(project: str, pinned: str) -> Evaluator:
        if pinned not in house.pins:
            raise NotFound("provider", "gone")
        return build(project, pinned)

    monkeypatch.setattr(house, "build", without)
    request = Request(project=PROJECT, rule="paying", start=NOW - timedelta(hours=1), end=NOW + timedelta(hours=1))
    found = backfill(house.store, request, house.build, house.clock, apply=True)
    assert found.jobs == 8
    assert found.onward is not None
    assert (found.onward.targets, found.onward.cost, found.onward.cost_bound) == (8, None, None)


def test_a_first_step_that_fails_is_a_part_of_its_own(house: CascadeHouse) -> None:
    house.cascade(1.0, usd_per_day=100.0)
    house.feed(trace(1, "a calm answer"), trace(2, "123"), trace(3, "boom"))
    house.clock.turn(31)
    for _ in range(8):
        house.work()
        house.clock.turn(3600)
    assert {t: one.stratum for t, one in house.decisions().items()} == {
        "t1": "rest/0..1", "t2": "rest/unscored", "t3": "rest/unscored"
    }  # fmt: skip


def test_money_is_spent_by_the_second_step_only(house: CascadeHouse) -> None:
    house.cascade(1.0, usd_per_day=0.05)
    come(house, 12)
    house.work()
    assert house.evaluator.calls == 5
    assert len(house.first()) == 12
    assert sum(house.cheap.batches) == 12
    counts = house.rate().counts
    assert (counts.scored, counts.pending) == (5, 7)


def test_a_queue_that_falls_behind_thins_both_steps(house: CascadeHouse) -> None:
    house.cascade(0.5, rate=0.5, usd_per_day=100.0)
    come(house, 20)
    house.control()
    house.clock.turn(1200)
    come(house, 100, 20)
    adjust_rates(house.store, house.clock, 600.0)
    house.work()
    late = [one for target, one in house.decisions().items() if int(target[1:]) >= 20]
    assert {(one.reached, one.probability) for one in late} == {(0.25, 0.25)}
    assert house.rate().traffic == pytest.approx(sum(2 if int(t[1:]) < 20 else 4 for t in house.decisions()))


def test_one_that_can_not_be_decided_on_takes_nobody_along(
    house: CascadeHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.cascade(1.0, usd_per_day=100.0)
    come(house, 6)
    house.control()
    house.score()
    original = cascade._selection

    def broken(*given: Any) -> Any:
        if given[-1].trace_id == "t3":
            raise ValueError("odd")
        return original(*given)

    monkeypatch.setattr(cascade, "_selection", broken)
    decide_cascades(house.store, house.clock)
    assert len(house.decisions()) == 5
    assert set_aside(house) == {(Step.CASCADE, Kind.TRACE, "t3")}
    monkeypatch.undo()
    house.clock.turn(24 * 3600)
    release_due(house.store, house.clock)
    decide_cascades(house.store, house.clock)
    assert len(house.decisions()) == 6
    assert set_aside(house) == set()


def test_who_is_forgotten_leaves_no_note(house: CascadeHouse) -> None:
    house.cascade(1.0, usd_per_day=100.0)
    come(house, 5, user=ADA)
    house.control()
    house.score()
    erase_user(house.store, PROJECT, ADA, house.clock)
    assert rows(house, CascadeDueRow) == []
    house.work()
    assert house.decisions() == {}


def test_labels_weigh_by_both_steps_and_the_review(house: CascadeHouse) -> None:
    """Everybody agrees with the costly evaluator, so what is corrected lies beside what is raw."""
    push_criterion(house.store)
    house.cascade(0.5, rate=0.5, usd_per_day=100.0)
    come(house, 240)
    house.work()
    wave = draw(house, rule="paying", size=1000)
    house.work()
    tasks = rows(house, TaskRow, review="first")
    scored = {target for target, one in house.decisions().items() if one.drawn}
    assert {task["target_id"] for task in tasks} == scored
    assert {(task["inclusion"], task["sampling_probability"]) for task in tasks} == {(0.5, 0.5)}
    house.clock.turn(60)
    assert answer_all(house, lambda n: "loud" if answer(n).isupper() else "calm") == len(scored)
    human, raw = house.rate("human"), house.rate()
    assert (wave.tasks, human.labels) == (len(scored), len(scored))
    assert human.covered == pytest.approx(1.0)
    assert human.low <= 1 / 8 <= human.high
    assert raw.low <= 1 / 8 <= raw.high
    assert human.estimate == pytest.approx(raw.estimate, abs=0.05)


def test_rates_are_the_same_when_the_traces_are_gone(house: CascadeHouse) -> None:
    house.cascade(0.5, rate=0.5, usd_per_day=100.0)
    come(house, 120)
    house.work()
    before = house.rate()
    house.clock.turn(40 * 24 * 3600)
    maintain(house.store, house.clock, 30)
    house.control()
    assert rows(house, SelectionRow) == []
    assert house.rate() == before


def test_both_steps_retire_together_and_a_rule_without_a_cascade_goes_on_alone(house: CascadeHouse) -> None:
    house.cascade(0.5, usd_per_day=100.0)
    with pytest.raises(InvalidInput, match="first step of paying"):
        retire_rule(house.store, PROJECT, "paying.first", house.clock)
    with pytest.raises(InvalidInput, match="first step of paying"):
        house.rule(None, name="paying.first", evaluator="shout")
    series = house.rule(100.0).series
    with house.store.read() as unit:
        active = unit.of(PROJECT).rules.active()
    assert [(r.rule.name, r.series) for r in active] == [("paying", series)]
    house.cascade(0.5, usd_per_day=100.0)
    retire_rule(house.store, PROJECT, "paying", house.clock)
    with house.store.read() as unit:
        assert unit.of(PROJECT).rules.active() == []


@pytest.mark.parametrize(
    ("fields", "names"),
    [
        ({"cascade": {"evaluator": "paid", "rate": 0.5}}, "rule.cascade.evaluator"),
        ({"cascade": {"evaluator": "shout", "rate": 1e-5, "floor": 0.01}}, "rule.cascade.floor"),
        ({"cascade": {"evaluator": "shout"}}, "rule.cascade.rate"),
        ({"cascade": {"evaluator": "shout", "rate": 2}}, "rule.cascade.rate"),
        ({"cascade": {"evaluator": "shout", "rate": 0.5, "fingerprint": "x"}}, "rule.cascade.fingerprint"),
        ({"first_of": "other"}, "rule.first_of"),
        ({"name": "n" * 60, "cascade": {"evaluator": "shout", "rate": 0.5}}, "rule.name"),
    ],
)
def test_wrong_cascades_are_named(house: CascadeHouse, fields: dict[str, Any], names: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        house.rule(**fields)
    assert caught.value.field == names


def test_the_name_of_the_first_step_is_not_taken_from_another_rule(house: CascadeHouse) -> None:
    house.rule(None, name="paying.first", evaluator="shout")
    with pytest.raises(InvalidInput, match="needs the name"):
        house.cascade(0.5)
