"""Reads one slice of a series, or all slices by the same dimensions: rates of buckets, and totals of a time."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

import numpy as np

from evaluator.core.errors import InvalidInput
from evaluator.core.slicing import SLICE_DIMENSIONS, Dimensions, SliceValues
from evaluator.pipeline.series.buckets import PARENT, Grain, at_offset, ends_of, floor, following
from evaluator.pipeline.series.cube import Cube, with_stratum
from evaluator.pipeline.series.window import Bucket, Ranges, Window, joined, whole_minutes
from evaluator.pipeline.series.write_slices import KEPT, SIDES, cube_of_slice
from evaluator.stats.columns import Index
from evaluator.stats.estimators.estimator import Estimator
from evaluator.stats.estimators.rates import Rates
from evaluator.store.store import ProjectUnit

MAX_MERGED = 50_000
"""Stored buckets that the points of one answer may be merged from."""
BATCH = 1000
"""So many of them are in memory at a time, or those of one point."""
_WIDTH = {
    Grain.MINUTE: timedelta(minutes=1), Grain.HOUR: timedelta(hours=1), Grain.DAY: timedelta(days=1),
    Grain.MONTH: timedelta(days=28),
}  # fmt: skip
"""The least that a stored bucket holds."""


By = Callable[[Cube], list[Index]]
"""Columns [cells] that tell the points of a cube apart."""


@dataclass(frozen=True, slots=True)
class Points:
    """The rates of buckets that have data, in order."""

    starts: list[datetime]
    ends: list[datetime]
    partial: list[bool]
    """Whether the window cuts the bucket: its rate is that of the part in the window."""
    rates: Rates

    @classmethod
    def concat(cls, parts: Sequence[Points]) -> Points:
        """All of `parts` (at least one) in the order of time."""
        full = [part for part in parts if part.starts] or [parts[0]]
        if len(full) == 1:
            return full[0]
        starts = [start for part in full for start in part.starts]
        ends, partial = [e for part in full for e in part.ends], [p for part in full for p in part.partial]
        order = sorted(range(len(starts)), key=starts.__getitem__)
        rates = Rates.concat([part.rates for part in full]).take(np.asarray(order, dtype=np.intp))
        return cls([starts[i] for i in order], [ends[i] for i in order], [partial[i] for i in order], rates)


@dataclass(frozen=True, slots=True)
class SliceReader:
    """The slices of a series by `dimensions` (in the order of `SLICE_DIMENSIONS`): the one with `values`, or all.

    A slice by up to two dimensions is read at a cost that does not grow with the traffic: its points as they are
    stored, its total from few cells of bounded size. Others are merged from the cells of all combinations, and so are
    the points of an `estimator` whose rates are not kept, and of buckets that are none of UTC or are cut.
    """

    unit: ProjectUnit
    series: str
    dimensions: Dimensions
    values: SliceValues | None
    estimator: Estimator = KEPT
    torn: Sequence[Cube] = ()
    """The units, by `SLICE_DIMENSIONS`, in the parts of minutes at the ends of the window that is read."""

    def points(self, window: Window) -> Points:
        """Of the slice with `values`: the buckets with data in the window.

        Raises:
            InvalidInput: they would have to be merged from more than `MAX_MERGED` stored buckets.
        """
        ready = self.estimator is KEPT and self.dimensions in SIDES
        stored, others = window.split() if ready else ([], list(window.buckets()))
        finished = [self._finished(window.grain, *span) for span in stored]
        return Points.concat([Points([], [], [], Rates.none(self.estimator.name)), *finished, *self._merged(others)])

    def totals(self, window: Window) -> tuple[list[SliceValues], Rates]:
        """The values, and the rate of everything in the window."""
        ranges, span = whole_minutes(window.start, window.end), (window.start, window.end)
        cube, heads, rates = self._read(ranges, self.torn, span, lambda cube: cube.columns(self.dimensions))
        return [cube.label(cell, self.dimensions) for cell in heads], rates

    def _read(
        self, ranges: dict[Grain, Ranges], torn: Sequence[Cube], span: tuple[datetime, datetime], by: By
    ) -> tuple[Cube, Index, Rates]:
        """The cells of `ranges` and of the units in `torn`, which lie in `span`; one of each point, and the rates of
        the points: of cells that are alike in all columns that `by` names."""
        del span
        cube = self._cube(ranges, torn)
        heads, rates = cube.rates(by(cube), self.estimator)
        return cube, heads, rates

    def _finished(self, grain: Grain, start: datetime, end: datetime) -> Points:
        """The stored rates of whole buckets in [start, end)."""
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
        return Points(found, ends_of(found, grain), [False] * len(found), Rates.concat(rates))

    def _merged(self, buckets: Sequence[Bucket]) -> Iterator[Points]:
        """The rates of buckets that are not stored as such, made from what they cover."""
        for batch, ranges in _batches(buckets):
            first, last, starts = batch[0].start, batch[-1].end, [b.start for b in batch]
            torn = [c for c in self.torn if c.starts and first <= c.starts[0] < last]
            span = (batch[0].low, batch[-1].high)
            cube, heads, rates = self._read(ranges, torn, span, partial(_places, starts))
            (place,) = _places(starts, cube)
            found = [batch[at] for at in place[heads].tolist()]
            yield Points([b.start for b in found], [b.end for b in found], [b.partial for b in found], rates)

    def _cube(self, ranges: dict[Grain, Ranges], torn: Sequence[Cube]) -> Cube:
        """The cells of the stored buckets in `ranges`, and of the units in `torn`; a month whose cells are not merged
        is read by its days."""
        ready, parts, days = self.dimensions in SIDES, list[Cube](), list(ranges.get(Grain.DAY, []))
        if Grain.MONTH in ranges:
            months = self._kept(Grain.MONTH, ranges[Grain.MONTH]) if ready else []
            days += _others(ranges[Grain.MONTH], {cube.starts[0] for cube in months})
            parts += months
        if days:
            parts += self._kept(Grain.DAY, days) if ready else self._filtered(Grain.DAY, days)
        for grain in (Grain.HOUR, Grain.MINUTE):
            parts += self._filtered(grain, ranges.get(grain, []))
        parts += [self._chosen(cube) for cube in torn]
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
        return [self._chosen(Cube.concat(SLICE_DIMENSIONS, [Cube.read(bucket) for bucket in stored]))]

    def _chosen(self, cube: Cube) -> Cube:
        """What is asked for of the cells of all combinations."""
        if self.values is not None:
            cube = cube.where(dict(zip(self.dimensions, self.values, strict=True)))
        return cube.keep(with_stratum(self.dimensions))


def _places(starts: Sequence[datetime], cube: Cube) -> list[Index]:
    """One column [cells]: in which of the buckets that begin at `starts` each lies."""
    place = np.asarray([bisect_right(starts, at) - 1 for at in cube.starts], dtype=np.intp)
    return [place[cube.start]]


def _batches(buckets: Sequence[Bucket]) -> Iterator[tuple[list[Bucket], dict[Grain, Ranges]]]:
    """The buckets in groups, each of at most about `BATCH` stored buckets, with the ranges of those."""
    pieces = [bucket.pieces() for bucket in buckets]
    sizes = [sum((b - a) // _WIDTH[grain] for grain, of in piece.items() for a, b in of) for piece in pieces]
    if sum(sizes) > MAX_MERGED:
        problem = f"its buckets would be merged from {sum(sizes):,} stored ones, at most {MAX_MERGED:,}"
        raise InvalidInput("grain", problem, "Ask for a shorter time, another grain, or whole buckets of UTC (no tz)")
    first, size = 0, 0
    for place, own in enumerate(sizes):
        if size and size + own > BATCH:
            yield list(buckets[first:place]), _together(pieces[first:place])
            first, size = place, 0
        size += own
    if first < len(buckets):
        yield list(buckets[first:]), _together(pieces[first:])


def _together(pieces: Sequence[dict[Grain, Ranges]]) -> dict[Grain, Ranges]:
    """All ranges of `pieces`, which are in order."""
    return {grain: joined([span for piece in pieces for span in piece.get(grain, [])]) for grain in _WIDTH}


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
