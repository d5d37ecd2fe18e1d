"""Keeps ready what is read of a series: the rates of every slice, and the cells that totals are merged from."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

import numpy as np

from evaluator.pipeline.buckets import PARENT, Grain, floor, following, offset
from evaluator.pipeline.cube import Cube, Sliced, sliced
from evaluator.stats.cells import Cells
from evaluator.stats.rates import Rates
from evaluator.store.repositories.rollups import Label
from evaluator.store.repositories.slices import Dimensions, StoredSlice
from evaluator.store.store import ProjectUnit

Key = tuple[Dimensions, Label]


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
            _with_cells(found.keys[key], cube.starts[at], found.strata[a:b], found.cells.take(np.arange(a, b)))
            for key, at, a, b in zip(found.key, found.start, ends[:-1], ends[1:], strict=True)
        ]
        unit.slices.put_cells(series, grain.value, cells)


def _write_points(
    unit: ProjectUnit, series: str, grain: Grain, parent: datetime, changed: Sequence[int], cube: Cube, found: Sliced
) -> None:
    """Within the bucket `parent` of the grain above, replace the points at the offsets `changed` by those `found`."""
    before = unit.slices.at(series, PARENT[grain].value, parent)
    keys: dict[Key, int] = {}
    here = [i for i, s in enumerate(cube.starts) if floor(s, PARENT[grain]) == parent]
    mine = np.flatnonzero(np.isin(found.start, here))
    place = [np.asarray([keys.setdefault(found.keys[k], len(keys)) for k in found.key[mine]], dtype=np.intp)]
    offsets = [np.asarray([offset(s, grain) for s in cube.starts], dtype=np.int64)[found.start[mine]]]
    rates = [found.rates.take(mine)]
    for old in before:
        at, points = Rates.from_bytes(old.points)
        kept = np.flatnonzero(~np.isin(at, changed))
        place.append(np.full(kept.size, keys.setdefault((old.dimensions, old.values), len(keys))))
        offsets.append(at[kept])
        rates.append(points.take(kept))
    which, at, every = np.concatenate(place), np.concatenate(offsets), Rates.concat(rates)
    order = np.lexsort((at, which))
    ends = np.searchsorted(which[order], np.arange(len(keys) + 1))
    spans = [(key, order[a:b]) for key, a, b in zip(keys, ends[:-1], ends[1:], strict=True)]
    rows = [StoredSlice(*key, parent, every.take(own).to_bytes(at[own]), [], b"") for key, own in spans if own.size]
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
    days: dict[Key, list[StoredSlice]] = defaultdict(list)
    for row in unit.slices.at(series, Grain.MONTH.value, month):
        days[row.dimensions, row.values] = []
    for dimensions in sorted({dimensions for dimensions, _ in days}):
        for day in unit.slices.cells(series, Grain.DAY.value, dimensions, None, [span]):
            days[dimensions, day.values].append(day)
    merged = [_with_cells(key, month, *merge_strata(found)) for key, found in days.items()]
    unit.slices.put_cells(series, Grain.MONTH.value, merged)


def merge_strata(stored: Sequence[StoredSlice]) -> tuple[list[str], Cells]:
    """The strata of one slice in all of these buckets, and a cell of each."""
    names: dict[str, int] = {}
    place = np.asarray([names.setdefault(n, len(names)) for s in stored for n in s.strata], dtype=np.intp)
    cells = Cells.concat([Cells.from_bytes(s.cells) for s in stored])
    return list(names), cells.join(place, len(names))


def _with_cells(key: Key, start: datetime, strata: list[str], cells: Cells) -> StoredSlice:
    return StoredSlice(*key, start, b"", strata, cells.to_bytes())
