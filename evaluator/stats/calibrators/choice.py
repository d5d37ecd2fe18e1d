"""Which calibrator: by cross-validated log loss, clusters kept together."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from evaluator.stats.calibrators.calibrator import EPSILON, Calibrator, checked
from evaluator.stats.calibrators.stored import CALIBRATORS
from evaluator.stats.columns import Floats, Index

FOLDS = 5
_SAME = 1e-6
"""Losses that differ by less are the same: so exact are the fits."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """How well one kind predicts labels that it has not seen."""

    kind: str
    loss: float
    """Weighted mean log loss out of fold."""
    excess: float
    """Loss above that of the best, >= 0."""
    error: float
    """Standard error of the excess, between clusters; 0 for the best."""


@dataclass(frozen=True, slots=True, eq=False)
class Choice:
    """The calibrator taken, fitted on all labels, and why."""

    calibrator: Calibrator
    candidates: tuple[Candidate, ...]
    """The simplest first; empty where the labels are too few to compare on."""
    folds: int


def choose(
    score: npt.ArrayLike,
    bad: npt.ArrayLike,
    weight: npt.ArrayLike | None = None,
    cluster: npt.ArrayLike | None = None,
    *,
    folds: int = FOLDS,
    seed: int = 0,
    epsilon: float = EPSILON,
) -> Choice:
    """The simplest calibrator whose log loss is within one standard error of the best one's (Breiman et al. 1984).

    Arguments as for `Calibrator.fit`; `cluster` [n] (keys that can be compared) keeps labels that are alike in one
    fold, each its own if left out. The error is that of the paired difference, between clusters. With a single
    cluster nothing can be compared and scores are taken as they are. Raises ValueError for numbers outside their
    range.
    """
    scores, judged, weights = checked(score, bad, weight)
    place = clusters_of(cluster, scores.size)
    parts = min(folds, int(place.max()) + 1)
    if parts < 2:
        only = CALIBRATORS["identity"](epsilon=epsilon).fit(scores, judged, weights)
        return Choice(only, (), 0)
    fold = folds_of(place, judged, weights, parts, seed)
    losses = {
        kind: _loss(judged, predicted_apart(one(epsilon=epsilon), scores, judged, weights, fold))
        for kind, one in CALIBRATORS.items()
    }
    best = min(losses, key=lambda kind: float(weights @ losses[kind]))
    candidates = tuple(_candidate(kind, losses[kind], losses[best], weights, place) for kind in CALIBRATORS)
    taken = next(one.kind for one in candidates if one.excess <= one.error + _SAME)
    calibrator = CALIBRATORS[taken](epsilon=epsilon).fit(scores, judged, weights)
    return Choice(calibrator, candidates, parts)


def clusters_of(cluster: npt.ArrayLike | None, size: int) -> Index:
    """[n] a number from 0 for each of the keys `cluster` [n]. Raises ValueError where there are not `size`."""
    keys = np.arange(size) if cluster is None else np.asarray(cluster).ravel()
    if keys.size != size:
        raise ValueError(f"cluster has {keys.size} entries where score has {size}: give one a label")
    return np.unique(keys, return_inverse=True)[1].astype(np.intp).ravel()


def folds_of(place: Index, bad: Floats, weight: Floats, folds: int, seed: int) -> Index:
    """[n] the fold of each label, 0 ... `folds` - 1.

    Whole clusters (`place` [n]) are dealt out in the order of their share of bad, ties at random, so that each fold
    has its part of the bad ones.
    """
    share = np.bincount(place, weight * bad) / np.bincount(place, weight)
    order = np.lexsort((np.random.default_rng(seed).random(share.size), share))
    fold = np.empty(share.size, dtype=np.intp)
    fold[order] = np.arange(share.size) % folds
    return fold[place]


def predicted_apart(calibrator: Calibrator, score: Floats, bad: Floats, weight: Floats, fold: Index) -> Floats:
    """[n] predictions for each label by `calibrator`'s kind, fitted on the folds that do not hold it."""
    found = np.empty(score.size)
    for one in np.unique(fold):
        inside, outside = fold == one, fold != one
        fresh = type(calibrator)(**calibrator.get_params())
        found[inside] = fresh.fit(score[outside], bad[outside], weight[outside]).predict(score[inside])
    return found


def _loss(bad: Floats, predicted: Floats) -> Floats:
    """[n] log loss; a label between good and bad counts in part as either."""
    return np.asarray(-bad * np.log(predicted) - (1.0 - bad) * np.log1p(-predicted))


def _candidate(kind: str, loss: Floats, best: Floats, weight: Floats, place: Index) -> Candidate:
    total = weight.sum()
    excess = float(weight @ (loss - best) / total)
    held = np.bincount(place, weight * (loss - best - excess))
    error = float(np.sqrt((held**2).sum() * held.size / (held.size - 1)) / total)
    return Candidate(kind, float(weight @ loss / total), excess, error)
