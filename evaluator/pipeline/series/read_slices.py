"""Reads one slice of a series, or all slices by the same dimensions: rates of buckets, and totals of a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from evaluator.core.slicing import SLICE_DIMENSIONS, Dimensions, SliceValues
from evaluator.pipeline.series.buckets import PARENT, STORED, Grain, at_offset, ceiling, cover, floor, following
from evaluator.pipeline.series.cube import Cube, with_stratum
from evaluator.pipeline.series.write_slices import KEPT, SIDES, cube_of_slice
from evaluator.stats.estimator import Estimator
from evaluator.stats.rates import Rates
from evaluator.store.store import ProjectUnit

Ranges = list[tuple[datetime, datetime]]


@dataclass(frozen=True, slots=True)
class SliceReader:
    """The slices of a series by `dimensions` (in the order of `SLICE_DIMENSIONS`): the one with `values`, or all.

    A slice by up to two dimensions is read at a cost that does not grow with the traffic: its points as they are
    stored, its total from few cells of bounded size. Others are merged from the cells of all combinations, and so are
    the points of an `estimator` whose rates are not kept.
    """

    unit: ProjectUnit
    series: str
    dimensions: Dimensions
    values: SliceValues | None
    estimator: Estimator = KEPT

    def points(self, grain: Grain, start: datetime, end: datetime) -> tuple[list[datetime], Rates]:
        """Of the slice with `values`: the buckets of `grain` with data in [start, end), in order, and their rates."""
        if self.estimator is not KEPT or self.dimensions not in SIDES or grain not in PARENT:
            return self._merged_points(grain, start, end)
        found, rates, parent = list[datetime](), [Rates.none(KEPT.name)], PARENT[grain]
        rows = self.unit.slices.points(
            self.series, parent.value, self.dimensions, self.values or (), floor(start, parent), end
        )
        for at, data in rows:
            offsets, points = Rates.from_bytes(data, KEPT.name)
            starts = [at_offset(at, grain, number) for number in offsets.tolist()]
            inside = [place for place, moment in enumerate(starts) if start <= moment < end]
            found += [starts[place] for place in inside]
            rates.append(points.take(np.asarray(inside, dtype=np.intp)))
        return found, Rates.concat(rates)

    def totals(self, grain: Grain, start: datetime, end: datetime) -> tuple[list[SliceValues], Rates]:
        """The values, and the rate of everything in the buckets of a stored `grain` that begin in [start, end)."""
        cube = self._cube(cover(start, ceiling(end, grain), grain))
        heads, rates = cube.rates(cube.columns(self.dimensions), self.estimator)
        return [cube.label(cell, self.dimensions) for cell in heads], rates

    def _merged_points(self, grain: Grain, start: datetime, end: datetime) -> tuple[list[datetime], Rates]:
        """Rates of buckets that are not stored as such."""
        cube = self._cube({STORED[grain]: [(start, end)]})
        buckets: dict[datetime, int] = {}
        place = np.asarray([buckets.setdefault(floor(at, grain), len(buckets)) for at in cube.starts], dtype=np.intp)
        heads, rates = cube.rates([place[cube.start]], self.estimator)
        starts = [floor(cube.starts[cube.start[cell]], grain) for cell in heads]
        order = sorted(range(len(starts)), key=starts.__getitem__)
        return [starts[place] for place in order], rates.take(np.asarray(order, dtype=np.intp))

    def _cube(self, ranges: dict[Grain, Ranges]) -> Cube:
        """The cells of the stored buckets in `ranges`; a month whose cells are not merged is read by its days."""
        ready, parts, days = self.dimensions in SIDES, list[Cube](), list(ranges.get(Grain.DAY, []))
        if Grain.MONTH in ranges:
            months = self._kept(Grain.MONTH, ranges[Grain.MONTH]) if ready else []
            days += _others(ranges[Grain.MONTH], {cube.starts[0] for cube in months})
            parts += months
        if days:
            parts += self._kept(Grain.DAY, days) if ready else self._filtered(Grain.DAY, days)
        for grain in (Grain.HOUR, Grain.MINUTE):
            parts += self._filtered(grain, ranges.get(grain, []))
        return Cube.concat(with_stratum(self.dimensions), parts)

    def _kept(self, grain: Grain, ranges: Ranges) -> list[Cube]:
        """From the cells that are kept of slices."""
        rows = self.unit.slices.cells(self.series, grain.value, self.dimensions, self.values, ranges)
        return [cube_of_slice(row) for row in rows]

    def _filtered(self, grain: Grain, ranges: Ranges) -> list[Cube]:
        """From the cells of all combinations."""
        if not ranges:
            return []
        stored = self.unit.rollups.buckets(self.series, grain.value, ranges)
        cube = Cube.concat(SLICE_DIMENSIONS, [Cube.read(bucket) for bucket in stored])
        if self.values is not None:
            cube = cube.where(dict(zip(self.dimensions, self.values, strict=True)))
        return [cube.keep(with_stratum(self.dimensions))]


def _others(ranges: Sequence[tuple[datetime, datetime]], there: set[datetime]) -> Ranges:
    """The months of `ranges` that are not `there`."""
    found = []
    for start, end in ranges:
        while start < end:
            after = following(start, Grain.MONTH)
            if start not in there:
                found.append((start, after))
            start = after
    return found
