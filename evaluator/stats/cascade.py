"""How likely a costly evaluator runs on what a cheap one has judged.

The mean of the costly score over what was selected is estimated by double sampling: the cheap score cuts what was
selected into parts, and from part h units go on with probability kappa_h. The variance is least where kappa_h is
proportional to the standard deviation of the costly score within the part (Neyman 1934). That is learned from the
past of the same parts. As the past may mislead, it is mixed with a uniform share, and nothing falls below a floor.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from evaluator.stats.columns import Floats, Index

QUANTILES = (0.5, 0.75, 0.9, 0.95)
"""Where cheap scores are cut: doubt is where they are high, and that is a small part of all."""
MIX = 1.0 / 3.0
"""The uniform share; chosen by simulation. Less is no better where scores are many, and worse where they are few: a
part of which little goes on may hide what was not seen yet."""
PRIOR = 2.0
"""Costly scores that the mean of the whole stratum is worth beside those of a part."""
LEAST = 50
"""Costly scores of a stratum before which nothing is learned from them."""


def cuts(cheap: npt.ArrayLike) -> Floats:
    """[k] ascending, k <= 4: where to cut by cheap scores [n], n >= 1, in [0, 1]; each part holds some of them."""
    scores = np.asarray(cheap, dtype=np.float64)
    found = np.unique(np.quantile(scores, QUANTILES, method="higher"))
    kept: Floats = found[found > scores.min()]
    return kept


def parts_of(cheap: npt.ArrayLike, edges: npt.ArrayLike) -> Index:
    """[n] the part, 0 ... k, that each cheap score [n] lies in by ascending `edges` [k]; an edge begins a part."""
    found: Index = np.searchsorted(np.asarray(edges, dtype=np.float64), np.asarray(cheap), side="right")
    return found


def chances(mean: npt.ArrayLike, scored: npt.ArrayLike, traffic: npt.ArrayLike, rate: float, floor: float) -> Floats:
    """[k] the probability, in [min(floor, rate), 1], with which units of each part of a stratum go on; `rate` on
    average over its traffic.

    Of the past, by part [k]: `mean` of the costly badness in [0, 1] (read where `scored` > 0), how many were
    `scored`, and `traffic` >= 0. Until `LEAST` are scored, all parts have the same. `rate` and `floor` in (0, 1].
    """
    n, share = np.asarray(scored, dtype=np.float64), np.asarray(traffic, dtype=np.float64)
    if n.sum() < LEAST or not share.sum() > 0.0:
        return np.full(n.size, rate)
    known = np.where(n > 0.0, np.asarray(mean, dtype=np.float64), 0.0)
    share = share / share.sum()
    whole = (share * known)[n > 0.0].sum() / share[n > 0.0].sum() if share[n > 0.0].sum() > 0.0 else 0.5
    # With half an event added on either side, nothing is taken to be sure.
    whole = (whole * n.sum() + 0.5) / (n.sum() + 1.0)
    near = (n * known + PRIOR * whole) / (n + PRIOR)
    spread = np.sqrt(near * (1.0 - near))
    wanted = (1.0 - MIX) * spread / float((share * spread).sum()) + MIX
    return _scaled(wanted, share, rate, min(floor, rate))


def _scaled(wanted: Floats, share: Floats, rate: float, floor: float) -> Floats:
    """[k] in proportion to `wanted`, from `floor` to 1, `rate` on average by `share`."""
    low, high = 0.0, 1.0 / float(wanted.min())
    for _ in range(60):
        scale = (low + high) / 2.0
        mean = float((share * np.clip(scale * wanted, floor, 1.0)).sum())
        low, high = (scale, high) if mean < rate else (low, scale)
    return np.clip(high * wanted, floor, 1.0)
