"""What an estimator is given and gives back, and how it is found."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from evaluator.stats.cells import Cells, UnitSums
from evaluator.stats.estimators.estimator import Evidence
from evaluator.stats.estimators.labelled import LabelledUnits, Response, Reviewed
from evaluator.stats.estimators.labels import HUMAN
from evaluator.stats.estimators.rates import Rate, RateNumbers
from evaluator.stats.estimators.raw import RAW, raw_rate
from evaluator.stats.estimators.registry import ESTIMATORS
from evaluator.stats.units import State
from tests.support.pooled import POOLED

STRATA = {
    "a": Cells.of([2.0] * 10, [1.0] * 4 + [0.0] * 6, [State.SCORED] * 10, [0] * 10),
    "b": Cells.of([1.0] * 20, [1.0] * 5 + [0.0] * 15, [State.SCORED] * 20, [0] * 20),
}


def labelled(cell: list[int], weight: list[float], verdict: list[float]) -> LabelledUnits:
    n = len(cell)
    answers = np.full(n, Response.VERDICT, dtype=np.int8)
    columns = (np.array(weight), np.ones(n), np.zeros(n), np.array(verdict), answers, np.zeros(n, dtype=np.uint64))
    return LabelledUnits(np.array(cell), *columns)


def test_each_is_registered_under_its_name() -> None:
    assert {name: e.name for name, e in ESTIMATORS.items()} == {name: name for name in ESTIMATORS}
    assert ESTIMATORS["raw"] is RAW


def test_another_estimator_reads_the_same_cells() -> None:
    (rate,) = POOLED.rates(Evidence.of(STRATA), 0.9)
    wilson = stats.binomtest(9, 30).proportion_ci(0.9, method="wilson")
    assert (rate.method, rate.variance, rate.interval, rate.level) == ("pooled", "sampling", "wilson", 0.9)
    assert rate.estimate == pytest.approx((2 * 4 + 5) / 40)
    assert rate.high - rate.low == pytest.approx(wilson.high - wilson.low, rel=0.05)
    assert rate.counts == raw_rate(STRATA).counts


def test_labelled_units_lie_in_cells_and_so_in_points() -> None:
    cells, point = Cells.concat([STRATA["a"], STRATA["b"]]), np.array([0, 1])
    units = labelled([0, 0, 1], [2.0, 6.0, 5.0], [1.0, 0.0, 1.0])
    apart = HUMAN.rates(Evidence(cells, point, 2, Reviewed(cells, point, units)))
    assert [rate.estimate for rate in apart] == pytest.approx([2 / 8, 1.0])
    assert [rate.labels for rate in apart] == [2, 1]
    assert HUMAN.rates(Evidence.of(STRATA, units))[0].estimate == pytest.approx(7 / 13)


@pytest.mark.parametrize("name", ["human", "corrected"])
def test_what_the_criterion_does_not_apply_to_says_nothing_of_the_rate(name: str) -> None:
    """Ten verdicts are ten, however many samples were found to have nothing to judge."""

    def found(verdicts: int, outside: int) -> Rate:
        n = verdicts + outside
        units = labelled([0] * n, [1.0] * n, [0.0] * n)
        units.response[verdicts:] = Response.OUTSIDE
        return ESTIMATORS[name].rates(Evidence.of({"": STRATA["b"]}, units))[0]

    few, many = found(10, 0), found(10, 50)
    assert (many.estimate, many.labels, many.enough) == (few.estimate, 10, False)
    assert (many.low, many.high) == pytest.approx((few.low, few.high))
    nothing = found(0, 60)
    assert (nothing.estimate, nothing.low, nothing.high, nothing.labels) == (None, 0.0, 1.0, 0)


@pytest.mark.parametrize("name", ["human", "corrected", "transported"])
def test_who_needs_labels_says_so(name: str) -> None:
    with pytest.raises(ValueError, match=f"{name} needs labelled units"):
        ESTIMATORS[name].rates(Evidence.of(STRATA))


@pytest.mark.parametrize(
    ("column", "value", "problem"),
    [
        ("cell", np.array([2]), "cell"),
        ("cell", np.array([-1]), "cell"),
        ("weight", np.array([0.0]), "weight"),
        ("weight", np.array([np.inf]), "weight"),
        ("review", np.array([0.0]), "review"),
        ("review", np.array([1.5]), "review"),
        ("review", np.array([np.nan]), "review"),
        ("bad", np.array([-0.1]), "bad"),
        ("verdict", np.array([np.nan]), "verdict"),
        ("verdict", np.array([1.0, 0.0]), "equally long"),
    ],
)
def test_labelled_units_out_of_range_are_refused(column: str, value: np.ndarray, problem: str) -> None:
    units = replace(labelled([0], [2.0], [1.0]), **{column: value})
    with pytest.raises(ValueError, match=problem):
        HUMAN.rates(Evidence.of(STRATA, units))


@pytest.mark.parametrize("level", [0.0, 1.0, -1.0, 95.0, float("nan")])
def test_a_level_is_a_probability(level: float) -> None:
    with pytest.raises(ValueError, match="level"):
        POOLED.rates(Evidence.of(STRATA), level)


def test_a_table_is_made_of_all_its_columns_and_of_no_others() -> None:
    one = np.ones(3)
    with pytest.raises(TypeError, match="traffic, weighted_bad, weight"):
        UnitSums.of(traffic=one, weighted_bad=one)
    with pytest.raises(TypeError, match="estimate, low"):
        RateNumbers.of(**dict.fromkeys((*RateNumbers.places, "median"), one))
