"""Weighted units of many points: their means, and how well these are known."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from evaluator.stats.clusters import starts, within
from evaluator.stats.columns import Floats, Index, Keys, totals
from evaluator.stats.design import kish, working_variance
from evaluator.stats.estimators.strata import positive
from evaluator.stats.units import ALONE


@dataclass(frozen=True, slots=True)
class Weighted:
    """The k units of all points together. Arrays are [k] unless said otherwise."""

    size: int
    """Number of points."""
    point: Index
    value: Floats
    """So much traffic each stands for, > 0. (v)"""
    cluster: Keys
    """As in `Cells.of`; each its own where only the draws are left to chance."""
    key: Keys
    """The cluster, or the group of clusters where the point's cells hold groups."""
    total: Floats
    """[size] sum of v; 1 where there is none."""
    count: Floats
    """[size] how many units."""

    @classmethod
    def units(cls, size: int, point: Index, value: Floats, cluster: Keys) -> Weighted:
        """Of clusters that are all known by themselves."""
        total, count = positive(totals(point, value, size)), np.bincount(point, minlength=size).astype(np.float64)
        return cls(size, point, value, cluster, cluster, total, count)

    @property
    def share(self) -> Floats:
        """Of each in the weight of its point."""
        return self.value / self.total[self.point]

    @property
    def carried(self) -> Floats:
        """Of each in what the rate of its point is made of: all of them."""
        return self.share

    @property
    def step(self) -> Floats:
        """[size] weight of a label that was not seen yet, in [0, 1]: by the weights that labels have."""
        return np.minimum(1.0, np.sqrt(totals(self.point, self.carried**3, self.size)))

    def mean(self, values: Floats) -> Floats:
        """[size] weighted mean of `values` [k]; 0 where there is no unit."""
        return totals(self.point, self.value * values, self.size) / self.total

    def centred(self, values: Floats) -> Floats:
        """[k] `values`, less the mean of their point."""
        return values - self.mean(values)[self.point]

    def spread(self, finite: bool) -> tuple[Floats, Floats]:
        """[size] effective degrees of freedom and assumed variance, both of a mean of verdicts of variance 1.

        With the working correlation within clusters; in finite ones, only what was left to chance counts.
        """
        point, each = self._working(self.key)
        freedom = np.maximum(0.0, kish(totals(point, each, self.size), totals(point, each**2, self.size)) - 1.0)
        if finite:
            left = 1.0 - 1.0 / np.maximum(1.0, self.value)
            return freedom, totals(self.point, self.carried**2 * left, self.size)
        # Groups have the freedom of groups, but their clusters are not alike.
        point, each = self._working(self.cluster)
        return freedom, totals(point, each, self.size)

    def squares(self, moves: Floats, finite: bool) -> Floats:
        """[size] sum over clusters of the squares of what their units move an estimate by (`moves` [k])."""
        if finite:
            return totals(self.point, moves**2 * (1.0 - 1.0 / np.maximum(1.0, self.value)), self.size)
        order, first = self._clusters(self.key)
        return totals(self.point[order][first], within(first, moves[order]) ** 2, self.size)

    @property
    def clusters(self) -> Floats:
        """[size] how many clusters have a part in the rate."""
        order, first = self._clusters(self.cluster)
        there = within(first, self.carried[order]) > 0.0
        return np.bincount(self.point[order][first][there], minlength=self.size).astype(np.float64)

    def _working(self, key: Keys) -> tuple[Index, Floats]:
        """The points of all clusters (units of an equal `key` [k]), and their working variances."""
        order, first = self._clusters(key)
        share = self.carried[order]
        return self.point[order][first], working_variance(within(first, share**2), within(first, share))

    def _clusters(self, key: Keys) -> tuple[Index, Index]:
        """The units [k] in the order of points and clusters, and where in it each cluster begins."""
        order = np.lexsort((key, self.point))
        ordered = key[order]
        return order, np.flatnonzero(starts(self.point[order], ordered) | (ordered == ALONE))
