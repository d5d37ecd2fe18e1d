"""The stratified Hájek mean of scored units, and what each cluster contributes to its error."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from evaluator.stats.cells import Cell, Floats, State, sums
from evaluator.stats.design import kish, pseudo_cluster, working_variance


@dataclass(frozen=True, slots=True)
class Part:
    """One stratum as it enters the rate: its cell, its mean and the weight of its applicable traffic."""

    cell: Cell
    mean: float
    """Weighted mean of f over SCORED, in [0, 1]; 0 where nothing is scored."""
    weight: float
    """Estimated applicable traffic of the stratum in units, >= 0."""

    @classmethod
    def of(cls, cell: Cell) -> Part:
        pending, scored, failed, skipped = (float(x) for x in cell.weight)
        applicable, decided = scored + failed, scored + failed + skipped
        share = applicable / decided if decided > 0 else 1.0
        mean = min(1.0, cell.bad / scored) if scored > 0 else 0.0
        return cls(cell, mean, (decided + pending) * share)

    @property
    def covered(self) -> bool:
        """Whether anything of the stratum is scored."""
        return bool(self.cell.counts[State.SCORED] > 0)

    @property
    def clusters(self) -> float:
        """Effective number of equal, independent units behind the mean, under the working correlation; > 0."""
        own = working_variance(self.cell.cluster_w2, self.cell.cluster_weight[State.SCORED])
        lone = float(self.cell.alone_w2[State.SCORED])
        return kish(float(self.cell.weight[State.SCORED]), lone + float(own.sum()))


@dataclass(frozen=True, slots=True)
class Linear:
    """A stratified mean with its linearised, clustered process variance."""

    estimate: float
    smooth: float
    """The estimate with half an event added on either side of each stratum, in (0, 1)."""
    variance: float
    """Process variance of the estimate, > 0."""
    clusters: int
    freedom: float
    """Effective degrees of freedom, >= 0: 0 for one cluster."""


def estimate(parts: Sequence[Part]) -> Linear:
    """The mean over covered `parts` (at least one), by the weight of their applicable traffic."""
    total = sum(p.weight for p in parts)
    mean = min(1.0, sum(p.weight * p.mean for p in parts) / total)
    shares = [p.weight / total for p in parts]
    residual, spread = _clusters(parts, shares, mean)
    alone = sum(_alone(p, share, mean) for p, share in zip(parts, shares, strict=True))
    count = sum(p.cell.alone for p in parts) + int((spread > 0).sum())
    freedom = max(0.0, _effective(parts, shares, spread) - 1.0) if count > 1 else 0.0
    correction = (freedom + 1.0) / freedom if freedom > 0 else 1.0
    unseen = sum(s * s * pseudo_cluster(p.mean, p.clusters) for p, s in zip(parts, shares, strict=True))
    smooth = sum(s * (p.mean * p.clusters + 0.5) / (p.clusters + 1.0) for p, s in zip(parts, shares, strict=True))
    variance = (alone + float((residual**2).sum())) * correction + unseen
    return Linear(mean, smooth, variance, count, freedom)


def _coefficients(part: Part, share: float, mean: float) -> tuple[Floats, float]:
    """c [4] by state and d such that a unit's influence on the estimate is w (c[state] + d f).

    Taylor linearisation (Särndal, Swensson and Wretman 1992, ch. 5) of sum_h W_h m_h / sum_h W_h with
    W_h = selected x applicable / decided and m_h the weighted mean over scored units; all four are sums of w.
    """
    pending, scored, failed, skipped = part.cell.weight
    applicable, decided = scored + failed, scored + failed + skipped
    selected = decided + pending
    lift = (part.mean - mean) * share
    c = np.full(4, lift / selected)
    c[[State.SCORED, State.FAILED]] += lift / applicable
    c[[State.SCORED, State.FAILED, State.SKIPPED]] -= lift / decided
    c[State.SCORED] -= share * part.mean / scored
    return c, float(share / scored)


def _alone(part: Part, share: float, mean: float) -> float:
    """Sum of squared influences of the units that are their own cluster, >= 0."""
    c, d = _coefficients(part, share, mean)
    w2f, w2f2, _ = part.cell.alone_moments
    cross = 2.0 * c[State.SCORED] * d * w2f + d * d * w2f2
    return max(0.0, float((c**2 * part.cell.alone_w2).sum() + cross))


def _clusters(parts: Sequence[Part], shares: Sequence[float], mean: float) -> tuple[Floats, Floats]:
    """Influence [k] and working variance [k] of each keyed cluster, summed over the strata it lives in."""
    influence, size, square = [], [], []
    for part, share in zip(parts, shares, strict=True):
        c, d = _coefficients(part, share, mean)
        influence.append(c @ part.cell.cluster_weight + d * part.cell.cluster_bad)
        size.append(d * part.cell.cluster_weight[State.SCORED])
        square.append(d * d * part.cell.cluster_w2)
    distinct, place = np.unique(np.concatenate([p.cell.keys for p in parts]), return_inverse=True)
    joined = [sums(place, np.concatenate(x), distinct.size) for x in (influence, size, square)]
    return joined[0], working_variance(joined[2], joined[1])


def _effective(parts: Sequence[Part], shares: Sequence[float], spread: Floats) -> float:
    """Effective number of clusters behind the variance: (sum v)^2 / sum v^2 over their working variances v.

    Satterthwaite's (1946) approximation: a few heavy clusters carry the variance, and the number of clusters alone
    would claim to know it too well. It depends on the design only, not on the verdicts.
    """
    total, squares = float(spread.sum()), float((spread**2).sum())
    for part, share in zip(parts, shares, strict=True):
        d = share / float(part.cell.weight[State.SCORED])
        total += d**2 * float(part.cell.alone_w2[State.SCORED])
        squares += d**4 * float(part.cell.alone_moments[2])
    return kish(total, squares)


def parts_of(cells: Mapping[str, Cell]) -> list[Part]:
    """The strata with an applicable or pending unit, in the order of their names."""
    return [p for p in (Part.of(cells[name]) for name in sorted(cells)) if p.weight > 0]
