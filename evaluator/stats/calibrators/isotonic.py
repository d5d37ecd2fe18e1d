"""The calibrator that assumes nothing but order."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from scipy.optimize import isotonic_regression

from evaluator.stats.calibrators.calibrator import Calibrator
from evaluator.stats.columns import Floats


class IsotonicCalibrator(Calibrator):
    """Weighted isotonic regression (Zadrozny and Elkan 2002), straight between the labelled scores.

    Labels worth n say nothing beyond [1/(n + 2), 1 - 1/(n + 2)], so no probability lies outside (Laplace).
    """

    kind = "isotonic"

    scores_: Floats
    """[k] ascending, where the line bends."""
    rates_: Floats
    """[k] ascending."""

    def _learn(self, score: Floats, bad: Floats, weight: Floats) -> None:
        scores, place = np.unique(score, return_inverse=True)
        held = np.bincount(place, weight)
        fit = isotonic_regression(np.bincount(place, weight * bad) / held, weights=held)
        first, last = fit.blocks[:-1], fit.blocks[1:] - 1
        at = np.unique(np.concatenate([first, last]))
        edge = 1.0 / (weight.sum() + 2.0)
        self.scores_, self.rates_ = scores[at], np.clip(fit.x[at], edge, 1.0 - edge)

    def _map(self, score: Floats) -> Floats:
        return np.asarray(np.interp(score, self.scores_, self.rates_), dtype=np.float64)

    def _learned(self) -> dict[str, Any]:
        return {"scores": self.scores_.tolist(), "rates": self.rates_.tolist()}

    def _restore(self, learned: Mapping[str, Any]) -> None:
        scores, rates = (np.asarray(learned[name], dtype=np.float64) for name in ("scores", "rates"))
        if scores.ndim != 1 or scores.shape != rates.shape or not scores.size:
            raise ValueError("scores and rates must be equally long lists with at least one number")
        both = np.concatenate([scores, rates])
        ascending = (np.diff(scores) > 0.0).all() and (np.diff(rates) >= 0.0).all()
        if not ((both >= 0.0) & (both <= 1.0)).all() or not ascending:
            raise ValueError("scores and rates must ascend within [0, 1]")
        self.scores_, self.rates_ = scores, rates
