"""What is read of a series: for each slice and bucket, the rates of the finer buckets in it and its own cells."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, bindparam, delete, select

from evaluator.core.ids import content_hash
from evaluator.core.slicing import Dimensions, SliceValues
from evaluator.store.repositories.base import ProjectRepository
from evaluator.store.repositories.series.rollups import bounds, within, within_bounds
from evaluator.store.sql import chunks, table
from evaluator.store.tables.series.marks import DirtyRow
from evaluator.store.tables.series.slices import SliceRow

_slice, _dirty = table(SliceRow), table(DirtyRow)


@dataclass(frozen=True, slots=True)
class StoredSlice:
    """One bucket of one slice; `points` are bytes of `Rates`, `cells` of `Cells`."""

    dimensions: Dimensions
    values: SliceValues
    start: datetime
    points: bytes
    strata: list[str]
    """Of each cell."""
    cells: bytes
    """Empty where they are not kept, or not merged yet."""


class Slices(ProjectRepository):
    def at(self, series: str, grain: str, start: datetime) -> list[StoredSlice]:
        """Every slice of one bucket."""
        return self._read(self._bucket(series, grain, start))

    def put_points(self, series: str, grain: str, found: Sequence[StoredSlice]) -> None:
        """Save the points of slices and buckets; their cells are to be merged anew."""
        self._save(series, grain, found, ("points", "strata", "cells"))

    def put_cells(self, series: str, grain: str, found: Sequence[StoredSlice]) -> None:
        """Save the cells of slices and buckets that have their points."""
        self._save(series, grain, found, ("strata", "cells"))

    def _save(self, series: str, grain: str, found: Sequence[StoredSlice], update: tuple[str, ...]) -> None:
        rows = [
            {
                "series": series,
                "grain": grain,
                "dimensions": _joined(s.dimensions),
                "slice_hash": _hash(s.dimensions, s.values),
                "start_at": s.start,
                "slice": list(s.values),
                "points": s.points,
                "strata": s.strata,
                "cells": s.cells,
            }
            for s in found
        ]
        self._put(SliceRow, rows, update=update)

    def drop(self, series: str, grain: str, start: datetime, gone: Iterable[tuple[Dimensions, SliceValues]]) -> None:
        """Forget slices of one bucket that nothing is in any more."""
        for chunk in chunks(sorted({_hash(*key) for key in gone})):
            self._db.execute(delete(_slice).where(self._bucket(series, grain, start), _slice.c.slice_hash.in_(chunk)))

    def points(
        self, series: str, grain: str, dimensions: Dimensions, values: SliceValues, start: datetime, end: datetime
    ) -> list[tuple[datetime, bytes]]:
        """The rates of the finer buckets in the buckets of a slice that begin in [start, end), ordered by time."""
        names = self._names(series, grain, dimensions, values)
        rows = self._db.execute(_points_query(), {**names, "start0": start, "end0": end})
        return [(at, points) for at, points in rows]

    def cells(
        self, series: str, grain: str, dimensions: Dimensions, values: SliceValues | None,
        ranges: Sequence[tuple[datetime, datetime]],
    ) -> list[StoredSlice]:  # fmt: skip
        """The slices by `dimensions` (all of them, or the one with `values`) in buckets that begin in one of the
        ranges [start, end) and have their cells; without points."""
        names = self._names(series, grain, dimensions, values)
        found: list[StoredSlice] = []
        for chunk in chunks(ranges, 100):
            query = _cells_query(len(chunk), values is not None)
            found += [
                StoredSlice(dimensions, tuple(value), start, b"", strata, cells)
                for value, start, strata, cells in self._db.execute(query, names | bounds(chunk))
            ]
        return found

    def _names(self, series: str, grain: str, dimensions: Dimensions, values: SliceValues | None) -> dict[str, Any]:
        """The parameters that name slices."""
        mine = {"project": self._project, "series": series, "grain": grain, "dimensions": _joined(dimensions)}
        return mine if values is None else mine | {"slice_hash": _hash(dimensions, values)}

    def unmerged(self, series: str, grain: str) -> list[datetime]:
        """The buckets, oldest first, whose cells are not merged yet."""
        mine = self._slice(series, grain, (), ())
        query = select(_slice.c.start_at).where(mine, _slice.c.cells == b"").order_by(_slice.c.start_at)
        return list(self._db.execute(query).scalars())

    def newest(self, series: str, grain: str) -> datetime | None:
        """The newest bucket that there is."""
        query = select(_slice.c.start_at).where(self._slice(series, grain, (), ()))
        return self._db.execute(query.order_by(_slice.c.start_at.desc()).limit(1)).scalar()

    def is_dirty(self, series: str, start: datetime, end: datetime) -> bool:
        """Whether a minute of [start, end) waits to be recomputed."""
        mine = (self._mine(_dirty), _dirty.c.series == series, within(_dirty.c.minute, [(start, end)]))
        return self._db.execute(select(_dirty.c.minute).where(*mine).limit(1)).first() is not None

    def _read(self, where: ColumnElement[bool]) -> list[StoredSlice]:
        columns = ("dimensions", "slice", "start_at", "points", "strata", "cells")
        rows = self._db.execute(select(*(_slice.c[name] for name in columns)).where(where))
        return [
            StoredSlice(tuple(d.split(",")) if d else (), tuple(values), start, points, strata, cells)
            for d, values, start, points, strata, cells in rows
        ]

    def _bucket(self, series: str, grain: str, start: datetime) -> ColumnElement[bool]:
        named = (_slice.c.grain == grain) & (_slice.c.series == series)
        return self._mine(_slice) & named & (_slice.c.start_at == start)

    def _slice(
        self, series: str, grain: str, dimensions: Dimensions, values: SliceValues | None
    ) -> ColumnElement[bool]:
        named = (_slice.c.grain == grain) & (_slice.c.series == series)
        mine = self._mine(_slice) & named & (_slice.c.dimensions == _joined(dimensions))
        return mine if values is None else mine & (_slice.c.slice_hash == _hash(dimensions, values))


def _named(one: bool) -> ColumnElement[bool]:
    names = ("project", "series", "grain", "dimensions", *(("slice_hash",) if one else ()))
    return and_(*(_slice.c[name] == bindparam(name) for name in names))


@lru_cache(maxsize=1)
def _points_query() -> Select[Any]:
    """Building a statement costs more than running it; these are built once."""
    where = (_named(True), within_bounds(_slice.c.start_at, 1))
    return select(_slice.c.start_at, _slice.c.points).where(*where).order_by(_slice.c.start_at)


@lru_cache(maxsize=256)
def _cells_query(ranges: int, one: bool) -> Select[Any]:
    where = (_named(one), _slice.c.cells != b"", within_bounds(_slice.c.start_at, ranges))
    columns = (_slice.c.slice, _slice.c.start_at, _slice.c.strata, _slice.c.cells)
    return select(*columns).where(*where).order_by(_slice.c.start_at)


def _joined(dimensions: Dimensions) -> str:
    return ",".join(dimensions)


@lru_cache(maxsize=65_536)
def _hash(dimensions: Dimensions, values: SliceValues) -> str:
    return content_hash([list(dimensions), list(values)])[:16]
