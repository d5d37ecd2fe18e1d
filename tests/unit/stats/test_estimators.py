"""What an estimator is given and gives back, and how it is found."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from evaluator.stats.cells import Cells, UnitSums
from evaluator.stats.columns import totals
from evaluator.stats.estimators.estimator import Estimator, Evidence, LabelledUnits
from evaluator.stats.estimators.rates import RateNumbers, Rates
from evaluator.stats.estimators.raw import RAW, raw_rate
from evaluator.stats.estimators.registry import ESTIMATORS
from evaluator.stats.units import State
from tests.support.pooled import POOLED

STRATA = {
    "a": Cells.of([2.0] * 10, [1.0] * 4 + [0.0] * 6, [State.SCORED] * 10, [0] * 10),
    "b": Cells.of([1.0] * 20, [1.0] * 5 + [0.0] * 15, [State.SCORED] * 20, [0] * 20),
}


def _human(evidence: Evidence, level: float) -> Rates:
    """The weighted mean of what people say, with the counts and the rest of the raw rates."""
    labelled = evidence.labelled
    assert labelled is not None
    point = evidence.point[labelled.cell]
    mean = totals(point, labelled.weight * labelled.verdict, evidence.size) / totals(
        point, labelled.weight, evidence.size
    )
    raw = RAW.rates(evidence, level)
    numbers = RateNumbers(raw.numbers.numbers.copy())
    numbers.estimate[:] = mean
    return replace(raw, numbers=numbers, method="human")


HUMAN = Estimator(name="human", caveat="", explanation="", estimate=_human, needs_labels=True)


def labelled(cell: list[int], weight: list[float], verdict: list[float]) -> LabelledUnits:
    n = len(cell)
    return LabelledUnits(
        np.array(cell), np.array(weight), np.zeros(n), np.array(verdict), np.zeros(n, dtype=np.uint64)
    )


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
    cells = Cells.concat([STRATA["a"], STRATA["b"]])
    units = labelled([0, 0, 1], [2.0, 6.0, 5.0], [1.0, 0.0, 1.0])
    apart = HUMAN.rates(Evidence(cells, np.array([0, 1]), 2, units))
    assert [rate.estimate for rate in apart] == pytest.approx([2 / 8, 1.0])
    assert HUMAN.rates(Evidence.of(STRATA, units))[0].estimate == pytest.approx(7 / 13)
    with pytest.raises(ValueError, match="human needs labelled units"):
        HUMAN.rates(Evidence.of(STRATA))


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
