"""Reads one slice of a series, or all slices by the same dimensions: rates of buckets, and totals of a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

import numpy as np

from evaluator.pipeline.buckets import PARENT, STORED, Grain, at_offset, ceiling, cover, floor, following
from evaluator.pipeline.cube import SIDES, Cube
from evaluator.stats.cells import Cells
from evaluator.stats.rates import Rate, Rates, raw_rates
from evaluator.store.repositories.rollups import Label
from evaluator.store.repositories.slices import Dimensions
from evaluator.store.store import ProjectUnit

K = TypeVar("K")
Ranges = Sequence[tuple[datetime, datetime]]


@dataclass(frozen=True, slots=True)
class Strata:
    """Cells on their way to rates: of which slice (its values) each is, of which bucket, and of which stratum."""

    values: list[Label]
    starts: list[datetime]
    names: list[str]
    cells: Cells

    @classmethod
    def join(cls, parts: Sequence[Strata]) -> Strata:
        """All of `parts`."""
        return cls(
            [v for p in parts for v in p.values], [s for p in parts for s in p.starts],
            [n for p in parts for n in p.names], Cells.concat([p.cells for p in parts]),
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class SliceReader:
    """The slices of a series by `dimensions` (in the order of `LABELS`): the one with `values`, or all."""

    unit: ProjectUnit
    series: str
    dimensions: Dimensions
    values: Label | None

    @property
    def ready(self) -> bool:
        """Whether these slices are kept, so that reading them does not grow with the traffic."""
        return self.dimensions in SIDES

    def points(self, grain: Grain, start: datetime, end: datetime) -> tuple[list[datetime], Rates]:
        """Of the slice with `values`: the buckets of `grain` with data in [start, end), in order, and their rates."""
        if not self.ready or grain not in PARENT:
            return self._merged_points(grain, start, end)
        found, rates, parent = list[datetime](), list[Rates](), PARENT[grain]
        rows = self.unit.slices.points(
            self.series, parent.value, self.dimensions, self.values or (), floor(start, parent), end
        )
        for at, data in rows:
            offsets, points = Rates.from_bytes(data)
            starts = [at_offset(at, grain, n) for n in offsets.tolist()]
            kept = [i for i, s in enumerate(starts) if start <= s < end]
            found += [starts[i] for i in kept]
            rates.append(points.take(np.asarray(kept, dtype=np.intp)))
        return found, Rates.concat(rates)

    def totals(self, grain: Grain, start: datetime, end: datetime) -> dict[Label, Rate]:
        """The rate of everything in the buckets of a stored `grain` that begin in [start, end), by values."""
        strata = self._strata(cover(start, ceiling(end, grain), grain))
        values, rates = _rates(strata.values, strata)
        return dict(zip(values, rates, strict=True))

    def _merged_points(self, grain: Grain, start: datetime, end: datetime) -> tuple[list[datetime], Rates]:
        """Rates of buckets that are not stored as such."""
        strata = self._strata({STORED[grain]: [(start, end)]})
        starts, rates = _rates([floor(s, grain) for s in strata.starts], strata)
        order = sorted(range(len(starts)), key=starts.__getitem__)
        return [starts[i] for i in order], rates.take(np.asarray(order, dtype=np.intp))

    def _strata(self, ranges: dict[Grain, list[tuple[datetime, datetime]]]) -> Strata:
        """The cells of the stored buckets in `ranges`; a month whose cells are not merged is read by its days."""
        parts, missing = list[Strata](), list[tuple[datetime, datetime]]()
        if self.ready and Grain.MONTH in ranges:
            months = self._kept(Grain.MONTH, ranges[Grain.MONTH])
            parts.append(months)
            missing = _others(ranges[Grain.MONTH], set(months.starts))
        elif Grain.MONTH in ranges:
            missing = ranges[Grain.MONTH]
        for grain in (Grain.DAY, Grain.HOUR, Grain.MINUTE):
            wanted = [*ranges.get(grain, []), *(missing if grain is Grain.DAY else [])]
            if wanted:
                kept = self.ready and grain is Grain.DAY
                parts.append(self._kept(grain, wanted) if kept else self._filtered(grain, wanted))
        return Strata.join(parts)

    def _kept(self, grain: Grain, ranges: Ranges) -> Strata:
        """From the cells that are kept of slices."""
        rows = self.unit.slices.cells(self.series, grain.value, self.dimensions, self.values, ranges)
        return Strata(
            [r.values for r in rows for _ in r.strata], [r.start for r in rows for _ in r.strata],
            [name for r in rows for name in r.strata], Cells.concat([Cells.from_bytes(r.cells) for r in rows]),
        )  # fmt: skip

    def _filtered(self, grain: Grain, ranges: Ranges) -> Strata:
        """From the cells of all combinations."""
        cube = Cube.read(self.unit.rollups.buckets(self.series, grain.value, ranges))
        if self.values is not None:
            cube = cube.where(dict(zip(self.dimensions, self.values, strict=True)))
        values, place = cube.values(self.dimensions)
        names, stratum = cube.values(("stratum",))
        return Strata(
            [values[i] for i in place], [cube.starts[i] for i in cube.start],
            [str(names[i][0]) for i in stratum], cube.cells,
        )  # fmt: skip


def _rates(points: Sequence[K], strata: Strata) -> tuple[list[K], Rates]:
    """The rates of the distinct `points`, one of each cell, and those points in the order of the rates."""
    keys: dict[tuple[K, str], int] = {}
    place = [keys.setdefault(pair, len(keys)) for pair in zip(points, strata.names, strict=True)]
    cells = strata.cells.join(np.asarray(place, dtype=np.intp), len(keys))
    distinct: dict[K, int] = {}
    point = np.asarray([distinct.setdefault(k, len(distinct)) for k, _ in keys], dtype=np.intp)
    return list(distinct), raw_rates(cells, point, len(distinct))


def _others(ranges: Ranges, there: set[datetime]) -> list[tuple[datetime, datetime]]:
    """The months of `ranges` that are not `there`."""
    found = []
    for start, end in ranges:
        while start < end:
            after = following(start, Grain.MONTH)
            if start not in there:
                found.append((start, after))
            start = after
    return found
