"""The stratified Hájek mean of scored units, and what each cluster contributes to its error: many points at once.

A point is what one rate is estimated for; its strata are those of its cells that have an applicable or pending unit.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from evaluator.stats import groups
from evaluator.stats.cells import Cells
from evaluator.stats.clusters import Clusters, starts, within
from evaluator.stats.columns import Bools, Floats, Index, Ints, totals, whole_totals
from evaluator.stats.design import kish, working_variance
from evaluator.stats.units import State

APPLICABLE = [State.SCORED, State.FAILED]
DECIDED = [State.SCORED, State.FAILED, State.SKIPPED]


@dataclass(frozen=True, slots=True)
class Strata:
    """The strata of many points."""

    cells: Cells
    """n of them."""
    point: Index
    """[n] the point that each belongs to, 0 ... size - 1."""
    size: int
    """Number of points."""
    mean: Floats
    """[n] weighted mean of bad over SCORED, in [0, 1]; 0 where nothing is scored. (m_h)"""
    weight: Floats
    """[n] estimated applicable traffic of the stratum in units, > 0. (W_h)"""
    cell: Index
    """[n] its place among the cells that the strata were made of."""
    finite: bool = False
    """Whether the cells are `finite_cells`."""

    @classmethod
    def of(cls, cells: Cells, point: Index, size: int, finite: bool = False, *, clusters: bool = True) -> Strata:
        """Cell i is a stratum of point `point`[i]. Those of one point have comparable `clusters`, where these are to
        be read."""
        pending, scored, failed, skipped = cells.sums.weight.T
        applicable, decided = scored + failed, scored + failed + skipped
        share = np.where(decided > 0, applicable / positive(decided), 1.0)
        mean = np.where(scored > 0, np.minimum(1.0, cells.sums.weighted_bad / positive(scored)), 0.0)
        weight = (decided + pending) * share
        kept = np.flatnonzero(weight > 0)
        level = cells.level(point, size) if clusters else cells
        return cls(level.take(kept), point[kept], size, mean[kept], weight[kept], kept, finite)

    @property
    def covered(self) -> Bools:
        """[n] whether anything of the stratum is scored."""
        return self.cells.counts.selected[:, State.SCORED] > 0

    def take(self, chosen: Bools) -> Strata:
        """Those where `chosen` [n]."""
        index = np.flatnonzero(chosen)
        columns = (self.mean[index], self.weight[index], self.cell[index])
        return Strata(self.cells.take(index), self.point[index], self.size, *columns, self.finite)

    def of_points(self, values: Floats) -> Floats:
        """[size] sums over the strata of each point."""
        return totals(self.point, values, self.size)

    @property
    def clusters(self) -> Floats:
        """[n] effective number of equal, independent units behind the mean, under the working correlation; > 0."""
        cells, clusters, owner = self.cells, self.cells.clusters, self.cells.owner
        size = np.where(cells.coarse[owner], np.sqrt(clusters.squared_totals), clusters.weight[:, State.SCORED])
        linked = totals(owner, working_variance(clusters.squared_weight, size), len(cells))
        return kish(cells.sums.weight[:, State.SCORED], self.alone_squares + linked)

    @property
    def alone_squares(self) -> Floats:
        """[n] sum of w^2 over the SCORED units that are their own cluster."""
        squares, weight = (
            block[:, State.SCORED] for block in (self.cells.sums.alone_squared_weight, self.cells.sums.weight)
        )
        return squares + weight if self.finite else squares

    @property
    def unseen(self) -> Floats:
        """[n] share of the stratum that could still change the rate, in [0, 1]: all of it but in finite ones."""
        weight, scored = self.cells.sums.weight[:, State.SCORED], self.cells.counts.selected[:, State.SCORED]
        return 1.0 - np.minimum(1.0, scored / positive(weight)) if self.finite else np.ones(len(scored))


@dataclass(frozen=True, slots=True)
class StratifiedMeans:
    """Stratified means of many points with their linearised, clustered variances. Arrays are [size]; those of a
    point without a stratum mean nothing."""

    strata: Strata
    influence: Influence
    estimate: Floats
    smooth: Floats
    """The estimate with half an event added on either side, in (0, 1)."""
    variance: Floats
    """Measured variance of the estimate, >= 0."""
    assumed: Floats
    """What it would be if clusters were independent and strata nearly alike, > 0 (in finite ones >= 0)."""
    step: Floats
    """By how much a heavy event that was not seen yet would move the estimate, in [0, 1]."""
    clusters: Ints
    freedom: Floats
    """Effective degrees of freedom of the measured variance, >= 0: 0 for one cluster."""


@dataclass(frozen=True, slots=True)
class Influence:
    """How the units of each stratum move the estimate: one of weight w and bad f by w (constant + slope f), linearly.

    Taylor linearisation (Särndal, Swensson and Wretman 1992, ch. 5) of sum_h W_h m_h / sum_h W_h with
    W_h = selected x applicable / decided and m_h the weighted mean over scored units; all four are sums of w.
    """

    constant: Floats
    """[n, 4] by state."""
    slope: Floats
    """[n], of scored units."""

    @classmethod
    def of(cls, strata: Strata, share: Floats, mean: Floats) -> Influence:
        """`share` [n] is that of the stratum in its point's weight, `mean` [n] its point's estimate."""
        pending, scored, failed, skipped = strata.cells.sums.weight.T
        applicable, decided = scored + failed, scored + failed + skipped
        lift = (strata.mean - mean) * share
        constant = np.repeat((lift / (decided + pending))[:, None], 4, axis=1)
        constant[:, APPLICABLE] += (lift / applicable)[:, None]
        constant[:, DECIDED] -= (lift / decided)[:, None]
        constant[:, State.SCORED] -= share * strata.mean / scored
        return cls(constant, share / scored)

    def of_clusters(self, owner: Index, clusters: Clusters) -> Floats:
        """[m] by how much clusters move the estimate, each with its stratum `owner` [m]."""
        moved: Floats = (self.constant[owner] * clusters.weight).sum(axis=1)
        return moved + self.slope[owner] * clusters.weighted_bad

    def imputed(self, strata: Strata) -> Influence:
        """The same of a mean in which failed units have a score that stays as it is, their stratum's mean: where it
        is held against the same scores of a part of them, errors of that mean cancel."""
        scored, failed = (strata.cells.sums.weight[:, state] for state in APPLICABLE)
        lost = failed / (scored + failed)
        constant = self.constant.copy()
        constant[:, State.SCORED] += lost * self.slope * strata.mean
        return Influence(constant, (1.0 - lost) * self.slope)


@dataclass(frozen=True, slots=True)
class Spread:
    """Of each point [size]: what its clusters, joined over the strata that they live in, say about the variance."""

    influences: Floats
    """Sum of the squares of their influences."""
    sizes: Floats
    """Sum of the working variances of their sizes."""
    squared_sizes: Floats
    """Sum of the squares of those."""
    count: Ints
    """How many clusters hold a scored unit, those that stand alone, too."""


def stratified_means(strata: Strata) -> StratifiedMeans:
    """The means over covered `strata`, by the weight of their applicable traffic."""
    total = positive(strata.of_points(strata.weight))
    mean = np.minimum(1.0, strata.of_points(strata.weight * strata.mean) / total)
    share = strata.weight / total[strata.point]
    influence = Influence.of(strata, share, mean[strata.point])
    linked = _linked(strata, influence)
    sizes, squared = _sizes(strata, influence.slope, linked)
    # By Satterthwaite's (1946) approximation: a few heavy clusters carry the variance, and their number alone would
    # claim to know it too well. It depends on the design only, not on the verdicts.
    freedom = np.where(linked.count > 1, np.maximum(0.0, kish(sizes, squared) - 1.0), 0.0)
    correction = few_clusters(freedom + 1.0, freedom)
    variance = (squared_alone(strata, influence) + linked.influences) * correction
    clusters, unseen = strata.clusters, strata.unseen
    smooth = smoothed(mean, 1.0 / positive(strata.of_points(share * share / clusters)))
    near = (strata.mean * clusters + smooth[strata.point]) / (clusters + 1.0)
    assumed = strata.of_points(share * share * near * (1.0 - near) / clusters * unseen)
    step = (squared * sizes) ** 0.25 * strata.of_points(share * unseen)
    return StratifiedMeans(
        strata, influence, mean, smooth, variance, assumed, np.minimum(step, 1.0), linked.count, freedom
    )


def few_clusters(clusters: Floats, freedom: Floats) -> Floats:
    """[n] by what a variance that so many (effective) clusters tell is multiplied, where `freedom` are left."""
    return np.where(freedom > 0, clusters / positive(freedom), 1.0)


def smoothed(mean: Floats, size: Floats) -> Floats:
    """[n] `mean` in [0, 1] of so many (`size` [n] > 0) verdicts, with half an event added on either side."""
    return (mean * size + 0.5) / (size + 1.0)


def squared_alone(strata: Strata, influence: Influence) -> Floats:
    """[size] sum of (w (constant + slope f))^2 over the units that are their own cluster, multiplied out."""
    sums, constant, slope = strata.cells.sums, influence.constant, influence.slope
    cross = (
        2.0 * constant[:, State.SCORED] * slope * sums.alone_squared_weight_bad
        + slope * slope * sums.alone_squared_weighted_bad
    )
    squares = (constant**2 * sums.alone_squared_weight).sum(axis=1) + cross
    return strata.of_points(np.maximum(0.0, squares))


def _sizes(strata: Strata, slope: Floats, linked: Spread) -> tuple[Floats, Floats]:
    """[size] sums of the working variances of all clusters, and of their squares."""
    sizes = linked.sizes + strata.of_points(slope**2 * strata.alone_squares)
    return sizes, linked.squared_sizes + strata.of_points(slope**4 * strata.cells.sums.alone_fourth_weight)


def _linked(strata: Strata, influence: Influence) -> Spread:
    """Of the units that are not their own cluster; `count` has the others in it, too.

    Where clusters are groups of clusters, their working variances are the sums of their members'.
    """
    cells, size, owner = strata.cells, strata.size, strata.cells.owner
    order = np.lexsort((cells.keys, strata.point[owner]))
    owner, clusters = owner[order], cells.clusters.take(order)
    point, slope = strata.point[owner], influence.slope[owner]
    first = np.flatnonzero(starts(point, cells.keys[order]))
    at, coarse = point[first], cells.coarse[owner[first]]
    moved = influence.of_clusters(owner, clusters)
    scored = within(first, slope * clusters.weight[:, State.SCORED])
    members = np.sqrt(within(first, slope * slope * clusters.squared_totals))
    squared = within(first, slope * slope * clusters.squared_weight)
    sizes = working_variance(squared, np.where(coarse, members, scored))
    return Spread(
        influences=totals(at, within(first, moved) ** 2, size),
        sizes=totals(at, sizes, size),
        squared_sizes=totals(at, sizes**2, size),
        count=_count(strata, at, first, clusters.rank, sizes > 0, coarse),
    )


def _count(strata: Strata, at: Index, first: Index, ranks: Floats, filled: Bools, coarse: Bools) -> Ints:
    """[size] clusters with a scored unit: joined ones, which begin at `first` and lie in point `at`, and those alone.

    `filled` and `coarse` say of each joined one whether it has a scored unit, and whether it is a group; where any
    is, the number is told from the `ranks`.
    """
    size, counts = strata.size, strata.cells.counts
    rank = np.maximum.reduceat(ranks, first) if first.size else np.zeros(0)
    count = np.bincount(at[filled], minlength=size)
    powers = totals(at[filled], np.exp2(-rank[filled]), size)
    scored = whole_totals(strata.point, counts.selected[:, State.SCORED], size)
    alone = whole_totals(strata.point, counts.alone_scored, size)
    about = np.minimum(np.rint(groups.distinct(count, powers)).astype(np.int64), scored - alone)
    rough = np.bincount(at[coarse], minlength=size) > 0
    return np.where(rough, np.maximum(about, count), count) + alone


def positive(values: Floats) -> Floats:
    """`values`, with a one where they are not positive: a divisor for what is set aside there."""
    return np.where(values > 0, values, 1.0)
