"""The share of plain counts, each of which stands alone: no weights, no clusters."""

from __future__ import annotations

import numpy as np

from evaluator.stats.agreement.measure import Measure
from evaluator.stats.estimators.intervals import guarded
from evaluator.stats.estimators.rates import LEVEL


def share_of(count: int, of: int, nothing: str, level: float = LEVEL) -> Measure:
    """`count` of `of` as a share in [0, 1] with the interval of rates (`estimators.intervals.guarded`), which for
    independent counts lies between Clopper and Pearson's and Jeffreys'; `nothing` is why there is none of 0.

    Raises ValueError for a count that is negative or more than `of`.
    """
    if not 0 <= count <= of:
        raise ValueError(f"{count} of {of} is no share")
    if of == 0:
        return Measure(reason=nothing)
    share = np.array([count / of])
    low, high = guarded(share, share * (1.0 - share) / of, np.array([np.inf]), np.array([1.0 / of]), level)
    return Measure(float(share[0]), float(low[0]), float(high[0]))
