"""What pages and the API show of traces: lists (`lists.py`), what filters offer, and single traces."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select

from evaluator.core.slicing import DIMENSIONS
from evaluator.store.repositories.traces.lists import Lists
from evaluator.store.sql import table
from evaluator.store.tables.catalog.rules import RuleRow
from evaluator.store.tables.series.slices import SliceRow
from evaluator.store.tables.traces.samples import SampleRow
from evaluator.store.tables.traces.traces import TraceRow

_trace, _sample = table(TraceRow), table(SampleRow)
_rule, _slice = table(RuleRow), table(SliceRow)

NEWEST = 1000
"""Traces that are looked at for values that no series has yet."""


class Views(Lists):
    def trace(self, trace_id: str) -> dict[str, Any] | None:
        query = select(_trace).where(self._mine(_trace), _trace.c.id == trace_id)
        row = self._db.execute(query).mappings().first()
        return None if row is None else dict(row)

    def samples(self, trace_id: str, day: date | None = None) -> list[dict[str, Any]]:
        """The current samples of a trace, in the order of its answers; `day`: of its first sight, where known."""
        query = select(_sample).where(self._mine(_sample), _sample.c.trace_id == trace_id, _sample.c.current)
        if day is not None:
            query = query.where(_sample.c.day == day)
        return [dict(row) for row in self._db.execute(query.order_by(_sample.c.position)).mappings()]

    def values(self, column: str, limit: int = 50) -> list[str]:
        """Values of one of `DIMENSIONS`, for filters: those that a series has, and those of the newest traces."""
        if column not in DIMENSIONS:
            raise KeyError(column)
        series = select(_rule.c.series).where(self._mine(_rule)).distinct()
        months = (_slice.c.grain == "month", _slice.c.series.in_(series), _slice.c.dimensions == column)
        stored = self._db.execute(select(_slice.c.slice).where(self._mine(_slice), *months).distinct()).scalars()
        newest = select(_trace.c[column]).where(self._mine(_trace)).order_by(_trace.c.start_at.desc()).limit(NEWEST)
        values = {value for (value,) in stored} | set(self._db.execute(newest).scalars())
        return sorted(value for value in values if value is not None)[:limit]

    def span_of_time(self) -> tuple[datetime, datetime] | None:
        """The start of the oldest and of the newest trace."""
        # Each asked for by itself: of two at once, SQLite reads all traces.
        ends = (select(end(_trace.c.start_at)).where(self._mine(_trace)) for end in (func.min, func.max))
        low, high = (self._db.execute(end).scalar_one() for end in ends)
        return None if low is None else (low, high)
