"""How well the order of scores fits that of judgements: weighted correlations, ties included."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from evaluator.stats.agreement.confusion import NO_PAIRS
from evaluator.stats.agreement.measure import Measure
from evaluator.stats.agreement.resampling import Resampling
from evaluator.stats.columns import Floats

CONSTANT_SCORE = "the evaluator gave all of these samples the same score"
CONSTANT_PEOPLE = "people judged all of these samples alike"
_ROOM = 4_000_000
"""Numbers held at once."""


def pearson(score: Floats, people: Floats, weight: Floats, resampling: Resampling, level: float) -> Measure:
    """Weighted correlation of `score` and `people` [n], in [-1, 1]: what the gain from an evaluator hangs on."""
    return _measured(score, people, weight, resampling, level, lambda values, _: values)


def coefficient(score: Floats, people: Floats, weight: Floats) -> float | None:
    """The value of `pearson` by itself; None where one of the two is constant."""
    if not score.size or np.ptp(score) == 0.0 or np.ptp(people) == 0.0:
        return None
    return float(_correlations(score, people, weight[None], np.zeros(1))[0, 0])


def spearman(score: Floats, people: Floats, weight: Floats, resampling: Resampling, level: float) -> Measure:
    """Weighted rank correlation of `score` and `people` [n], in [-1, 1] (Spearman 1904).

    Ranks are cumulated weights, tied ones take the middle of theirs: with whole weights that is what a sample has in
    which each unit stands as often as its weight says.
    """
    return _measured(score, people, weight, resampling, level, _mid_ranks)


def _measured(
    score: Floats,
    people: Floats,
    weight: Floats,
    resampling: Resampling,
    level: float,
    ranks: Callable[[Floats, Floats], Floats],
) -> Measure:
    for values, reason in ((score, CONSTANT_SCORE), (people, CONSTANT_PEOPLE)):
        if not values.size:
            return Measure(reason=NO_PAIRS)
        if np.ptp(values) == 0.0:
            return Measure(reason=reason)
    size, rows = float(resampling.size(weight)), max(1, _ROOM // score.size)
    found = []
    for start in range(0, len(resampling.multipliers), rows):
        part = slice(start, start + rows)
        weights = resampling.multipliers[part][:, resampling.place] * weight
        extra = resampling.imagined[part] * size
        found.append(_correlations(ranks(score, weights), ranks(people, weights), weights, extra))
    least, most = np.concatenate(found, axis=1)
    return resampling.measure(least, most, level)


def _mid_ranks(values: Floats, weights: Floats) -> Floats:
    """[r, n] for `values` [n] under each row of `weights` [r, n]."""
    order = np.argsort(values, kind="stable")
    _, first, place = np.unique(values[order], return_index=True, return_inverse=True)
    tied = np.add.reduceat(weights[:, order], first, axis=1)
    middle = np.cumsum(tied, axis=1) - tied / 2.0
    ranks = np.empty_like(weights)
    ranks[:, order] = middle[:, place]
    return ranks


def _correlations(score: Floats, people: Floats, weights: Floats, extra: Floats) -> Floats:
    """[2, r] the least and the largest correlation of `score` and `people` ([r, n], or [n] for all rows).

    The imagined cluster weighs `extra` [r]: half of it is judged best and half worst by people, and lies a standard
    deviation off the mean score, on the wrong sides for the first and on the right ones for the second.
    """
    held = weights.sum(axis=1)
    total = held + extra
    x = score - ((score * weights).sum(axis=1) / held)[:, None]
    spread = np.sqrt((weights * x**2).sum(axis=1) / held)
    least, most = people.min(axis=-1), people.max(axis=-1)
    mean = ((people * weights).sum(axis=1) + extra * (least + most) / 2.0) / total
    y = people - mean[:, None]
    ends = extra / 2.0 * ((least - mean) ** 2 + (most - mean) ** 2)
    variance = ((weights * y**2).sum(axis=1) + ends) / total
    shared, moved = (weights * x * y).sum(axis=1), extra / 2.0 * spread * (most - least)
    scale = total * spread * np.sqrt(variance)
    return np.asarray(
        np.clip(np.stack([shared - moved, shared + moved]) / np.where(scale > 0.0, scale, np.inf), -1.0, 1.0)
    )
