"""The labelled part of many points: weighted means over what people have judged."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from evaluator.stats.columns import Bools, Floats, Index, totals
from evaluator.stats.estimators.labelled import Response, Reviewed
from evaluator.stats.estimators.strata import positive
from evaluator.stats.estimators.weighted import Weighted
from evaluator.stats.groups import group
from evaluator.stats.units import ALONE


@dataclass(frozen=True, slots=True)
class Sample(Weighted):
    """The k units of all points that a person has decided on, each by the weight of its label: w/rho, times what
    those of its stratum weigh who gave no answer. `count` is of those to which it applies: the others tell what the
    rate is about, and nothing of it. Arrays are [k]."""

    place: Index
    """Of each among all labelled units."""
    weight: Floats
    """Of the unit among the selected. (w)"""
    applies: Floats
    """Whether there is something to judge, 0 or 1. (A)"""
    verdict: Floats
    """Bad by the person where it applies, else 0. (A Y)"""

    @classmethod
    def of(cls, reviewed: Reviewed, size: int, coarse: Bools) -> Sample:
        """The decided units of `size` points; `coarse` [size] says whose cells hold groups of clusters."""
        units = reviewed.units
        answered, drawn = units.response != Response.NONE, units.weight / units.review
        decided = np.flatnonzero(answered)
        value = (drawn * standing(drawn, answered, units.cell, reviewed.point, size))[decided]
        point = reviewed.point[units.cell[decided]]
        judged = units.response[decided] == Response.VERDICT
        cluster = np.where(reviewed.finite, ALONE, units.cluster[decided]).astype(np.uint64)
        grouped = coarse[point] & (cluster != ALONE)
        return cls(
            size,
            point,
            value,
            cluster,
            np.where(grouped, group(cluster), cluster),
            positive(totals(point, value, size)),
            np.bincount(point[judged], minlength=size).astype(np.float64),
            place=decided,
            weight=units.weight[decided],
            applies=judged.astype(np.float64),
            verdict=np.where(judged, units.verdict[decided], 0.0),
        )

    @property
    def carried(self) -> Floats:
        """Of each in what the rate of its point is made of: its share of what applies, 0 where it does not."""
        value = self.value * self.applies
        return value / positive(totals(self.point, value, self.size))[self.point]


def standing(weight: Floats, there: Bools, cell: Index, point: Index, size: int) -> Floats:
    """[k] by what the units that are `there` are multiplied to stand for all of their cell, by `weight` [k]; where a
    cell has none, the others of its point stand for it. `cell` [k] counts the cells, whose points are `point`."""
    cells = len(point)
    every, known = totals(cell, weight, cells), totals(cell, np.where(there, weight, 0.0), cells)
    silent = known <= 0.0
    lost = totals(point, np.where(silent, every, 0.0), size)
    kept = positive(totals(point, np.where(silent, 0.0, every), size))
    factor = every / positive(known) * (1.0 + (lost / kept)[point])
    found: Floats = factor[cell]
    return found
