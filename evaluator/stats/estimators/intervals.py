"""Intervals for rates in [0, 1] from estimates, their variances and their degrees of freedom, many at once."""

from __future__ import annotations

import numpy as np
from scipy import special

from evaluator.stats.columns import Floats

_NONE = 1e-9
"""So few events are none."""


def logit(estimate: Floats, variance: Floats, freedom: Floats, level: float) -> tuple[Floats, Floats]:
    """[n] t intervals on the logit scale, carried back: inside (0, 1), wider towards one half.

    `estimate` [n] in (0, 1), `variance` [n] > 0 of the estimate, `freedom` [n] > 0, `level` in (0, 1).
    """
    half = quantile(freedom, level) * np.sqrt(variance) / (estimate * (1.0 - estimate))
    centre = special.logit(estimate)
    return special.expit(centre - half), special.expit(centre + half)


def exact(estimate: Floats, size: Floats, level: float) -> tuple[Floats, Floats]:
    """[n] Clopper–Pearson intervals for `estimate` [n] in [0, 1] on an effective `size` [n] > 0, not always whole.

    The survey form of Korn and Graubard (1998): the beta quantiles with size x estimate events.
    """
    events, others, tail = size * estimate, size * (1.0 - estimate), (1.0 - level) / 2.0
    low = special.betaincinv(np.maximum(events, _NONE), others + 1.0, tail)
    high = special.betaincinv(events + 1.0, np.maximum(others, _NONE), 1.0 - tail)
    low, high = np.where(events > _NONE, low, 0.0), np.where(others > _NONE, high, 1.0)
    return np.minimum(low, estimate), np.maximum(high, estimate)


def quantile(freedom: Floats, level: float) -> Floats:
    """[n] two-sided t quantiles for a `level` in (0, 1) with `freedom` [n] > 0 degrees of freedom."""
    return np.asarray(special.stdtrit(freedom, (1.0 + level) / 2.0), dtype=np.float64)
