"""Cohen's kappa of two who are told apart: an evaluator and people, or two annotators."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from evaluator.stats.agreement.answers import NO_TWO, ONE_LEVEL, apart
from evaluator.stats.agreement.chance import Distance, cohen_kappa, distances
from evaluator.stats.agreement.measure import Measure
from evaluator.stats.agreement.resampling import Resampling
from evaluator.stats.columns import Floats, Index


@dataclass(frozen=True, slots=True)
class Kappas:
    """Cohen's kappa, unweighted and with weights for levels that are in order."""

    nominal: Measure
    linear: Measure
    quadratic: Measure


def kappas(first: Index, second: Index, size: int, weight: Floats, resampling: Resampling, level: float) -> Kappas:
    """Of the levels 0 ... `size` - 1 that both gave to n units (`first` and `second` [n]) of `weight` [n] > 0."""
    if not first.size:
        return Kappas(*[Measure(reason=NO_TWO)] * 3)
    if (first == first[0]).all() and (second == first[0]).all():
        return Kappas(*[Measure(reason=ONE_LEVEL)] * 3)
    cells = np.zeros((first.size, size * size))
    cells[np.arange(first.size), first * size + second] = weight
    joint = resampling.sums(cells).reshape(-1, size, size)
    one, two = (joint[0].sum(axis=axis) / joint[0].sum() for axis in (1, 0))
    extra = resampling.imagined[:, None, None] * float(resampling.size(weight))
    worst, best = joint + extra * apart(one, two), joint + extra * np.diag((one + two) / 2.0)

    def kappa(kind: Distance) -> Measure:
        distance = distances(kind, np.arange(size, dtype=np.float64), joint.sum(axis=2))
        return resampling.measure(cohen_kappa(worst, distance), cohen_kappa(best, distance), level)

    return Kappas(kappa(Distance.NOMINAL), kappa(Distance.LINEAR), kappa(Distance.QUADRATIC))
