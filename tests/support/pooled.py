"""A second estimator, as somebody would write it: the mean without regard to strata, with Wilson's interval."""

from __future__ import annotations

import numpy as np
from scipy import stats

from evaluator.stats.columns import totals, whole_totals
from evaluator.stats.estimators.estimator import Estimator, Evidence
from evaluator.stats.estimators.rates import RateCounts, RateNumbers, Rates
from evaluator.stats.units import State


def _estimate(evidence: Evidence, level: float) -> Rates:
    sums, point, size = evidence.cells.sums, evidence.point, evidence.size
    units = evidence.cells.counts
    settled, pending, scored, failed, skipped = (
        whole_totals(point, column, size) for column in (units.settled, *units.selected.T)
    )
    weight = totals(point, sums.weight[:, State.SCORED], size)
    with np.errstate(invalid="ignore"):
        mean = totals(point, sums.weighted_bad, size) / weight
    n, z = np.maximum(scored, 1), stats.norm.ppf((1 + level) / 2)
    centre, half = mean + z**2 / (2 * n), z * np.sqrt(mean * (1 - mean) / n + (z / (2 * n)) ** 2)
    known = scored > 0
    counts = RateCounts.of(
        settled=settled, pending=pending, scored=scored, failed=failed, skipped=skipped, clusters=scored,
        interval=known.astype(np.int64),
    )  # fmt: skip
    numbers = RateNumbers.of(
        estimate=mean, low=np.where(known, (centre - half) / (1 + z**2 / n), 0.0),
        high=np.where(known, (centre + half) / (1 + z**2 / n), 1.0), effective=scored, covered=known,
        worst_low=np.zeros(size), worst_high=np.ones(size), traffic=totals(point, sums.traffic, size),
    )  # fmt: skip
    return Rates(counts, numbers, POOLED.name, level, variance="sampling", intervals=("none", "wilson"))


POOLED = Estimator(
    name="pooled",
    caveat="knows nothing of strata",
    explanation="All scores are thrown together.",
    estimate=_estimate,
)
