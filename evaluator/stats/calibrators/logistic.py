"""Calibrators with few parameters: the identity, Platt's sigmoid, beta calibration."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit

from evaluator.stats.calibrators.calibrator import Calibrator
from evaluator.stats.columns import Floats

_Row = np.ndarray[tuple[int], np.dtype[np.float64]]
_EDGE = 1e-6
"""Scores are held so far from 0 and 1 where their logarithm is taken."""


class IdentityCalibrator(Calibrator):
    """Takes scores for probabilities."""

    kind = "identity"

    def _learn(self, score: Floats, bad: Floats, weight: Floats) -> None:
        pass

    def _map(self, score: Floats) -> Floats:
        return score

    def _learned(self) -> dict[str, Any]:
        return {}

    def _restore(self, learned: Mapping[str, Any]) -> None:
        pass


class _SigmoidCalibrator(Calibrator):
    """expit(slopes . features of the score + intercept), with slopes >= 0 over features that rise with the score."""

    slopes_: Floats
    intercept_: float

    def _features(self, score: Floats) -> Floats:
        """[..., k] of `score` [...]"""
        raise NotImplementedError

    def _learn(self, score: Floats, bad: Floats, weight: Floats) -> None:
        features = self._features(score)
        target = platt_targets(bad, weight)

        def loss(parameters: _Row) -> tuple[float, _Row]:
            z = features @ parameters[:-1] + parameters[-1]
            miss = weight * (expit(z) - target)
            value = float(weight @ (np.logaddexp(0.0, z) - target * z))
            slope: _Row = np.append(miss @ features, miss.sum()) / weight.sum()
            return value / float(weight.sum()), slope

        count = features.shape[1]
        rate = float(weight @ target / weight.sum())
        start: _Row = np.append(np.zeros(count), math.log(rate / (1.0 - rate)))
        bounds: list[tuple[float | None, float | None]] = [(0.0, None)] * count + [(None, None)]
        found = minimize(
            loss,
            start,
            jac=True,
            method="L-BFGS-B",
            bounds=bounds,
            options={"maxiter": 2000, "ftol": 1e-13, "gtol": 1e-9},
        )
        self.slopes_, self.intercept_ = np.asarray(found.x[:-1], dtype=np.float64), float(found.x[-1])

    def _map(self, score: Floats) -> Floats:
        return np.asarray(expit(self._features(score) @ self.slopes_ + self.intercept_), dtype=np.float64)

    def _learned(self) -> dict[str, Any]:
        return {"slopes": self.slopes_.tolist(), "intercept": self.intercept_}

    def _restore(self, learned: Mapping[str, Any]) -> None:
        slopes, intercept = np.asarray(learned["slopes"], dtype=np.float64), float(learned["intercept"])
        wanted = self._features(np.zeros(1)).shape[1:]
        if slopes.shape != wanted or not (slopes >= 0.0).all() or not np.isfinite([*slopes, intercept]).all():
            raise ValueError(f"slopes must be {wanted[0]} finite numbers >= 0, and the intercept a finite one")
        self.slopes_, self.intercept_ = slopes, intercept


class PlattCalibrator(_SigmoidCalibrator):
    """expit(a s + b), a >= 0 (Platt 1999; Lin, Lin and Weng 2007)."""

    kind = "platt"

    def _features(self, score: Floats) -> Floats:
        return score[..., None]


class BetaCalibrator(_SigmoidCalibrator):
    """expit(a ln s - b ln(1 - s) + c), a and b >= 0 (Kull, Silva Filho and Flach 2017).

    The identity is one of them (a = b = 1, c = 0). Targets are Platt's, so that classes which the score separates do
    not drive the slopes to infinity.
    """

    kind = "beta"

    def _features(self, score: Floats) -> Floats:
        held = np.clip(score, _EDGE, 1.0 - _EDGE)
        return np.stack([np.log(held), -np.log1p(-held)], axis=-1)


def platt_targets(bad: Floats, weight: Floats) -> Floats:
    """[n] what to aim at instead of `bad` [n]: (n1 + 1)/(n1 + 2) for bad and 1/(n0 + 2) for good (Platt 1999).

    n1 and n0 are the sums of `weight` [n], which counts what the labels are worth, over the bad and the good: one
    label of each class is added in mind, so a class that was not seen is not impossible.
    """
    ill, well = float(weight @ bad), float(weight @ (1.0 - bad))
    return bad * (ill + 1.0) / (ill + 2.0) + (1.0 - bad) / (well + 2.0)
