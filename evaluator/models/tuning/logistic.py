"""Logistic models fitted again, held near the weights that they had. No torch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from evaluator.text.combine import Floats, Logistic, sigmoid

PRECISIONS = (0.3, 1.0, 3.0, 10.0, 30.0, 100.0, 300.0, 1000.0, 10_000.0)
"""Prior precisions that are tried, in labels: how many of them it takes to move a standardised weight."""
_STEPS = 100
_EDGE = 1e-6
_CONSTANT = 1e-6
"""A feature that spreads less is left alone: scaled up, rounding errors would look like data."""

Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]


class Rows(NamedTuple):
    """What a logistic model is fitted to: inputs [n, columns], labels [n], weights [n] and folds [n]."""

    inputs: Floats
    labels: Bools
    weights: Floats
    folds: Ints


class Refit(NamedTuple):
    """A model fitted again, the prior precision that was chosen, and its predictions out of their own fold [n]."""

    model: Logistic
    precision: float
    out_of_fold: Floats


def log_loss(labels: Bools, values: Floats, weights: Floats) -> float:
    """Weighted mean of -ln P(label), probabilities held away from 0 and 1 by 1e-6."""
    held = np.clip(values, _EDGE, 1.0 - _EDGE)
    return float(np.average(-np.log(np.where(labels, held, 1.0 - held)), weights=weights))


def refit(rows: Rows, prior: Logistic, known: Sequence[str]) -> Refit:
    """`prior` fitted to `rows`, whose columns are `known`, with the prior precision that predicts other folds best.

    The intercept is free, since a rate of bad answers is what differs most from one application to another.
    """
    found = {precision: _out_of_fold(rows, prior, known, precision) for precision in PRECISIONS}
    losses = {precision: log_loss(rows.labels, found[precision], rows.weights) for precision in PRECISIONS}
    best = min(PRECISIONS, key=lambda precision: (losses[precision], -precision))
    return Refit(ridge(rows, prior, known, best), best, found[best])


def _out_of_fold(rows: Rows, prior: Logistic, known: Sequence[str], precision: float) -> Floats:
    found = np.zeros(len(rows.labels), dtype=np.float64)
    for fold in np.unique(rows.folds):
        inside = rows.folds == fold
        others = Rows(*(part[~inside] for part in rows))
        # With a single fold, or others of one kind alone, there is nothing to learn the fold's rate from.
        both = 0 < others.labels.sum() < len(others.labels)
        model = ridge(others, prior, known, precision) if both else prior
        found[inside] = model.predict(rows.inputs[inside], known)
    return found


def ridge(rows: Rows, prior: Logistic, known: Sequence[str], precision: float) -> Logistic:
    """The weights that minimise weighted log loss + precision / 2 * |standardised weights - the prior's|^2.

    By Newton's method with halved steps; features are those of `prior`.
    """
    columns = [list(known).index(name) for name in prior.features]
    chosen = rows.inputs[:, columns]
    centre, spread = chosen.mean(axis=0), chosen.std(axis=0)
    spread[spread < _CONSTANT] = 1.0
    inputs = np.column_stack([(chosen - centre) / spread, np.ones(len(chosen))])
    weights = np.asarray(prior.weights, dtype=np.float64)
    start = np.append(weights * spread, prior.intercept + centre @ weights)
    penalty = np.append(np.full(len(columns), precision), 1e-3)

    def objective(theta: Floats) -> float:
        margins = np.where(rows.labels, 1.0, -1.0) * (inputs @ theta)
        return float(rows.weights @ np.logaddexp(0.0, -margins) + 0.5 * penalty @ (theta - start) ** 2)

    theta = start
    for _ in range(_STEPS):
        mean = sigmoid(inputs @ theta)
        gradient = inputs.T @ (rows.weights * (mean - rows.labels)) + penalty * (theta - start)
        curvature = inputs.T @ (inputs * (rows.weights * mean * (1.0 - mean))[:, None]) + np.diag(penalty)
        step = np.linalg.solve(curvature, gradient)
        scale, now = 1.0, objective(theta)
        while scale > 1e-6 and objective(theta - scale * step) > now:
            scale /= 2
        theta = theta - scale * step
        if np.abs(scale * step).max() < 1e-8:
            break
    found = theta[:-1] / spread
    return Logistic(prior.features, tuple(map(float, found)), float(theta[-1] - centre @ found))
