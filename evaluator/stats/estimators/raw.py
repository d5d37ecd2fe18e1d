"""Raw rates: the evaluator is taken at its word."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from evaluator.stats.cells import Cells
from evaluator.stats.columns import Bools, Floats, Ints, totals, whole_totals
from evaluator.stats.estimators import intervals
from evaluator.stats.estimators.estimator import Estimator, Evidence
from evaluator.stats.estimators.rates import KINDS, LEVEL, Rate, RateCounts, RateNumbers, Rates
from evaluator.stats.estimators.strata import Strata, StratifiedMeans, positive, stratified_means
from evaluator.stats.units import State

FEW_EVENTS = 5.0
"""Below this many effective events (or non-events) the interval is exact-type; chosen by simulation."""
NONE, EXACT, LOGIT = range(3)
"""Places in `KINDS`."""


def raw_rate(strata: Mapping[str, Cells], *, level: float = LEVEL) -> Rate:
    """The raw rate of one point from the cells of its strata by name."""
    return RAW.rates(Evidence.of(strata), level)[0]


def _estimate(evidence: Evidence, level: float) -> Rates:
    """Within a stratum the scored stand for the failed and the pending; skipped units are outside. Strata are joined
    by the weight of their applicable traffic: all selected weight times the applicable share of what is decided,
    so that neither a slow stratum nor one with many failures tilts the mix. Of a stratum without a scored unit
    nothing is known: the estimate speaks for the others, the interval allows it any rate.
    """
    cells, point, size = evidence.cells, evidence.point, evidence.size
    strata = Strata.of(cells, point, size)
    fit = stratified_means(strata.take(strata.covered))
    settled, pending, scored, failed, skipped = (
        whole_totals(point, column, size) for column in (cells.counts.settled, *cells.counts.selected.T)
    )
    mean, known = fit.estimate, strata.of_points(np.where(strata.covered, strata.weight, 0.0))
    share = known / positive(strata.of_points(strata.weight) + _undrawn(evidence))
    # Where something is scored. Sums of huge weights that were stored before these had a bound may have overflowed.
    some = (known > 0.0) & np.isfinite(mean)
    variance = np.where(some, fit.variance, 1.0)
    effective = np.where(fit.freedom > 0.0, fit.smooth * (1.0 - fit.smooth) / variance, 1.0)
    logit, low, high = _interval(fit, effective, scored, some, level)
    worst_low, worst_high = _worst(strata)
    counts = RateCounts.of(
        settled=settled,
        pending=pending,
        scored=scored,
        failed=failed,
        skipped=skipped,
        clusters=np.where(some, fit.clusters, 0),
        interval=np.where(some, np.where(logit, LOGIT, EXACT), NONE),
    )
    numbers = RateNumbers.of(
        estimate=np.where(some, mean, np.nan),
        low=np.where(some, np.minimum(low * share, mean), 0.0),
        high=np.where(some, np.maximum(1.0 - (1.0 - high) * share, mean), 1.0),
        effective=np.where(some, np.minimum(effective, scored), 0.0),
        covered=share,
        worst_low=np.where(some, np.minimum(worst_low, mean), worst_low),
        worst_high=np.where(some, np.maximum(worst_high, mean), worst_high),
        traffic=totals(point, cells.sums.traffic, size),
    )
    return Rates(counts, numbers, RAW.name, level, intervals=KINDS)


def _undrawn(evidence: Evidence) -> Floats:
    """[size] traffic of strata of which nothing was drawn: all of it may be applicable."""
    counts, traffic = evidence.cells.counts, evidence.cells.sums.traffic
    return totals(evidence.point, np.where(counts.selected.sum(axis=1) == 0, traffic, 0.0), evidence.size)


def _interval(
    fit: StratifiedMeans, effective: Floats, scored: Ints, some: Bools, level: float
) -> tuple[Bools, Floats, Floats]:
    """Whether the interval is of the logit kind, and its ends: never of width zero, within [0, 1], around the
    estimate. Below `FEW_EVENTS`, and for one cluster, it is exact-type."""
    mean, freedom, lone = fit.estimate, np.maximum(1.0, fit.freedom), fit.freedom <= 0.0
    logit = some & ~lone & (effective * np.minimum(mean, 1.0 - mean) >= FEW_EVENTS)
    low, high = np.zeros(mean.size), np.ones(mean.size)
    low[logit], high[logit] = intervals.logit(mean[logit], fit.variance[logit], freedom[logit], level)
    few = some & ~logit
    whole = intervals.quantile(np.maximum(1.0, scored[few] - 1.0), level)
    # Korn and Graubard (1998): the effective size, lowered by what the design's degrees of freedom cost.
    size = np.minimum(effective, scored)[few] * (whole / intervals.quantile(freedom[few], level)) ** 2
    low[few], high[few] = intervals.exact(mean[few], np.where(lone[few], 1.0, size), level)
    return logit, low, high


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
