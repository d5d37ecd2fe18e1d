"""An estimator that is registered can be asked for; units that make no sense are left out by themselves."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from evaluator.core.criterion import Criterion, Scale
from evaluator.core.errors import InvalidInput
from evaluator.core.outcome import Score
from evaluator.pipeline.series.buckets import Grain
from evaluator.pipeline.series.read import SeriesQuery, read_breakdown, read_series
from evaluator.pipeline.series.recompute import cube_of
from evaluator.pipeline.series.window import Window
from evaluator.stats.estimators.registry import ESTIMATORS
from evaluator.store.repositories.series.rollups import RateUnit
from evaluator.store.store import Store
from tests.support.house import NOW, PROJECT, House, trace
from tests.support.pooled import POOLED


@pytest.fixture
def house(store: Store, monkeypatch: pytest.MonkeyPatch) -> House:
    """Twelve traces of two models over three hours, and a second estimator."""
    monkeypatch.setitem(ESTIMATORS, POOLED.name, POOLED)
    house = House(store)
    house.rule()
    house.feed(*(trace(i * 15, "LOUD" if i % 4 == 0 else "calm", model=f"m{i % 3}") for i in range(12)))
    house.run()
    return house


@pytest.mark.parametrize("grain", list(Grain))
@pytest.mark.parametrize("chosen", [{}, {"model": "m0"}, {"model": "m0", "stratum": "rest", "service": "none"}])
def test_another_method_reads_the_same_traces(house: House, grain: Grain, chosen: dict[str, str]) -> None:
    with house.store.read() as unit:
        raw, pooled = (
            read_series(unit, PROJECT, SeriesQuery(grain=grain, slice=chosen, method=method))
            for method in ("raw", "pooled")
        )
    assert len(raw) == len(pooled) == ("service" not in chosen)
    for one, other in zip(raw, pooled, strict=True):
        assert one.starts == other.starts
        for its, mine in zip([*one.rates, one.total], [*other.rates, other.total], strict=True):
            assert (its.method, mine.method, mine.interval) == ("raw", "pooled", "wilson")
            assert its.counts == mine.counts
            assert its.estimate == pytest.approx(mine.estimate), "all were drawn"
            assert (its.low, its.high) != (mine.low, mine.high)


def test_a_breakdown_by_another_method(house: House) -> None:
    with house.store.read() as unit:
        (rule,) = unit.of(PROJECT).rules.versions()
        window = Window(NOW - timedelta(days=1), NOW + timedelta(hours=1), Grain.HOUR)
        found = read_breakdown(unit.of(PROJECT), rule, "model", window, method="pooled")
    assert {value: (rate.method, rate.counts.scored) for value, rate in found.items()} == {
        f"m{i}": ("pooled", 4) for i in range(3)
    }


def test_a_method_that_there_is_not_is_refused_with_those_that_there_are(house: House) -> None:
    known = "raw, human, corrected, transported, pooled, best, all"
    with (
        house.store.read() as unit,
        pytest.raises(InvalidInput, match=f"'median' is not a method. Use one of {known}") as caught,
    ):
        read_series(unit, PROJECT, SeriesQuery(method="median"))
    assert caught.value.field == "method"


GOOD = RateUnit(
    at=NOW, stratum="rest", probability=0.5, drawn=True, sampling_probability=1.0, cluster=0,
    slice=("m", None, None, None), value=0.25, label=None, reason=None,
)  # fmt: skip
INF, NAN = float("inf"), float("nan")


class Moody(Criterion):
    """Raises on one value, and says what is no bad about another."""

    def bad(self, score: Score, scale: Scale) -> float:
        if score.value == 13.0:
            raise KeyError("unlucky")
        return 7.0 if score.value == 7.0 else super().bad(score, scale)


@pytest.mark.parametrize(
    "odd",
    [
        {"probability": 5e-324},
        {"probability": 1e-200},
        {"probability": 1e-80},
        {"probability": 0.0},
        {"probability": -0.5},
        {"probability": NAN},
        {"sampling_probability": 5e-324},
        {"sampling_probability": 0.0, "drawn": False},
        {"probability": INF},
        {"value": NAN},
        {"value": INF},
        {"value": 13.0},
        {"value": 7.0},
        {"value": None, "reason": "a reason of another release"},
    ],
    ids=str,
)
def test_an_odd_unit_is_left_out_by_itself(odd: dict[str, Any]) -> None:
    criterion, scale = Moody(name="moody"), Scale()
    units = [GOOD, replace(GOOD, **odd), replace(GOOD, at=NOW + timedelta(minutes=1), stratum="other", value=1.0)]
    cube, left_out = cube_of(units, criterion, scale)
    assert left_out == [1]
    expected, nobody = cube_of([units[0], units[2]], criterion, scale)
    assert nobody == []
    assert (cube.starts, cube.values) == (expected.starts, expected.values)
    assert cube.cells.is_close(expected.cells, rtol=0)


def test_what_is_unusual_stays() -> None:
    units = [
        replace(GOOD, value=-3.0),  # outside the scale: taken as its end
        replace(GOOD, drawn=False, probability=5e-324, value=NAN),  # not drawn: neither is read
        replace(GOOD, cluster=-1),  # a database has signed numbers
        replace(GOOD, value=None, reason="no_context"),
        replace(GOOD, value=None, reason="crash"),
        replace(GOOD, value=None),
    ]
    cube, left_out = cube_of(units, Criterion(name="plain"), Scale())
    assert left_out == []
    assert cube.cells.counts.settled.tolist() == [6]
    assert cube.cells.counts.selected.tolist() == [[1, 2, 1, 1]]
    assert cube.cells.sums.weighted_bad.tolist() == [0.5]
    assert cube.cells.keys.tolist() == [2**64 - 1]


def test_a_scale_without_width_leaves_all_out() -> None:
    cube, left_out = cube_of([GOOD, replace(GOOD, value=None)], Criterion(name="plain"), Scale(low=1.0, high=1.0))
    assert left_out == [0]
    assert cube.cells.counts.selected.tolist() == [[1, 0, 0, 0]]


def test_no_units_are_an_empty_cube() -> None:
    cube, left_out = cube_of([], Criterion(name="plain"), Scale())
    assert (len(cube.cells), left_out, cube.stored()) == (0, [], [])


def test_the_minute_of_an_odd_unit_has_the_others(store: Store) -> None:
    house = House(store)
    house.rule()
    house.feed(*(trace(0, "LOUD" if i else "calm", id=f"x{i}") for i in range(4)))
    house.control()
    with store.write() as unit:
        unit.connection.execute(text("UPDATE selection SET probability = 5e-324 WHERE trace_id = 'x3'"))
    house.score()
    house.control()
    with store.read() as unit:
        (found,) = read_series(unit, PROJECT, SeriesQuery(grain=Grain.MINUTE))
    assert (found.total.counts.settled, found.total.counts.scored) == (3, 3)
    assert found.total.estimate == pytest.approx(2 / 3)
