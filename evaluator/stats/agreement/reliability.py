"""The reliability diagram by isotonic regression: what share is bad at each score, if higher scores are no better."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import isotonic_regression

from evaluator.stats.agreement.pairs import Pairs
from evaluator.stats.agreement.resampling import Resampling
from evaluator.stats.columns import Floats, Index

BAND_REPLICATES = 400
"""Each is one regression."""
MOST_POINTS = 60
"""Of the band; the line itself has a point at each score where it bends."""


@dataclass(frozen=True, slots=True)
class ReliabilityPoint:
    """A point of the diagram. `low` and `high` are None where there is one cluster only."""

    score: float
    bad: float
    low: float | None
    high: float | None


def reliability_curve(pairs: Pairs, resampling: Resampling, level: float) -> tuple[ReliabilityPoint, ...]:
    """The calibration curve in ascending order of scores, without a choice of bins (CORP; Dimitriadis, Gneiting and
    Jordan 2021), by pool-adjacent-violators on weighted pairs, with a pointwise band of `level` in (0, 1).

    The band is that of regressions on the replicates of the sample, in each of which the block around a score holds
    the imagined cluster, good for the low and bad for the high edge. At most `MOST_POINTS` points; none without
    pairs.
    """
    if not len(pairs):
        return ()
    scores, place = np.unique(pairs.score, return_inverse=True)
    at = _shown(scores.size)
    columns = np.stack([pairs.weight, pairs.weight * pairs.people], axis=1)
    own = _by_score(columns, np.ones(len(pairs)), place, scores.size)
    line, _ = _blocks(own[:, 0], own[:, 1])
    if resampling.clusters < 2:
        return tuple(ReliabilityPoint(float(scores[i]), float(line[i]), None, None) for i in at)
    size = float(resampling.size(pairs.weight))
    rows = min(BAND_REPLICATES, len(resampling.multipliers) - 1)
    low, high = np.empty((rows, at.size)), np.empty((rows, at.size))
    for row in range(rows):
        weights = resampling.multipliers[row + 1][resampling.place]
        bad, held = _blocks(*_by_score(columns, weights, place, scores.size).T)
        extra = resampling.imagined[row + 1] * size
        low[row] = (bad * held / (held + extra))[at]
        high[row] = ((bad * held + extra) / (held + extra))[at]
    edges = np.quantile(low, (1.0 - level) / 2.0, axis=0), np.quantile(high, (1.0 + level) / 2.0, axis=0)
    lows, highs = np.minimum(edges[0], line[at]), np.maximum(edges[1], line[at])
    return tuple(
        ReliabilityPoint(float(scores[i]), float(line[i]), float(bottom), float(top))
        for i, bottom, top in zip(at, lows, highs, strict=True)
    )


def _shown(size: int) -> Index:
    return np.unique(np.linspace(0, size - 1, min(size, MOST_POINTS)).round().astype(np.intp))


def _by_score(columns: Floats, weights: Floats, place: Index, size: int) -> Floats:
    """[size, q] sums of `columns` [n, q] with `weights` [n] over equal scores."""
    return np.stack([np.bincount(place, column * weights, size) for column in columns.T], axis=1)


def _blocks(weight: Floats, bad: Floats) -> tuple[Floats, Floats]:
    """[s] the regression at each of s ascending scores, and the weight of the block in which it lies."""
    fit = isotonic_regression(bad / weight, weights=weight)
    return np.clip(fit.x, 0.0, 1.0), np.repeat(fit.weights, np.diff(fit.blocks))
