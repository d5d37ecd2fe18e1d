"""Raw rates: the evaluator is taken at its word."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from evaluator.stats.cells import Cells
from evaluator.stats.columns import Floats, totals, whole_totals
from evaluator.stats.estimators import intervals
from evaluator.stats.estimators.estimator import Estimator, Evidence
from evaluator.stats.estimators.parts import pooled
from evaluator.stats.estimators.rates import KINDS, LEVEL, Rate, RateCounts, RateNumbers, Rates
from evaluator.stats.estimators.strata import Strata, positive, stratified_means
from evaluator.stats.units import State

NONE, GUARDED = KINDS.index("none"), KINDS.index("beta")


def raw_rate(strata: Mapping[str, Cells], *, level: float = LEVEL) -> Rate:
    """The raw rate of one point from the cells of its strata by name."""
    return RAW.rates(Evidence.of(strata), level)[0]


def _estimate(evidence: Evidence, level: float) -> Rates:
    """Within a stratum the scored stand for the failed and the pending; skipped units are outside. Strata are joined
    by the weight of their applicable traffic: all selected weight times the applicable share of what is decided,
    so that neither a slow stratum nor one with many failures tilts the mix. Of a stratum without a scored unit
    nothing is known: the estimate speaks for the others, the interval allows it any rate. Of the parts that a cascade
    cuts a stratum into, those with few scores are joined with the next.
    """
    evidence = pooled(evidence)
    strata = Strata.of(evidence.cells, evidence.point, evidence.size, evidence.finite)
    fit = stratified_means(strata.take(strata.covered))
    counts, numbers, applicable = counted(evidence, strata)
    mean, known = fit.estimate, strata.of_points(np.where(strata.covered, strata.weight, 0.0))
    share = known / positive(applicable)
    # Where something is scored. Sums of huge weights that were stored before these had a bound may have overflowed.
    some = (known > 0.0) & np.isfinite(mean)
    variance, freedom = intervals.moderated(fit.variance, fit.freedom, fit.assumed)
    effective = fit.smooth * (1.0 - fit.smooth) / positive(variance)
    low, high = intervals.guarded(np.where(some, mean, 0.0), np.where(some, variance, 1.0), freedom, fit.step, level)
    counts.clusters[:] = np.where(some, fit.clusters, 0)
    counts.interval[:] = np.where(some, GUARDED, NONE)
    numbers.estimate[:] = np.where(some, mean, np.nan)
    numbers.low[:] = np.where(some, np.minimum(low * share, mean), 0.0)
    numbers.high[:] = np.where(some, np.maximum(1.0 - (1.0 - high) * share, mean), 1.0)
    numbers.effective[:] = np.where(some, np.minimum(effective, counts.scored), 0.0)
    numbers.covered[:] = share
    numbers.worst_low[:] = np.where(some, np.minimum(numbers.worst_low, mean), numbers.worst_low)
    numbers.worst_high[:] = np.where(some, np.maximum(numbers.worst_high, mean), numbers.worst_high)
    return Rates(counts, numbers, RAW.name, level, "window" if evidence.finite else "process", intervals=KINDS)


def counted(evidence: Evidence, strata: Strata | None = None) -> tuple[RateCounts, RateNumbers, Floats]:
    """What is the same whoever estimates: the counts, the numbers that need no estimate (the others are 0), and the
    traffic [size] that may be applicable."""
    cells, point, size = evidence.cells, evidence.point, evidence.size
    strata = Strata.of(cells, point, size, clusters=False) if strata is None else strata
    settled, pending, scored, failed, skipped = (
        whole_totals(point, column, size) for column in (cells.counts.settled, *cells.counts.selected.T)
    )
    counts = RateCounts.of(
        settled=settled, pending=pending, scored=scored, failed=failed, skipped=skipped,
        clusters=np.zeros(size, dtype=np.int64), interval=np.zeros(size, dtype=np.int64),
    )  # fmt: skip
    worst_low, worst_high = _worst(strata)
    nothing = np.zeros(size)
    numbers = RateNumbers.of(
        estimate=nothing, low=nothing, high=nothing, effective=nothing, covered=nothing, worst_low=worst_low,
        worst_high=worst_high, traffic=totals(point, cells.sums.traffic, size),
    )  # fmt: skip
    return counts, numbers, strata.of_points(strata.weight) + _undrawn(evidence)


def _undrawn(evidence: Evidence) -> Floats:
    """[size] traffic of strata of which nothing was drawn: all of it may be applicable."""
    sums = evidence.cells.sums
    nothing = ~sums.weight.any(axis=1)
    return totals(evidence.point, np.where(nothing, sums.traffic, 0.0), evidence.size)


def _worst(strata: Strata) -> tuple[Floats, Floats]:
    """The means with all failed good and with all failed bad; strata that are only pending are not in yet."""
    sums = strata.cells.sums
    bad, scored, failed = sums.weighted_bad, sums.weight[:, State.SCORED], sums.weight[:, State.FAILED]
    known = scored + failed
    weight = np.where(known > 0.0, strata.weight, 0.0) / positive(known)
    total = strata.of_points(weight * known)
    low = strata.of_points(weight * bad) / positive(total)
    high = strata.of_points(weight * (bad + failed)) / positive(total)
    return np.where(total > 0.0, low, 0.0), np.where(total > 0.0, np.minimum(1.0, high), 1.0)


RAW = Estimator(
    name="raw",
    caveat="carries the evaluator’s bias",
    explanation="Weighted by how likely each unit was to be selected, with units of one session or user kept "
    "together. The evaluator’s own mistakes are in this number; labels by people are what corrects them.",
    estimate=_estimate,
)
