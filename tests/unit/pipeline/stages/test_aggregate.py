"""What a minute, an hour and a day hold."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from evaluator.core.errors import InvalidInput
from evaluator.pipeline.series.buckets import Grain
from evaluator.pipeline.series.read import Series, SeriesQuery, read_series
from evaluator.pipeline.stages import aggregate
from evaluator.store.store import Store
from tests.support.house import NOW, PROJECT, House, trace


@pytest.fixture
def house(store: Store) -> House:
    return House(store)


def series(house: House, **query: Any) -> Series:
    with house.store.read() as unit:
        (found,) = read_series(unit, PROJECT, SeriesQuery(**query))
    return found


def test_coarser_grains_are_exact(house: House) -> None:
    house.rule(strata=[{"name": "errors", "when": [{"field": "status", "value": "error"}], "rate": 1.0}], rate=0.5)
    for i in range(60):
        status = "error" if i % 5 == 0 else "ok"
        answer = "LOUD" if i % 7 == 0 else "calm"
        house.feed(trace(i * 37, answer, status=status, session_id=f"s{i % 6}", model=f"m{i % 2}"))
    house.run()
    totals = [series(house, grain=g, start=NOW - timedelta(days=9), end=NOW + timedelta(days=1)).total for g in Grain]
    for total in totals[1:]:
        assert total.estimate == pytest.approx(totals[0].estimate, rel=1e-9)
        assert (total.low, total.high) == pytest.approx((totals[0].low, totals[0].high), rel=1e-9)
        assert total.counts == totals[0].counts


def test_slices_add_up_and_unknown_ones_are_named(house: House) -> None:
    house.rule()
    house.feed(*(trace(i, "LOUD" if i < 3 else "calm", model="a" if i < 4 else "b") for i in range(10)))
    house.run()
    a, b = series(house, slice={"model": "a"}), series(house, slice={"model": "b"})
    assert (a.total.estimate, b.total.estimate) == (pytest.approx(3 / 4), pytest.approx(0.0))
    assert a.total.counts.settled + b.total.counts.settled == series(house).total.counts.settled
    with house.store.read() as unit, pytest.raises(InvalidInput, match=r"slice\.colour.*model"):
        read_series(unit, PROJECT, SeriesQuery(slice={"colour": "red"}))


def test_a_turn_ends_before_all_series_had_theirs(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rules times minutes come from outside, and other projects wait for the turn."""
    monkeypatch.setattr(aggregate, "TURN_SECONDS", -1.0)
    for number in range(3):
        house.rule(name=f"rule-{number}", parameters={"note": str(number)})
    house.feed(trace(1))
    house.control()
    house.score()
    with house.store.read() as unit:
        assert len(unit.of(PROJECT).marks.series()) == 3
    for left in (2, 1, 0):
        assert aggregate.aggregate_dirty(house.store, house.clock) == 1
        with house.store.read() as unit:
            assert len(unit.of(PROJECT).marks.series()) == left
