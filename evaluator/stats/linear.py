"""The stratified Hájek mean of scored units, and what each cluster contributes to its error: many points at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from evaluator.stats import groups
from evaluator.stats.cells import BAD, RANK, S2, W2, Bools, Cells, Floats, Ints, State, starts, sums
from evaluator.stats.design import kish, pseudo_cluster, working_variance

Places = npt.NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Parts:
    """The strata of many points as they enter the rates, those with an applicable or pending unit."""

    cells: Cells
    """n of them."""
    point: Places
    """[n] the point that each belongs to, 0 ... size - 1."""
    size: int
    """Number of points."""
    mean: Floats
    """[n] weighted mean of f over SCORED, in [0, 1]; 0 where nothing is scored."""
    weight: Floats
    """[n] estimated applicable traffic of the stratum in units, > 0."""

    @classmethod
    def of(cls, cells: Cells, point: Places, size: int) -> Parts:
        """Cell i is a stratum of point `point`[i]."""
        pending, scored, failed, skipped = cells.weight.T
        applicable, decided = scored + failed, scored + failed + skipped
        share = np.where(decided > 0, applicable / _positive(decided), 1.0)
        mean = np.where(scored > 0, np.minimum(1.0, cells.sums[:, 1] / _positive(scored)), 0.0)
        weight = (decided + pending) * share
        kept = np.flatnonzero(weight > 0)
        level = cells.level(point, size)
        return cls(level.take(kept), point[kept], size, mean[kept], weight[kept])

    @property
    def covered(self) -> Bools:
        """[n] whether anything of the stratum is scored."""
        return self.cells.counts[:, State.SCORED] > 0

    def take(self, chosen: Bools) -> Parts:
        """Those where `chosen` [n]."""
        index = np.flatnonzero(chosen)
        return Parts(self.cells.take(index), self.point[index], self.size, self.mean[index], self.weight[index])

    def of_points(self, values: Floats) -> Floats:
        """[size] sums over the strata of each point."""
        return sums(self.point, values, self.size)

    @property
    def clusters(self) -> Floats:
        """[n] effective number of equal, independent units behind the mean, under the working correlation; > 0."""
        c = self.cells
        size = np.where(c.coarse[c.owner], np.sqrt(c.rows[:, S2]), c.rows[:, State.SCORED])
        own = sums(c.owner, working_variance(c.rows[:, W2], size), len(c))
        return kish(c.weight[:, State.SCORED], c.alone_w2[:, State.SCORED] + own)


@dataclass(frozen=True, slots=True)
class Linear:
    """Stratified means of many points with their linearised, clustered process variances. Arrays are [size]; those
    of a point without a part mean nothing."""

    estimate: Floats
    smooth: Floats
    """The estimate with half an event added on either side of each stratum, in (0, 1)."""
    variance: Floats
    """Process variance of the estimate, > 0."""
    clusters: Ints
    freedom: Floats
    """Effective degrees of freedom, >= 0: 0 for one cluster."""


def estimate(parts: Parts) -> Linear:
    """The means over covered `parts`, by the weight of their applicable traffic."""
    total = _positive(parts.of_points(parts.weight))
    mean = np.minimum(1.0, parts.of_points(parts.weight * parts.mean) / total)
    share, overall = parts.weight / total[parts.point], mean[parts.point]
    c, d = _coefficients(parts, share, overall)
    keyed, spread, squares, count = _clusters(parts, c, d)
    moments, alone_w2 = parts.cells.alone_moments, parts.cells.alone_w2
    cross = 2.0 * c[:, State.SCORED] * d * moments[:, 0] + d * d * moments[:, 1]
    alone = parts.of_points(np.maximum(0.0, (c**2 * alone_w2).sum(axis=1) + cross))
    # Satterthwaite's (1946) approximation: a few heavy clusters carry the variance, and the number of clusters alone
    # would claim to know it too well. It depends on the design only, not on the verdicts.
    spread += parts.of_points(d**2 * alone_w2[:, State.SCORED])
    squares += parts.of_points(d**4 * moments[:, 2])
    freedom = np.where(count > 1, np.maximum(0.0, kish(spread, squares) - 1.0), 0.0)
    correction = np.where(freedom > 0, (freedom + 1.0) / _positive(freedom), 1.0)
    clusters = parts.clusters
    unseen = parts.of_points(share * share * pseudo_cluster(parts.mean, clusters))
    smooth = parts.of_points(share * (parts.mean * clusters + 0.5) / (clusters + 1.0))
    return Linear(mean, smooth, (alone + keyed) * correction + unseen, count, freedom)


def _coefficients(parts: Parts, share: Floats, mean: Floats) -> tuple[Floats, Floats]:
    """c [n, 4] by state and d [n] such that a unit's influence on the estimate is w (c[state] + d f).

    Taylor linearisation (Särndal, Swensson and Wretman 1992, ch. 5) of sum_h W_h m_h / sum_h W_h with
    W_h = selected x applicable / decided and m_h the weighted mean over scored units; all four are sums of w.
    """
    pending, scored, failed, skipped = parts.cells.weight.T
    applicable, decided = scored + failed, scored + failed + skipped
    lift = (parts.mean - mean) * share
    c = np.repeat((lift / (decided + pending))[:, None], 4, axis=1)
    c[:, [State.SCORED, State.FAILED]] += (lift / applicable)[:, None]
    c[:, [State.SCORED, State.FAILED, State.SKIPPED]] -= (lift / decided)[:, None]
    c[:, State.SCORED] -= share * parts.mean / scored
    return c, share / scored


def _clusters(parts: Parts, c: Floats, d: Floats) -> tuple[Floats, Floats, Floats, Ints]:
    """Of each point [size]: the squared influences of its clusters, the working variances of their sizes and the
    squares of those, and how many clusters hold a scored unit (those that stand alone, too).

    A cluster is joined over the strata that it lives in. Where clusters are groups of clusters, their working
    variances are the sums of their members'.
    """
    cells, size = parts.cells, parts.size
    owner, rows = cells.owner, cells.rows
    order = np.lexsort((cells.keys, parts.point[owner]))
    owner, rows = owner[order], rows[order]
    point = parts.point[owner]
    first = np.flatnonzero(starts(point, cells.keys[order]))
    at, e = point[first], d[owner]
    influence = _within(first, (c[owner] * rows[:, :4]).sum(axis=1) + e * rows[:, BAD])
    joined = _within(first, e * rows[:, State.SCORED])
    coarse = cells.coarse[owner[first]]
    own = np.where(coarse, np.sqrt(_within(first, e * e * rows[:, S2])), joined)
    spread = working_variance(_within(first, e * e * rows[:, W2]), own)
    rank = np.maximum.reduceat(rows[:, RANK], first) if first.size else joined
    filled = spread > 0
    count = np.bincount(at[filled], minlength=size)
    powers = sums(at[filled], np.exp2(-rank[filled]), size)
    rough = np.bincount(at[coarse], minlength=size) > 0
    scored = parts.of_points(cells.counts[:, State.SCORED].astype(np.float64)).astype(np.int64)
    alone = parts.of_points(cells.whole[:, 1].astype(np.float64)).astype(np.int64)
    about = np.minimum(np.rint(groups.distinct(count, powers)).astype(np.int64), scored - alone)
    found = np.where(rough, np.maximum(about, count), count) + alone
    return sums(at, influence**2, size), sums(at, spread, size), sums(at, spread**2, size), found


def _within(first: Places, values: Floats) -> Floats:
    """Sums of `values` between each place of `first` and the next."""
    return np.add.reduceat(values, first) if first.size else values


def _positive(x: Floats) -> Floats:
    """`x`, with a one where it is not positive: a divisor for what is set aside there."""
    return np.where(x > 0, x, 1.0)
