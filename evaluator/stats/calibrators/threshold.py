"""Where to cut a score, by labels, and what that would change."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from evaluator.stats.calibrators.calibrator import checked
from evaluator.stats.calibrators.choice import FOLDS, clusters_of, folds_of
from evaluator.stats.columns import Bools, Floats

ONE_CLASS = "people called all of these samples the same: nothing tells where to cut"


class Aim(StrEnum):
    """What a threshold is to be best at."""

    MISTAKES = "mistakes"
    """Fewest wrong verdicts, each weighing as much as the traffic that it stands for."""
    YOUDEN = "youden"
    """Sensitivity + specificity (Youden 1950): rare bad ones count as much as the many good ones."""
    F1 = "f1"
    """Harmonic mean of precision and sensitivity."""


@dataclass(frozen=True, slots=True)
class Operating:
    """Verdicts at a threshold against people's, as shares of traffic; None where nothing is in the denominator."""

    flagged: float
    wrong: float
    sensitivity: float | None
    specificity: float | None
    precision: float | None


@dataclass(frozen=True, slots=True)
class ProposedThreshold:
    """A threshold on the score: bad from it on."""

    threshold: float
    current: float
    aim: Aim
    before: Operating
    after: Operating
    """On the labels that chose it: too good by a little."""
    held_out: Operating | None
    """Each label judged by a threshold that the other clusters chose: what to expect; None with one cluster."""
    flips: float
    """Share of the labelled traffic whose verdict changes."""
    reason: str | None = None
    """Why there is no proposal, and `threshold` is the current one."""


def threshold_for(
    score: npt.ArrayLike,
    bad: npt.ArrayLike,
    weight: npt.ArrayLike | None = None,
    cluster: npt.ArrayLike | None = None,
    *,
    current: float,
    aim: Aim = Aim.MISTAKES,
    folds: int = FOLDS,
    seed: int = 0,
) -> ProposedThreshold:
    """The threshold in [0, 1] that serves `aim` best on n labels; among equally good ones the nearest to `current`.

    Arguments as for `choice.choose`; a label between good and bad counts in part as either. Raises ValueError for
    numbers outside their range.
    """
    if not 0.0 <= current <= 1.0:
        raise ValueError(f"current must lie in [0, 1], got {current}")
    scores, judged, weights = checked(score, bad, weight)
    place = clusters_of(cluster, scores.size)
    before = _operating(scores >= current, judged, weights)
    if np.ptp(judged) == 0.0:
        return ProposedThreshold(current, current, aim, before, before, None, 0.0, ONE_CLASS)
    threshold = _best(scores, judged, weights, aim, current)
    flagged = scores >= threshold
    parts = min(folds, int(place.max()) + 1)
    held_out = None
    if parts >= 2:
        fold = folds_of(place, judged, weights, parts, seed)
        said = np.empty(scores.size, dtype=np.bool_)
        for one in range(parts):
            rest = fold != one
            said[~rest] = scores[~rest] >= _best(scores[rest], judged[rest], weights[rest], aim, current)
        held_out = _operating(said, judged, weights)
    flips = float(weights @ (flagged != (scores >= current)) / weights.sum())
    after = _operating(flagged, judged, weights)
    return ProposedThreshold(threshold, current, aim, before, after, held_out, flips)


def _best(score: Floats, bad: Floats, weight: Floats, aim: Aim, current: float) -> float:
    """Halfway between two scores, or 0 (all are bad), or above the highest (none is); or as it is now."""
    values, place = np.unique(score, return_inverse=True)
    above = (values[-1] + 1.0) / 2.0
    ends = np.concatenate([[0.0], (values[1:] + values[:-1]) / 2.0, [above] if values[-1] < 1.0 else []])
    ill, well = np.bincount(place, weight * bad), np.bincount(place, weight * (1.0 - bad))
    # How much of both lies below each threshold.
    missed = np.concatenate([[0.0], np.cumsum(ill)])[: ends.size]
    passed = np.concatenate([[0.0], np.cumsum(well)])[: ends.size]
    gain = _gain(aim, missed, passed, float(ill.sum()), float(well.sum()))
    good = ends[gain >= gain.max() - 1e-12]
    now = _gain(
        aim, np.array([ill[values < current].sum()]), np.array([well[values < current].sum()]), ill.sum(), well.sum()
    )
    if now[0] >= gain.max() - 1e-12:
        return current
    return float(good[np.argmin(np.abs(good - current))])


def _gain(aim: Aim, missed: Floats, passed: Floats, ill: float, well: float) -> Floats:
    """What is to be largest, from the weight of the bad and the good below each threshold, and of all of them."""
    hit, alarm = ill - missed, well - passed
    if aim is Aim.MISTAKES:
        return -(missed + alarm) / (ill + well)
    if aim is Aim.YOUDEN:
        return hit / max(ill, _TINY) + passed / max(well, _TINY)
    return 2.0 * hit / np.maximum(2.0 * hit + alarm + missed, _TINY)


_TINY = np.finfo(np.float64).tiny


def _operating(flagged: Bools, bad: Floats, weight: Floats) -> Operating:
    total = float(weight.sum())
    ill, said = float(weight @ bad), float(weight @ flagged)
    hit = float(weight @ (bad * flagged))
    well = total - ill
    passed = well - (said - hit)
    return Operating(
        flagged=said / total,
        wrong=float(weight @ np.where(flagged, 1.0 - bad, bad)) / total,
        sensitivity=hit / ill if ill > 0.0 else None,
        specificity=passed / well if well > total * 1e-12 else None,
        precision=hit / said if said > 0.0 else None,
    )
