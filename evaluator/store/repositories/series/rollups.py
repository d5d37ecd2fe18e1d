"""What is in the minutes of a series, and the statistics kept of every bucket."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, bindparam, delete, exists, literal, or_, select

from evaluator.core.slicing import DIMENSIONS
from evaluator.core.times import AHEAD
from evaluator.store.repositories.base import ProjectRepository
from evaluator.store.repositories.joins import joins
from evaluator.store.sql import by_row, chunks, table
from evaluator.store.tables.review.waves import WaveUnitRow
from evaluator.store.tables.sampling.selections import SelectionRow
from evaluator.store.tables.series.rollups import RollupRow
from evaluator.store.tables.traces.samples import SampleRow
from evaluator.store.tables.traces.traces import TraceRow
from evaluator.store.tables.work.outcomes import OutcomeRow

_rollup, _selection, _trace = table(RollupRow), table(SelectionRow), table(TraceRow)
_sample, _outcome = table(SampleRow), table(OutcomeRow)
_decided = table(WaveUnitRow)


@dataclass(frozen=True, slots=True)
class RateUnit:
    """One settled target of a series, with all that its rate needs."""

    at: datetime
    stratum: str
    probability: float
    drawn: bool
    sampling_probability: float
    cluster: int
    slice: tuple[str | None, ...]
    value: float | None
    label: str | None
    reason: str | None
    trace_id: str = ""
    reached: float | None = None
    """In a cascade, the probability with which its first step drew the unit; `probability` is that of the second."""
    framed: bool = False
    """Whether a wave that was asked for could have drawn it for review."""


@dataclass(frozen=True, slots=True)
class StoredBucket:
    """The statistics of one bucket: a cell for each combination of values in it."""

    start: datetime
    values: list[list[str | None]]
    """The distinct values of each of `SLICE_DIMENSIONS`."""
    codes: bytes
    """Of each of `SLICE_DIMENSIONS`, the place of each cell's value (see `evaluator.stats.codec`)."""
    cells: bytes
    """See `evaluator.stats.cells`."""


