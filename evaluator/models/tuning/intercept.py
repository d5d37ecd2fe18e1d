"""One number fitted to a few labels: what is added to a detector's log-odds, so that its scores are probabilities on
one's own traffic. No torch.

Where answers of another kind are read, and another share of them is bad, most of what is wrong with a detector's
probabilities is their level. One number can be learned from fifty labels; the weights of a combination can not.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from evaluator.core.errors import InvalidInput
from evaluator.models.tuning.labelled import (
    MIN_GROUPS,
    MIN_LABELS,
    Bools,
    Labelled,
    design_weights,
    folds,
    group_places,
    is_bad,
)
from evaluator.models.tuning.logistic import log_loss
from evaluator.text.combine import Floats, log_odds, sigmoid

TIMES = 1000
"""Bootstrap samples."""
_LIMIT = 10.0
_SPREAD = 2.0
"""Standard deviation of the normal prior of the intercept, in log-odds: labels of one kind alone have no maximum."""
_STEPS = 50


class Moved(NamedTuple):
    """The intercept with its 95 % interval, and what it does to the labels that it was not fitted to.

    `share` is the share of bad answers among the labels by their design; `expected` and `moved` are what the scores
    make it before and after, `loss` and `moved_loss` the log losses. What is said of *after* was predicted for each
    label by the others.
    """

    intercept: float
    low: float
    high: float
    share: float
    expected: float
    moved: float
    loss: float
    moved_loss: float


def fit_intercept(values: Floats, labels: Sequence[Labelled], seed: int = 0) -> Moved:
    """The intercept that makes scores `values` in [0, 1] (one a label) probabilities of a bad answer.

    It has a normal prior around 0. The interval draws whole groups again and again (a cluster bootstrap; Field and
    Welsh, 2007).

    Raises:
        InvalidInput: fewer than 50 labels or 10 groups, or all of one kind.
    """
    bad, weights = is_bad(labels), design_weights(labels)
    place = group_places(labels)
    groups = int(place.max(initial=-1)) + 1
    if len(labels) < MIN_LABELS or groups < MIN_GROUPS or bad.all() or not bad.any():
        problem = f"{len(labels)} labels in {groups} groups, {int(bad.sum())} of them bad"
        remedy = f"Label more: it takes {MIN_LABELS} in {MIN_GROUPS} groups, a good and a bad one among them"
        raise InvalidInput("labels", problem, remedy)
    odds = log_odds(values)
    intercept = float(maximum(odds, bad, weights[None, :])[0])
    times = np.random.default_rng(seed).multinomial(groups, np.full(groups, 1.0 / groups), size=TIMES)
    low, high = np.percentile(maximum(odds, bad, weights * times[:, place]), [2.5, 97.5])
    fold = folds(labels, seed)
    others = np.asarray([fold != one for one in range(fold.max() + 1)], dtype=np.float64)
    after = sigmoid(odds + maximum(odds, bad, weights * others)[fold])
    return Moved(
        intercept, float(low), float(high), float(np.average(bad, weights=weights)),
        float(np.average(values, weights=weights)), float(np.average(after, weights=weights)),
        log_loss(bad, values, weights), log_loss(bad, after, weights),
    )  # fmt: skip


def maximum(odds: Floats, bad: Bools, weights: Floats, *, spread: float = _SPREAD, limit: float = _LIMIT) -> Floats:
    """For each row of `weights` [m, n] the most likely intercept in [-limit, limit], by bisection; [m].

    `spread` is the standard deviation of its prior; without one (inf) the mean prediction is that of the labels.
    """
    low, high = np.full(len(weights), -limit), np.full(len(weights), limit)
    for _ in range(_STEPS):
        middle = (low + high) / 2
        slope = (weights * (bad - sigmoid(odds[None, :] + middle[:, None]))).sum(axis=1) - middle / spread**2
        low, high = np.where(slope > 0, middle, low), np.where(slope > 0, high, middle)
    found: Floats = (low + high) / 2
    return found
