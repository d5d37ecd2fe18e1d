"""Intervals for a rate in [0, 1] from an estimate, its variance and its degrees of freedom."""

from __future__ import annotations

import math

from scipy import special, stats

_NONE = 1e-9
"""So few events are none."""


def logit(estimate: float, variance: float, freedom: float, level: float) -> tuple[float, float]:
    """t interval on the logit scale, carried back: inside (0, 1), wider towards one half.

    `estimate` in (0, 1), `variance` > 0 of the estimate, `freedom` > 0, `level` in (0, 1).
    """
    half = quantile(freedom, level) * math.sqrt(variance) / (estimate * (1.0 - estimate))
    centre = special.logit(estimate)
    return float(special.expit(centre - half)), float(special.expit(centre + half))


def exact(estimate: float, size: float, level: float) -> tuple[float, float]:
    """Clopper–Pearson interval for `estimate` in [0, 1] on an effective `size` > 0, which need not be whole.

    The survey form of Korn and Graubard (1998): the beta quantiles with size x estimate events.
    """
    events, others, tail = size * estimate, size * (1.0 - estimate), (1.0 - level) / 2.0
    low = stats.beta.ppf(tail, events, others + 1.0) if events > _NONE else 0.0
    high = stats.beta.ppf(1.0 - tail, events + 1.0, others) if others > _NONE else 1.0
    return min(float(low), estimate), max(float(high), estimate)


def quantile(freedom: float, level: float) -> float:
    """Two-sided t quantile for a `level` in (0, 1) with `freedom` > 0 degrees of freedom."""
    return float(stats.t.ppf((1.0 + level) / 2.0, freedom))
