"""What unequal weights and clusters cost: effective numbers."""

from __future__ import annotations


def kish(total: float, squares: float) -> float:
    """Effective number of equally weighted units, (sum w)^2 / (sum w^2) (Kish 1965), >= 0; 0 when there is none.

    `total` is the sum of the weights, `squares` the sum of their squares.
    """
    return total * total / squares if squares > 0 else 0.0


def pseudo_cluster(mean: float, clusters: float) -> float:
    """Variance, >= 0, that one imagined cluster adds to a mean over `clusters` (> 0, effective), in squared rates.

    The imagined cluster is half good, half bad. A sample variance says nothing about what was not seen: forty good
    traces have variance zero. Adding one half event to either side, as in Agresti and Coull (1998), keeps the
    variance of each stratum away from zero; the addition fades with the square of the number of clusters.
    For a verdict in {0, 1} and equal clusters the sum of both is p'(1 - p')/m up to terms of order 1/m^2.
    """
    spread = (mean**2 + (1.0 - mean) ** 2) / 2.0
    return spread / (clusters * (clusters + 1.0))
