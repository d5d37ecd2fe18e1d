"""What all calibrators have in common."""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar, Self

import numpy as np
import numpy.typing as npt

from evaluator.stats.columns import Floats
from evaluator.stats.design import kish

EPSILON = 1e-4


class NotFitted(ValueError):
    """A calibrator was asked before it learned anything."""


class Calibrator(ABC):
    """A monotone map of scores in [0, 1] (1 = bad) to probabilities of bad, within [`epsilon`, 1 - `epsilon`].

    The conventions are those of scikit-learn: the constructor stores, `fit` learns, and what is learned ends with an
    underscore. Higher scores never get a lower probability, whatever the labels say.
    """

    kind: ClassVar[str]

    labels_: int
    """Labels that it was fitted on."""
    label_set_: str
    """SHA-256 of them, whatever their order."""

    def __init__(self, epsilon: float = EPSILON) -> None:
        self.epsilon = epsilon

    def get_params(self, deep: bool = True) -> dict[str, Any]:  # noqa: ARG002  # scikit-learn passes it
        return {"epsilon": self.epsilon}

    def set_params(self, **params: Any) -> Self:
        """Raises ValueError for a parameter that there is not."""
        for name, value in params.items():
            if name not in self.get_params():
                raise ValueError(
                    f"{type(self).__name__} has no parameter {name!r}, only {', '.join(self.get_params())}"
                )
            setattr(self, name, value)
        return self

    def fit(self, score: npt.ArrayLike, bad: npt.ArrayLike, weight: npt.ArrayLike | None = None) -> Self:
        """Learns from `score` [n] and `bad` [n], both in [0, 1], each label weighing `weight` [n] > 0 (1 if left
        out).

        n >= 1; one class alone is enough to learn something. Raises ValueError for numbers outside their range.
        """
        if not 0.0 < self.epsilon < 0.5:
            raise ValueError(f"epsilon must lie in (0, 0.5), got {self.epsilon}")
        scores, judged, weights = checked(score, bad, weight)
        self.labels_, self.label_set_ = int(scores.size), label_set(scores, judged, weights)
        total, squares = np.array([weights.sum()]), np.array([(weights**2).sum()])
        # As many labels as they are worth: what weighs little must not look like much.
        self._learn(scores, judged, weights / total * kish(total, squares))
        return self

    def predict(self, score: npt.ArrayLike) -> Floats:
        """[n] the probability of bad at each `score` [n] in [0, 1]; NaN (a failure) stays NaN.

        Raises NotFitted before `fit`, and ValueError for scores outside [0, 1].
        """
        if not hasattr(self, "labels_"):
            raise NotFitted(f"this {type(self).__name__} is not fitted: call fit, or load one with from_dict")
        scores = np.asarray(score, dtype=np.float64)
        if ((scores < 0.0) | (scores > 1.0)).any():
            raise ValueError("score must lie in [0, 1]: bring it to badness first")
        return np.clip(self._map(scores), self.epsilon, 1.0 - self.epsilon)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON. Raises NotFitted before `fit`."""
        if not hasattr(self, "labels_"):
            raise NotFitted(f"this {type(self).__name__} is not fitted: there is nothing to store")
        return {
            "kind": self.kind,
            "epsilon": self.epsilon,
            "labels": self.labels_,
            "label_set": self.label_set_,
            "learned": self._learned(),
        }

    def restore(self, labels: int, label_set: str, learned: Mapping[str, Any]) -> Self:
        """Takes over what was stored; for `stored.from_dict`. Raises ValueError for what no fit could have given."""
        self.labels_, self.label_set_ = labels, label_set
        self._restore(learned)
        return self

    @abstractmethod
    def _learn(self, score: Floats, bad: Floats, weight: Floats) -> None:
        """From n labels in order; `weight` sums to what they are worth."""

    @abstractmethod
    def _map(self, score: Floats) -> Floats:
        """Not bounded yet; NaN stays NaN."""

    @abstractmethod
    def _learned(self) -> dict[str, Any]: ...

    @abstractmethod
    def _restore(self, learned: Mapping[str, Any]) -> None: ...


def checked(score: npt.ArrayLike, bad: npt.ArrayLike, weight: npt.ArrayLike | None) -> tuple[Floats, Floats, Floats]:
    """The same as arrays [n], `weight` 1 if left out. Raises ValueError for numbers outside their range, or none."""
    scores, judged = np.asarray(score, np.float64).ravel(), np.asarray(bad, np.float64).ravel()
    weights = np.ones(scores.size) if weight is None else np.asarray(weight, np.float64).ravel()
    if not scores.size:
        raise ValueError("score is empty: there is nothing to learn from")
    if not scores.size == judged.size == weights.size:
        raise ValueError(f"score, bad and weight differ in length: {scores.size}, {judged.size}, {weights.size}")
    for name, column in (("score", scores), ("bad", judged)):
        if not ((column >= 0.0) & (column <= 1.0)).all():
            raise ValueError(f"{name} must lie in [0, 1]: leave out what has none")
    if not ((weights > 0.0) & np.isfinite(weights)).all():
        raise ValueError("weight must be a number above 0: one over the probability of review")
    return scores, judged, weights / weights.max()


def label_set(score: Floats, bad: Floats, weight: Floats) -> str:
    """SHA-256 of labels, the same in every order and for weights of another unit."""
    rows = np.stack([score, bad, weight], axis=1)[np.lexsort((weight, bad, score))] + 0.0
    return hashlib.sha256(rows.astype("<f8").tobytes()).hexdigest()
