"""Measures of a detector on labelled answers, with intervals that know which answers share a context."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.stats import rankdata

from evaluator.models.tuning.intercept import maximum
from evaluator.text.combine import log_odds, sigmoid
from training.data import digest

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]


class Detection(NamedTuple):
    """AUROC with a 95 % interval; balanced accuracy and F1 at a threshold found on the other half."""

    rows: int
    bad: int
    auroc: float
    low: float
    high: float
    balanced: float
    f1: float


def auroc(labels: Bools, scores: Floats) -> float:
    """Probability that a bad answer scores above a good one; NaN when one kind is missing."""
    bad = int(labels.sum())
    good = len(labels) - bad
    if not bad or not good:
        return float("nan")
    return float((rankdata(scores)[labels].sum() - bad * (bad + 1) / 2) / (bad * good))


def bootstrap_auroc(labels: Bools, scores: Floats, groups: Sequence[str], times: int = 500) -> tuple[float, float]:
    """95 % percentile interval from drawing whole groups again and again."""
    members: dict[str, list[int]] = {}
    for index, group in enumerate(groups):
        members.setdefault(group, []).append(index)
    clusters = [np.asarray(rows) for rows in members.values()]
    rng = np.random.default_rng(0)
    values = []
    for _ in range(times):
        chosen = np.concatenate([clusters[i] for i in rng.integers(0, len(clusters), len(clusters))])
        values.append(auroc(labels[chosen], scores[chosen]))
    low, high = np.nanpercentile(values, [2.5, 97.5])
    return float(low), float(high)


def best_threshold(labels: Bools, scores: Floats) -> float:
    """The threshold with the highest balanced accuracy, halfway between two scores."""
    order = np.argsort(-scores, kind="stable")
    ranked, found = scores[order], labels[order]
    hits = np.cumsum(found) / max(1, found.sum())
    alarms = np.cumsum(~found) / max(1, (~found).sum())
    gain = hits - alarms
    gain[:-1][ranked[:-1] == ranked[1:]] = -np.inf
    best = int(np.argmax(gain))
    after = ranked[best + 1] if best + 1 < len(ranked) else ranked[best] - 1.0
    return float((ranked[best] + after) / 2)


def at_threshold(labels: Bools, scores: Floats, threshold: float) -> tuple[float, float]:
    """Balanced accuracy and F1 of the bad class."""
    said = scores > threshold
    hit, alarm = float(np.mean(said[labels])), float(np.mean(said[~labels]))
    both = float((said & labels).sum())
    return (hit + 1.0 - alarm) / 2, 2 * both / max(1.0, float(said.sum() + labels.sum()))


def detect(labels: Bools, scores: Floats, groups: Sequence[str]) -> Detection:
    """All measures of one detector on one set; answers of one context stay in one half."""
    half = np.asarray([digest(group) % 2 == 0 for group in groups])
    balanced = f1 = float("nan")
    if all(0 < labels[part].sum() < part.sum() for part in (half, ~half)):
        threshold = best_threshold(labels[half], scores[half])
        balanced, f1 = at_threshold(labels[~half], scores[~half], threshold)
    low, high = bootstrap_auroc(labels, scores, groups)
    return Detection(len(labels), int(labels.sum()), auroc(labels, scores), low, high, balanced, f1)


class Travel(NamedTuple):
    """How a score that was fitted elsewhere does on a set as it stands.

    Shares in [0, 1]: of bad answers, of flagged ones; balanced accuracy of the flag and of the best cut of this set;
    calibration error as it is, and after an intercept was fitted to some labels of the set (mean over draws).
    """

    bad: float
    flagged: float
    balanced: float
    best: float
    error: float
    after: float


FEW = 50
"""Labels that an intercept is fitted to."""


def travel(labels: Bools, values: Floats, threshold: float, draws: int = 100) -> Travel:
    """The figures of a set with more than `FEW` answers, of both kinds."""
    rng = np.random.default_rng(0)
    odds = log_odds(values)
    after = []
    for _ in range(draws):
        some = rng.permutation(len(labels)) < FEW
        if 0 < labels[some].sum() < FEW:
            shift = float(maximum(odds[some], labels[some], np.ones((1, FEW)))[0])
            after.append(calibration_error(labels[~some], sigmoid(odds[~some] + shift)))
    return Travel(
        float(labels.mean()), float(np.mean(values >= threshold)), at_threshold(labels, values, threshold)[0],
        at_threshold(labels, values, best_threshold(labels, values))[0],
        calibration_error(labels, values), float(np.mean(after)),
    )  # fmt: skip


def calibration_error(labels: Bools, values: Floats, bins: int = 10) -> float:
    """Root of the mean squared difference between predicted and found shares over bins of equal size, without what
    chance alone adds to it (Kumar, Liang and Ma, 2019)."""
    squares = []
    for part in np.array_split(np.argsort(values, kind="stable"), bins):
        found = float(labels[part].mean())
        chance = found * (1.0 - found) / max(1, len(part) - 1)
        squares.append((found - float(values[part].mean())) ** 2 - chance)
    return float(np.sqrt(max(0.0, float(np.mean(squares)))))


class SpanMatch(NamedTuple):
    """Characters that were rightly marked, over all that were marked, and over all that should have been."""

    precision: float
    recall: float
    f1: float


def match_spans(pairs: Sequence[tuple[Sequence[tuple[int, int]], Sequence[tuple[int, int]]]]) -> SpanMatch:
    """Micro-averaged over (true, marked) ranges of many answers: every character counts the same."""
    true = marked = both = 0
    for wanted, found in pairs:
        first = {place for start, end in wanted for place in range(start, end)}
        second = {place for start, end in found for place in range(start, end)}
        true, marked, both = true + len(first), marked + len(second), both + len(first & second)
    precision, recall = both / max(1, marked), both / max(1, true)
    return SpanMatch(precision, recall, 2 * both / max(1, true + marked))
