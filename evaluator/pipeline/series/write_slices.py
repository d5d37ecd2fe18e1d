"""Keeps ready what is read of a series: the rates of every slice, and the cells that totals are merged from."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import combinations

import numpy as np

from evaluator.core.slicing import SLICE_DIMENSIONS, Dimensions, SliceValues
from evaluator.pipeline.series.buckets import PARENT, Grain, floor, following, offset
from evaluator.pipeline.series.cube import STRATUM, Cube, numbered, parts_of, with_stratum
from evaluator.stats.cells import Cells
from evaluator.stats.columns import Index
from evaluator.stats.estimators.estimator import Evidence
from evaluator.stats.estimators.rates import Rates
from evaluator.stats.estimators.raw import RAW
from evaluator.store.repositories.series.slices import StoredSlice
from evaluator.store.store import ProjectUnit

SIDES: tuple[Dimensions, ...] = tuple(side for n in range(3) for side in combinations(SLICE_DIMENSIONS, n))
"""The sets of dimensions whose slices are kept ready: none, each, and each two. More are merged when asked for."""
KEPT = RAW
"""Whose rates are kept ready; those of other estimators are made from cells when they are asked for."""

Key = tuple[Dimensions, SliceValues]


@dataclass(frozen=True, slots=True)
class Sliced:
    """The slices of a cube by each of `SIDES`: points, each of one slice and bucket, and the strata of each."""

    keys: list[Key]
    key: Index
    """[points] place in `keys` of each, ascending."""
    start: Index
    """[points] place in the cube's starts."""
    rates: Rates
    """[points]"""
    cells: Cells
    """[cells] the strata of the points."""
    point: Index
    """[cells] the point of each, ascending."""
    strata: list[str]
    """[cells] their names."""


def sliced(cube: Cube) -> Sliced:
    """Every slice of `cube` by up to two dimensions, in each of its buckets."""
    keys: list[Key] = []
    by_side = []
    for side in SIDES:
        first, place = numbered(cube.columns(side), size=len(cube.cells))
        by_side.append(place + len(keys))
        keys += [(side, cube.label(cell, side)) for cell in first]
    copies = np.tile(np.arange(len(cube.cells)), len(SIDES))
    key, start, (stratum,) = np.concatenate(by_side), cube.start[copies], cube.columns((STRATUM,))
    first, place = numbered([key, start, stratum[copies]])
    cells = cube.cells.take(copies).join(place, first.size)
    heads, point = numbered([key[first], start[first]])
    names = [str(name) for name in cube.values[cube.dimensions.index(STRATUM)]]
    strata = [names[code] for code in stratum[copies][first]]
    at = first[heads]
    parts = parts_of(names, stratum[copies][first])
    rates = KEPT.rates(Evidence(cells, point, heads.size, parts=parts))
    return Sliced(keys, key[at], start[at], rates, cells, point, strata)


def write_slices(unit: ProjectUnit, series: str, grain: Grain, changed: Sequence[datetime], cube: Cube) -> None:
    """Make the points of the buckets `changed` (of `grain`) what `cube` says of them, and the cells of days, too."""
    found = sliced(cube)
    parents: dict[datetime, list[int]] = defaultdict(list)
    for start in changed:
        parents[floor(start, PARENT[grain])].append(offset(start, grain))
    for start, offsets in parents.items():
        _write_points(unit, series, grain, start, offsets, cube, found)
    if grain is Grain.DAY:
        ends = np.searchsorted(found.point, np.arange(found.key.size + 1))
        cells = [
            _with_cells(
                found.keys[key], cube.starts[at], found.strata[first:end], found.cells.take(np.arange(first, end))
            )
            for key, at, first, end in zip(found.key, found.start, ends[:-1], ends[1:], strict=True)
        ]
        unit.slices.put_cells(series, grain.value, cells)


def _write_points(
    unit: ProjectUnit, series: str, grain: Grain, parent: datetime, changed: Sequence[int], cube: Cube, found: Sliced
) -> None:
    """Within the bucket `parent` of the grain above, replace the points at the offsets `changed` by those `found`."""
    keys: dict[Key, int] = {}
    here = [place for place, start in enumerate(cube.starts) if floor(start, PARENT[grain]) == parent]
    mine = np.flatnonzero(np.isin(found.start, here))
    slices = [np.asarray([keys.setdefault(found.keys[key], len(keys)) for key in found.key[mine]], dtype=np.intp)]
    offsets = [np.asarray([offset(start, grain) for start in cube.starts], dtype=np.int64)[found.start[mine]]]
    rates = [found.rates.take(mine)]
    for old in unit.slices.at(series, PARENT[grain].value, parent):
        at, points = Rates.from_bytes(old.points, KEPT.name)
        kept = np.flatnonzero(~np.isin(at, changed))
        slices.append(np.full(kept.size, keys.setdefault((old.dimensions, old.values), len(keys))))
        offsets.append(at[kept])
        rates.append(points.take(kept))
    which, at, every = np.concatenate(slices), np.concatenate(offsets), Rates.concat(rates)
    order = np.lexsort((at, which))
    ends = np.searchsorted(which[order], np.arange(len(keys) + 1))
    spans = [(key, order[first:end]) for key, first, end in zip(keys, ends[:-1], ends[1:], strict=True)]
    rows = [
        StoredSlice(dimensions, values, parent, points=every.take(own).to_bytes(at[own]), strata=[], cells=b"")
        for (dimensions, values), own in spans
        if own.size
    ]
    unit.slices.put_points(series, PARENT[grain].value, rows)
    unit.slices.drop(series, PARENT[grain].value, parent, [key for key, own in spans if not own.size])


def merge_months(unit: ProjectUnit, series: str) -> None:
    """Merge the cells of months that are over and of which no minute waits; until then, totals read their days."""
    newest = unit.slices.newest(series, Grain.MONTH.value)
    for month in unit.slices.unmerged(series, Grain.MONTH.value):
        span = (month, following(month, Grain.MONTH))
        if month != newest and not unit.slices.is_dirty(series, *span):
            _merge_month(unit, series, month, span)


def _merge_month(unit: ProjectUnit, series: str, month: datetime, span: tuple[datetime, datetime]) -> None:
    days: dict[Key, list[Cube]] = defaultdict(list)
    for dimensions in SIDES:
        for day in unit.slices.cells(series, Grain.DAY.value, dimensions, None, [span]):
            days[dimensions, day.values].append(cube_of_slice(day))
    merged = []
    for key, found in days.items():
        cube = Cube.concat(with_stratum(key[0]), found).coarser(Grain.MONTH)
        strata = [str(cube.label(cell, (STRATUM,))[0]) for cell in range(len(cube.cells))]
        merged.append(_with_cells(key, month, strata, cube.cells))
    unit.slices.put_cells(series, Grain.MONTH.value, merged)


def cube_of_slice(stored: StoredSlice) -> Cube:
    """The cells of a stored slice and bucket, by its dimensions and stratum."""
    dimensions = with_stratum(stored.dimensions)
    labels = [(*stored.values, name)[: len(dimensions)] for name in stored.strata]
    return Cube.one(dimensions, labels, stored.start, Cells.from_bytes(stored.cells))


def _with_cells(key: Key, start: datetime, strata: list[str], cells: Cells) -> StoredSlice:
    dimensions, values = key
    return StoredSlice(dimensions, values, start, points=b"", strata=strata, cells=cells.to_bytes())
