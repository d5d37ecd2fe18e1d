"""Anchors: every active evaluator version scores what people are asked about, and no rate counts it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from evaluator.core.outcome import Score
from evaluator.ingest.assembly.assemble import assemble
from evaluator.pipeline.catalog.rules import parse_rule, push_rule
from evaluator.pipeline.review.serve import next_task
from evaluator.pipeline.review.upkeep import Anchoring
from evaluator.pipeline.schedule import MAINTAIN
from evaluator.pipeline.stages.run import Stages, Tools
from evaluator.store.repositories.catalog.rules import StoredRule
from evaluator.store.store import Store
from evaluator.store.tables import AnchorRow, JobRow, OutcomeRow, TaskRow
from tests.support.fillings import Filling
from tests.support.house import NOW, PROJECT, House, change, trace
from tests.support.paid import BOUND, PaidHouse
from tests.support.paid import create as create_paid
from tests.support.reviewed import draw, judged, push_criterion, rows

EMPTY = pytest.mark.parametrize("filling", [None])
"""Begins with a database that holds nothing."""


@pytest.fixture
def filling() -> Filling:
    return Filling(__name__, lambda store: judged(House(store), 20))


@pytest.fixture
def house(begun: House) -> House:
    return begun


def another(house: House, name: str = "also", **fields: Any) -> StoredRule:
    """A rule with the same criterion and another evaluator version, which selects nothing of what is there."""
    definition = {"name": name, "evaluator": "shout", "parameters": {"note": name}} | fields
    return push_rule(house.store, PROJECT, parse_rule(definition), create_paid, house.clock)


def see_to(house: House) -> None:
    Anchoring(house.store, house.clock).step()


def test_outcomes_that_are_there_are_taken_over(house: House) -> None:
    draw(house, size=1000)
    anchors = rows(house, AnchorRow)
    assert {a["target_id"] for a in anchors} == {f"t{n}" for n in range(20)}
    outcomes = {o["target_id"]: o for o in rows(house, OutcomeRow)}
    for a in anchors:
        assert (a["value"], a["label"]) == (outcomes[a["target_id"]]["value"], outcomes[a["target_id"]]["label"])
        assert (a["criterion"], a["content_hash"]) == ("shouts", outcomes[a["target_id"]]["content_hash"])
    assert rows(house, JobRow) == []


def test_a_version_that_has_none_scores_them_and_counts_in_no_rate(house: House) -> None:
    rule = another(house)
    before = _rates(house)
    draw(house, size=12)
    drawn = {t["target_id"] for t in rows(house, TaskRow)}
    jobs = rows(house, JobRow)
    assert {(j["purpose"], j["fingerprint"]) for j in jobs} == {("anchor", rule.rule.fingerprint)}
    assert {j["target_id"] for j in jobs} == drawn
    assert all(j["priority"] < 0 for j in jobs), "behind all that comes in"
    house.run()
    anchors = rows(house, AnchorRow, fingerprint=rule.rule.fingerprint)
    assert {a["target_id"] for a in anchors} == drawn
    assert all(a["value"] is not None for a in anchors)
    assert _rates(house) == before
    assert draw(house, size=1000, rule="shouting", dry_run=True).frame == 20
    assert draw(house, size=1000, rule="also", dry_run=True).frame == 0


def _rates(house: House) -> Any:
    with house.store.read() as unit:
        rules = unit.of(PROJECT).rules.active()
        day = timedelta(days=2)
        minutes = [NOW - timedelta(minutes=n) for n in range(20)]
        return {
            r.series: [
                (u.trace_id, u.value)
                for u in unit.of(PROJECT).rollups.units(r.series, r.rule.fingerprint, minutes, (NOW - day).date())
            ]
            for r in rules
        }


def test_a_version_that_comes_later_is_seen_to(house: House) -> None:
    draw(house, size=1000)
    another(house)
    Stages(Tools(store=house.store, clock=house.clock, assemble=assemble)).run(MAINTAIN)
    assert len(rows(house, JobRow)) == 20
    keeper = Anchoring(house.store, house.clock)
    assert keeper.step() == 0, "what is queued is not queued again"
    house.run()
    assert len(rows(house, AnchorRow)) == 40
    assert keeper.step() == 0
    house.feed(trace(50, "LOUD"))
    house.clock.turn(31)
    house.run()
    draw(house, size=1000)
    assert {a["fingerprint"] for a in rows(house, AnchorRow, target_id="t50")} == {
        r.rule.fingerprint for r in _rules(house)
    }


def _rules(house: House) -> list[StoredRule]:
    with house.store.read() as unit:
        return unit.of(PROJECT).rules.active()


def test_what_waits_in_the_queue_is_waited_for(house: House) -> None:
    """A version that is about to score the sample in production is not asked twice."""
    fresh = another(house, "fresh").rule.fingerprint
    house.feed(trace(100, "LOUD voice"))
    house.clock.turn(31)
    house.control()
    wait = "UPDATE score_job SET held = :held, available_at = :at WHERE fingerprint = :f"
    change(house.store, wait, f=fresh, held=True, at=10**17)
    house.score()
    draw(house, size=1000)
    waiting = [(j["purpose"], j["target_id"]) for j in rows(house, JobRow) if j["target_id"] == "t100"]
    assert waiting == [("production", "t100")]
    change(house.store, wait, f=fresh, held=False, at=0)
    house.score()
    assert {a["fingerprint"] for a in rows(house, AnchorRow, target_id="t100")} == {
        r.rule.fingerprint for r in _rules(house)
    }


def test_a_later_outcome_replaces_a_failure(house: House) -> None:
    house.feed(trace(100, "later, please"))
    for _ in range(6):
        house.clock.turn(3600)
        house.run()
    draw(house, size=1000)
    (anchor,) = rows(house, AnchorRow, target_id="t100")
    assert (anchor["value"], anchor["reason"]) == (None, "provider_error")
    house.evaluator._one = lambda _: Score(value=0.25, label="calm")  # type: ignore[method-assign]
    with house.store.write() as unit:
        unit.of(PROJECT).jobs.replay(house.clock.now())
    house.run()
    (anchor,) = rows(house, AnchorRow, target_id="t100")
    assert (anchor["value"], anchor["reason"]) == (0.25, None)


@EMPTY
def test_money_comes_from_the_rules_budget(store: Store, filling: None) -> None:
    house = PaidHouse(store)
    push_criterion(store)
    free = parse_rule({"name": "shouting", "evaluator": "shout"})
    push_rule(store, PROJECT, free, create_paid, house.clock)
    house.feed(*(trace(n, "LOUD") for n in range(10)))
    house.clock.turn(31)
    house.run()
    house.rule(usd_per_day=4 * BOUND)
    draw(house, size=1000)
    assert {j["budget"] for j in rows(house, JobRow)} == {"paying"}
    house.score()
    done = rows(house, OutcomeRow, purpose="anchor")
    assert len(done) == 4, "the day's money is spent, the others wait"
    assert len(rows(house, JobRow)) == 6


def test_content_that_is_replaced_gets_anchors_of_its_own(house: House) -> None:
    draw(house, size=1000)
    house.feed(*(trace(n, f"quite another answer {n}") for n in range(20)))
    house.clock.turn(31)
    house.run()
    served = next_task(house.store, PROJECT, "ada", house.clock)
    assert served is not None
    (task,) = rows(house, TaskRow, id=served.task)
    assert len(rows(house, AnchorRow, target_id=task["target_id"], content_hash=task["content_hash"])) == 1
