"""The labelled part of many points: weighted means over what people have judged."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from evaluator.stats.clusters import starts, within
from evaluator.stats.columns import Bools, Floats, Index, Keys, totals
from evaluator.stats.design import kish, working_variance
from evaluator.stats.estimators.labelled import LabelledUnits, Response, Reviewed
from evaluator.stats.estimators.strata import positive
from evaluator.stats.groups import group
from evaluator.stats.units import ALONE


@dataclass(frozen=True, slots=True)
class Sample:
    """The k units of all points that a person has decided on. Arrays are [k] unless said otherwise."""

    size: int
    """Number of points."""
    point: Index
    place: Index
    """Of each among all labelled units."""
    weight: Floats
    """Of the unit among the selected. (w)"""
    value: Floats
    """Of the label: w/rho, times what those of its stratum weigh who gave no answer. (v)"""
    applies: Floats
    """Whether there is something to judge, 0 or 1. (A)"""
    verdict: Floats
    """Bad by the person where it applies, else 0. (A Y)"""
    cluster: Keys
    """As in `Cells.of`; each its own where only the draws are left to chance."""
    key: Keys
    """The cluster, or the group of clusters where the point's cells hold groups."""
    total: Floats
    """[size] sum of v; 1 where there is none."""
    labels: Floats
    """[size] how many units."""

    @classmethod
    def of(cls, reviewed: Reviewed, size: int, coarse: Bools) -> Sample:
        """The decided units of `size` points; `coarse` [size] says whose cells hold groups of clusters."""
        units = reviewed.units
        decided = np.flatnonzero(units.response != Response.NONE)
        drawn = units.weight / units.review
        value = drawn[decided] * _absent(units, drawn, reviewed.point, size)[decided]
        point = reviewed.point[units.cell[decided]]
        judged = units.response[decided] == Response.VERDICT
        cluster = np.where(reviewed.finite, ALONE, units.cluster[decided]).astype(np.uint64)
        grouped = coarse[point] & (cluster != ALONE)
        return cls(
            size=size,
            point=point,
            place=decided,
            weight=units.weight[decided],
            value=value,
            applies=judged.astype(np.float64),
            verdict=np.where(judged, units.verdict[decided], 0.0),
            cluster=cluster,
            key=np.where(grouped, group(cluster), cluster),
            total=positive(totals(point, value, size)),
            labels=np.bincount(point, minlength=size).astype(np.float64),
        )

    @property
    def share(self) -> Floats:
        """Of each in the weight of its point."""
        return self.value / self.total[self.point]

    @property
    def step(self) -> Floats:
        """[size] weight of a label that was not seen yet, in [0, 1]: by the weights that labels have."""
        return np.minimum(1.0, np.sqrt(totals(self.point, self.share**3, self.size)))

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
            return freedom, totals(self.point, self.share**2 * left, self.size)
        # Groups have the freedom of groups, but their clusters are not alike.
        point, each = self._working(self.cluster)
        return freedom, totals(point, each, self.size)

    def squares(self, moves: Floats, finite: bool) -> Floats:
        """[size] sum over clusters of the squares of what their units move an estimate by (`moves` [k])."""
        if finite:
            return totals(self.point, moves**2 * (1.0 - 1.0 / np.maximum(1.0, self.value)), self.size)
        order, first = self._clusters(self.key)
        return totals(self.point[order][first], within(first, moves[order]) ** 2, self.size)

    def _working(self, key: Keys) -> tuple[Index, Floats]:
        """The points of all clusters (units of an equal `key` [k]), and their working variances."""
        order, first = self._clusters(key)
        share = self.share[order]
        return self.point[order][first], working_variance(within(first, share**2), within(first, share))

    def _clusters(self, key: Keys) -> tuple[Index, Index]:
        """The units [k] in the order of points and clusters, and where in it each cluster begins."""
        order = np.lexsort((key, self.point))
        ordered = key[order]
        return order, np.flatnonzero(starts(self.point[order], ordered) | (ordered == ALONE))


def _absent(units: LabelledUnits, drawn: Floats, point: Index, size: int) -> Floats:
    """[k] by what the decided of a cell are multiplied to stand for those of it that gave no answer; where none of a
    cell did, its point's do."""
    decided = np.where(units.response != Response.NONE, drawn, 0.0)
    cells = len(point)
    asked, answered = totals(units.cell, drawn, cells), totals(units.cell, decided, cells)
    silent = answered <= 0.0
    lost = totals(point, np.where(silent, asked, 0.0), size)
    kept = positive(totals(point, np.where(silent, 0.0, asked), size))
    factor = asked / positive(answered) * (1.0 + (lost / kept)[point])
    found: Floats = factor[units.cell]
    return found
