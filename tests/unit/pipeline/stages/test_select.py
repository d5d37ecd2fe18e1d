"""What is drawn, with which probability."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from evaluator.core.quarantine import Kind, Step
from evaluator.core.rule import Rule
from evaluator.ingest.assembly.assemble import assemble
from evaluator.pipeline.series.read import Series, SeriesQuery, read_series
from evaluator.pipeline.stages import select
from evaluator.pipeline.stages.settle import settle_due
from evaluator.store.store import Store
from tests.support.house import NOW, PROJECT, House, set_aside, trace


@pytest.fixture
def house(store: Store) -> House:
    return House(store)


def series(house: House, **query: Any) -> Series:
    with house.store.read() as unit:
        (found,) = read_series(unit, PROJECT, SeriesQuery(**query))
    return found


def test_weights_undo_the_rates_of_the_strata(house: House) -> None:
    """Errors are all taken and all loud, the rest a fifth: an unweighted mean would be far too high."""
    stratum = {"name": "errors", "when": [{"field": "status", "value": "error"}], "rate": 1.0}
    house.rule(strata=[stratum], rate=0.2)
    house.feed(*(trace(i, "LOUD", status="error") for i in range(20)))
    house.feed(*(trace(i, "calm", status="ok") for i in range(20, 400)))
    house.run()
    total = series(house, start=NOW - timedelta(days=2), end=NOW + timedelta(days=1)).total
    assert total.counts.scored < 140
    assert total.estimate == pytest.approx(20 / 400, abs=0.02)
    assert 20 / total.counts.scored > 0.14, "the unweighted share, for comparison"


def test_lower_rates_nest_in_higher_ones(house: House) -> None:
    house.rule(name="wide", rate=0.6)
    house.rule(name="narrow", rate=0.2, parameters={"note": "another version"})
    house.feed(*(trace(i) for i in range(200)))
    house.control()
    with house.store.read() as unit:
        decided = unit.of(PROJECT).plans.of_traces([f"t{i}" for i in range(200)])
    drawn: dict[float, set[str]] = {0.6: set(), 0.2: set()}
    for s in decided:
        if s.drawn:
            drawn[s.probability].add(s.target_id)
    assert len(decided) == 400, "what was not drawn is stored too"
    assert drawn[0.2] < drawn[0.6]
    assert 20 <= len(drawn[0.2]) <= 65
    assert 90 <= len(drawn[0.6]) <= 150


def test_a_transaction_takes_so_many_decisions(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Answers times rules come from outside, and others wait for the transaction."""
    monkeypatch.setattr(select, "DECISIONS", 8)
    for name in ("one", "two"):
        house.rule(name=name, parameters={"note": name})
    house.feed(
        *(trace(i) for i in range(9)),
        trace(9) | {"id": "many", "answer": None, "answers": [{"answer": "a"}, {"answer": "b"}]},
    )
    settle_due(house.store, assemble, house.clock)
    rounds = []
    while planned := select.select_settled(house.store, house.clock):
        rounds.append(planned)
    assert sum(rounds) == 10
    assert max(rounds) == 4
    with house.store.read() as unit:
        assert len(unit.of(PROJECT).plans.of_traces([f"t{i}" for i in range(9)])) == 18


def test_a_decision_is_never_revised(house: House) -> None:
    house.rule(rate=0.5)
    house.feed(*(trace(i) for i in range(40)))
    house.run()
    with house.store.read() as unit:
        before = unit.of(PROJECT).plans.of_traces([f"t{i}" for i in range(40)])
    house.rule(rate=1.0)
    house.feed(*(trace(i, "quite another answer") for i in range(40)))
    house.run()
    with house.store.read() as unit:
        assert unit.of(PROJECT).plans.of_traces([f"t{i}" for i in range(40)]) == before


def test_filters_decide_what_a_series_is_about(house: House) -> None:
    house.rule(filter=[{"field": "model", "op": "in", "value": ["a"]}, {"field": "metadata.tier", "value": "gold"}])
    house.feed(
        trace(1, model="a", metadata={"tier": "gold"}),
        trace(2, model="a", metadata={"tier": "tin"}),
        trace(3, model="b", metadata={"tier": "gold"}),
    )
    house.run()
    assert series(house).total.counts.settled == 1


def test_what_is_wrong_with_a_project_is_no_traces(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    house.rule()
    house.feed(*(trace(i) for i in range(6)))
    house.clock.turn(60)
    monkeypatch.setattr(select, "thinning_now", lambda *_: 1 / 0)
    house.control()
    assert set_aside(house) == {(Step.SELECT, Kind.PROJECT, PROJECT)}
    monkeypatch.undo()
    house.clock.turn(60)
    house.control()
    assert not set_aside(house)
    with house.store.read() as unit:
        assert unit.of(PROJECT).traces.counts()["planned"] == 6


@pytest.mark.parametrize("count", [1, 6])
def test_a_rule_that_raises_on_every_trace(house: House, monkeypatch: pytest.MonkeyPatch, count: int) -> None:
    """The other rules go on; of a single trace nobody knows whether it is the rule's or the trace's."""
    house.rule()
    poor = house.rule(name="poor", parameters={"note": "another series"})
    house.feed(*(trace(i) for i in range(count)))
    house.clock.turn(60)
    plain = Rule.covers
    monkeypatch.setattr(Rule, "covers", lambda rule, facts: 1 / 0 if rule.name == "poor" else plain(rule, facts))
    house.control()
    with house.store.read() as unit:
        states = unit.of(PROJECT).traces.states_between(NOW - timedelta(days=1), NOW + timedelta(days=1))
        (found,) = unit.of(PROJECT).quarantine.list(9)
    assert states == ({"planned": count} if count > 1 else {"quarantined": 1})
    whose = (Kind.SERIES, poor.series) if count > 1 else (Kind.TRACE, "t0")
    assert (found.kind, found.subject, "poor" in found.error) == (*whose, count > 1)
    monkeypatch.undo()
    house.feed(*(trace(i) for i in range(100, 104)))
    house.clock.turn(60)
    house.control()
    assert not set_aside(house)