class Rollups(ProjectRepository):
    def units(
        self,
        series: str,
        fingerprint: str,
        minutes: Sequence[datetime],
        after: date,
        until: date | None = None,
        waves: Sequence[str] = (),
    ) -> list[RateUnit]:
        """The settled targets of a series that began in one of `minutes`, of traces that were first seen after the
        day `after`, and on `until` at the latest; with whether they lie in the frame of one of `waves`."""
        found: list[RateUnit] = []
        for chunk in chunks(sorted(minutes), 100):
            first = max(after + timedelta(days=1), chunk[0].date() - AHEAD)
            query = self._units(series, fingerprint, first, waves)
            if until is not None:
                query = query.where(_selection.c.day <= until)
            ranges = [(m, m + timedelta(minutes=1)) for m in chunk]
            rows = self._db.execute(query.where(within(_selection.c.at, ranges)))
            found += [_unit(row) for row in rows]
        return found

    def _units(self, series: str, fingerprint: str, first: date, waves: Sequence[str]) -> Select[*tuple[Any, ...]]:
        """The settled targets of a series that were first seen on the day `first` or later."""
        framed: ColumnElement[bool] = literal(False)
        if waves:
            same_unit = [_decided.c[c] == _selection.c[c] for c in ("day", "target_kind", "target_id")]
            same_unit += [_decided.c.project == by_row(self._db, _selection.c.project), _decided.c.wave.in_(waves)]
            framed = exists().where(*same_unit, _decided.c.day >= first)
        on = joins(self._db, fingerprint)
        # Said of each table, as PostgreSQL leaves out partitions only by what is said of a table itself.
        return (
            select(
                _selection.c.at, _selection.c.stratum, _selection.c.probability, _selection.c.drawn,
                _trace.c.sampling_probability, _trace.c.cluster, *(_trace.c[d] for d in DIMENSIONS),
                _outcome.c.value, _outcome.c.label, _outcome.c.reason, _selection.c.trace_id,
                _selection.c.reached, framed,
            )
            .join(_trace, on.trace)
            .join(_sample, on.sample & (_sample.c.day >= first))
            .outerjoin(_outcome, on.outcome & (_outcome.c.day >= first))
            .where(self._mine(_selection), _selection.c.series == series, _selection.c.day >= first)
        )  # fmt: skip

    def replace(self, series: str, grain: str, starts: Sequence[datetime], buckets: Sequence[StoredBucket]) -> None:
        """Make `buckets` all that there is of those that begin at `starts`."""
        mine = (self._mine(_rollup), _rollup.c.series == series, _rollup.c.grain == grain)
        gone = sorted(set(starts) - {b.start for b in buckets})
        for chunk in chunks(gone):
            self._db.execute(delete(_rollup).where(*mine, _rollup.c.start_at.in_(chunk)))
        rows = [
            {
                "series": series,
                "grain": grain,
                "start_at": b.start,
                "values": b.values,
                "codes": b.codes,
                "cells": b.cells,
            }
            for b in buckets
        ]
        self._put(RollupRow, rows, update=("values", "codes", "cells"))

    def buckets(self, series: str, grain: str, ranges: Sequence[tuple[datetime, datetime]]) -> list[StoredBucket]:
        """The stored statistics of the buckets that begin in one of the ranges [start, end), in the order of time."""
        names = {"project": self._project, "series": series, "grain": grain}
        found: list[StoredBucket] = []
        for chunk in chunks(ranges, 100):
            rows = self._db.execute(_buckets_query(len(chunk)), names | bounds(chunk))
            found += [StoredBucket(*row) for row in rows]
        return found

    def recent_days(self, before: datetime | None, limit: int) -> list[datetime]:
        """The starts of the newest days (that begin before `before`) with statistics, newest first."""
        query = select(_rollup.c.start_at).where(self._mine(_rollup), _rollup.c.grain == "day")
        if before is not None:
            query = query.where(_rollup.c.start_at < before)
        query = query.distinct().order_by(_rollup.c.start_at.desc()).limit(limit)
        return list(self._db.execute(query).scalars())


def _unit(row: Any) -> RateUnit:
    n = len(DIMENSIONS)
    fields: list[Any] = [*row[:6], tuple(row[6 : 6 + n]), *row[6 + n :]]
    return RateUnit(*fields)


@lru_cache(maxsize=128)
def _buckets_query(ranges: int) -> Select[Any]:
    """Building a statement costs more than running it; these are built once."""
    mine = and_(*(_rollup.c[name] == bindparam(name) for name in ("project", "series", "grain")))
    columns = (_rollup.c.start_at, _rollup.c["values"], _rollup.c.codes, _rollup.c.cells)
    return select(*columns).where(mine, within_bounds(_rollup.c.start_at, ranges)).order_by(_rollup.c.start_at)


def within_bounds(column: ColumnElement[datetime], ranges: int) -> ColumnElement[bool]:
    """Whether `column` lies in one of so many ranges, whose ends are parameters (see `bounds`)."""
    return or_(*(and_(column >= bindparam(f"start{i}"), column < bindparam(f"end{i}")) for i in range(ranges)))


def bounds(ranges: Sequence[tuple[datetime, datetime]]) -> dict[str, datetime]:
    """The parameters of `within_bounds`."""
    return {
        f"{name}{i}": moment
        for i, pair in enumerate(ranges)
        for name, moment in zip(("start", "end"), pair, strict=True)
    }


def within(column: ColumnElement[datetime], ranges: Sequence[tuple[datetime, datetime]]) -> ColumnElement[bool]:
    """Whether `column` lies in one of the ranges [start, end)."""
    return or_(*(and_(column >= start, column < end) for start, end in ranges))
