"""Verdicts of an evaluator against those of people: who was right how often."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from evaluator.stats.agreement.measure import Measure
from evaluator.stats.agreement.pairs import CUT, Pairs
from evaluator.stats.agreement.resampling import Resampling

NO_BAD = "people called none of these samples bad"
NO_GOOD = "people called none of these samples good"
NO_FLAG = "the evaluator called none of these samples bad"
NO_PAIRS = "nothing here was both scored by the evaluator and judged by people"


@dataclass(frozen=True, slots=True)
class Confusion:
    """Shares of the traffic that the pairs stand for; rows by the evaluator, columns by people, good before bad."""

    counts: tuple[tuple[int, int], tuple[int, int]]
    """Pairs, without weights."""
    shares: tuple[tuple[float, float], tuple[float, float]] | None
    """They sum to 1; None without pairs."""
    bad: Measure
    """Share that people call bad."""
    flagged: Measure
    """Share that the evaluator calls bad."""
    right: Measure
    """Share in which both agree (accuracy)."""
    sensitivity: Measure
    """Of the bad ones, the share that the evaluator calls bad (recall)."""
    specificity: Measure
    """Of the good ones, the share that it calls good."""
    precision: Measure
    """Of those that it calls bad, the share that are."""


def confusion(pairs: Pairs, resampling: Resampling, level: float, *, cut: float = CUT) -> Confusion:
    """The confusion matrix of `pairs` and its rates, each with an interval of `level` in (0, 1).

    People's values of `cut` and more count as bad.
    """
    bad, flagged, weight = pairs.people >= cut, pairs.flagged, pairs.weight
    counts = np.zeros((2, 2), dtype=np.int64)
    np.add.at(counts, (flagged.astype(np.intp), bad.astype(np.intp)), 1)
    shares = np.zeros((2, 2))
    np.add.at(
        shares, (flagged.astype(np.intp), bad.astype(np.intp)), weight / max(weight.sum(), np.finfo(float).tiny)
    )
    hit, everything = bad & flagged, np.ones_like(bad)
    above = np.stack([bad, flagged, bad == flagged, hit, ~bad & ~flagged, hit], axis=1) * weight[:, None]
    below = np.stack([everything, everything, everything, bad, ~bad, flagged], axis=1) * weight[:, None]
    reasons = (NO_PAIRS, NO_PAIRS, NO_PAIRS, NO_BAD, NO_GOOD, NO_FLAG)
    (a, b), (c, d) = counts.tolist()
    (e, f), (g, h) = shares.tolist()
    found = resampling.ratios(above, below, level, reasons if len(pairs) else (NO_PAIRS,) * len(reasons))
    return Confusion(((a, b), (c, d)), ((e, f), (g, h)) if len(pairs) else None, *found)
