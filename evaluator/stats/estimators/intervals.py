"""Intervals for rates in [0, 1] from estimates, their variances and their degrees of freedom, many at once."""

from __future__ import annotations

import numpy as np
from scipy import special

from evaluator.stats.columns import Floats

PRIOR_FREEDOM = 4.0
"""Degrees of freedom that the assumed variance is worth beside the measured one."""
UNSEEN = 0.6
"""Of an imagined event, the part that counts against the side that is bounded: 1 is Clopper–Pearson, 1/2 Jeffreys."""
_LEAST = 1e-9


def moderated(variance: Floats, freedom: Floats, assumed: Floats) -> tuple[Floats, Floats]:
    """[n] variances and their degrees of freedom, after each measured one has been drawn towards an assumed one.

    A variance that a few clusters tell is itself hardly known: by itself it makes intervals that are far too wide on
    average and too narrow where the clusters happen to agree. What independent clusters of equal rates would give is
    taken for `PRIOR_FREEDOM` further degrees of freedom (as Smyth 2004 moderates variances of many genes). All
    arguments are [n], >= 0.
    """
    whole = freedom + PRIOR_FREEDOM
    return (freedom * variance + PRIOR_FREEDOM * assumed) / whole, whole


def guarded(
    estimate: Floats,
    variance: Floats,
    freedom: Floats,
    step: Floats,
    level: float,
    rise: Floats | None = None,
    fall: Floats | None = None,
) -> tuple[Floats, Floats]:
    """[n] intervals inside [0, 1], around the estimate, never of width zero where `step` > 0.

    Quantiles of the beta distributions that have the mean and the variance of the estimate and of one imagined event
    of weight `step`, which is what may not have been seen yet: with equal weights this is between Clopper and
    Pearson's interval and Jeffreys', with unequal ones what Fay and Feuer (1997) do for weighted sums of rare
    events, after Fay and Kim (2017) less careful. Variances are stretched by what t costs.

    `estimate` [n] in [0, 1], `variance` [n] >= 0, `freedom` [n] > 0, `step` [n] in [0, 1], `level` in (0, 1).
    `rise` and `fall` [n] are how far a unit that was not seen could move an estimate of weight 1 up and down; 1 -
    `estimate` and `estimate` where left out.
    """
    rise = 1.0 - estimate if rise is None else rise
    fall = estimate if fall is None else fall
    stretch = (quantile(freedom, level) / special.ndtri((1.0 + level) / 2.0)) ** 2
    high = _upper(estimate, variance, stretch, step, level, rise, fall)
    low = 1.0 - _upper(1.0 - estimate, variance, stretch, step, level, fall, rise)
    return np.minimum(low, estimate), np.maximum(high, estimate)


def plain_size(
    estimate: Floats, variance: Floats, step: Floats, rise: Floats | None = None, fall: Floats | None = None
) -> Floats:
    """[n] so many independent verdicts of equal weight would have an interval as wide, but for t; > 0.

    The arguments are those of `guarded`. An estimate of no events is no better known than its size says, so what was
    not seen counts on both sides.
    """
    events, plain = estimate * (1.0 - estimate), _unseen(1.0 - estimate, estimate)
    spread = variance + step**2 * _unseen(
        1.0 - estimate if rise is None else rise, estimate if fall is None else fall
    )
    spread = np.maximum(spread, _LEAST**2)
    return (events + np.sqrt(events**2 + 4.0 * spread * plain)) / (2.0 * spread)


def _unseen(rise: Floats, fall: Floats) -> Floats:
    """[n] squares of what one event moves, on either side."""
    return UNSEEN * rise**2 + (1.0 - UNSEEN) * fall**2


def _upper(
    estimate: Floats, variance: Floats, stretch: Floats, step: Floats, level: float, rise: Floats, fall: Floats
) -> Floats:
    mean = np.clip(estimate + step * (UNSEEN * rise - (1.0 - UNSEEN) * fall), 0.0, 1.0)
    spread = stretch * (variance + step**2 * _unseen(rise, fall))
    size = mean * (1.0 - mean) / np.maximum(spread, _LEAST**2) - 1.0
    known = (size > _LEAST) & (mean < 1.0)
    events, others = np.where(known, size * mean, 1.0), np.where(known, size * (1.0 - mean), 1.0)
    found = special.betaincinv(np.maximum(events, _LEAST), np.maximum(others, _LEAST), (1.0 + level) / 2.0)
    return np.where(known, found, 1.0)


def quantile(freedom: Floats, level: float) -> Floats:
    """[n] two-sided t quantiles for a `level` in (0, 1) with `freedom` [n] > 0 degrees of freedom."""
    return np.asarray(special.stdtrit(freedom, (1.0 + level) / 2.0), dtype=np.float64)
