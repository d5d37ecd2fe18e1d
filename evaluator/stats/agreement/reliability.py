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
    rows = min(BAND_REPLICATES, len(resampling.multipliers) - 1) + 1
    scores, weight, bad = _by_score(pairs, resampling, rows)
    at = _shown(scores.size)
    line, _ = _blocks(weight[0], bad[0])
    if resampling.clusters < 2:
        return tuple(ReliabilityPoint(float(scores[i]), float(line[i]), None, None) for i in at)
    size = float(resampling.size(pairs.weight))
    low, high = np.empty((rows - 1, at.size)), np.empty((rows - 1, at.size))
    for row in range(1, rows):
        rate, held = (column[at] for column in _blocks(weight[row], bad[row]))
        extra = resampling.imagined[row] * size
        low[row - 1] = rate * held / (held + extra)
        high[row - 1] = (rate * held + extra) / (held + extra)
    edges = np.quantile(low, (1.0 - level) / 2.0, axis=0), np.quantile(high, (1.0 + level) / 2.0, axis=0)
    lows, highs = np.minimum(edges[0], line[at]), np.maximum(edges[1], line[at])
    return tuple(
        ReliabilityPoint(float(scores[i]), float(line[i]), float(bottom), float(top))
        for i, bottom, top in zip(at, lows, highs, strict=True)
    )


def _shown(size: int) -> Index:
    return np.unique(np.linspace(0, size - 1, min(size, MOST_POINTS)).round().astype(np.intp))


def _by_score(pairs: Pairs, resampling: Resampling, rows: int) -> tuple[Floats, Floats, Floats]:
    """The s different scores in ascending order, and of the first `rows` of weights the weight and the weight of bad
    at each, [rows, s]."""
    order = np.argsort(pairs.score, kind="stable")
    scores, first = np.unique(pairs.score[order], return_index=True)
    weights = resampling.multipliers[:rows][:, resampling.place[order]] * pairs.weight[order]
    bad = np.add.reduceat(weights * pairs.people[order], first, axis=1)
    return scores, np.add.reduceat(weights, first, axis=1), bad


def _blocks(weight: Floats, bad: Floats) -> tuple[Floats, Floats]:
    """[s] the regression at each of s ascending scores, and the weight of the block in which it lies."""
    fit = isotonic_regression(bad / weight, weights=weight)
    return np.clip(fit.x, 0.0, 1.0), np.repeat(fit.weights, np.diff(fit.blocks))
