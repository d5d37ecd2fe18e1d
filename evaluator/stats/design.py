"""What unequal weights and clusters cost: effective numbers."""

from __future__ import annotations

import numpy as np

from evaluator.stats.columns import Floats

WORKING_CORRELATION = 0.3
"""Correlation of two verdicts of one cluster that is assumed where the data cannot tell yet, in [0, 1]."""


def working_variance(squares: Floats, size: Floats) -> Floats:
    """[k] variance of each cluster's weighted sum, in units of one verdict's variance, under the working correlation.

    `squares` [k] is the sum of squared weights and `size` [k] the sum of the weights within each cluster. It serves
    the degrees of freedom and the small-sample guard only: the variance of a rate is measured, never assumed.
    """
    return (1.0 - WORKING_CORRELATION) * squares + WORKING_CORRELATION * size**2


def kish(total: Floats, squares: Floats) -> Floats:
    """[n] effective number of equally weighted units, (sum w)^2 / (sum w^2) (Kish 1965), >= 0; 0 when there is none.

    `total` [n] is the sum of the weights, `squares` [n] the sum of their squares.
    """
    return np.where(squares > 0, total * total / np.where(squares > 0, squares, 1.0), 0.0)
