"""Selections: the first decision of each series on each target."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select

from evaluator.core.times import floor_minute
from evaluator.store.repositories.base import ProjectRepository
from evaluator.store.repositories.series.marks import Marks
from evaluator.store.sql import chunks, table
from evaluator.store.tables.sampling.selections import SelectionRow

_selection = table(SelectionRow)


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Whether a series takes a target, and with which probability. Stored also for what was not drawn."""

    project: str
    day: date
    series: str
    target_kind: str
    target_id: str
    trace_id: str
    rule_version: str
    stratum: str
    probability: float
    drawn: bool
    decided_at: datetime
    at: datetime
    reached: float | None = None
    """Of the second step of a cascade: the probability with which the first one drew the target."""


class Plans(ProjectRepository):
    def decide(self, selections: Sequence[Selection], planned_at: datetime | None = None) -> None:
        """Store first decisions; a target that has one already keeps it.

        `planned_at` is now where the traces are planned already: they count from now on, so their minutes are marked.
        """
        rows = [{f: getattr(s, f) for f in Selection.__dataclass_fields__} for s in selections]
        self._put(SelectionRow, rows)
        if planned_at is not None:
            Marks(self._db).mark([(self._project, s.series, floor_minute(s.at)) for s in selections], planned_at)

    def of_traces(self, trace_ids: Sequence[str], days: Collection[date] = ()) -> list[Selection]:
        """What stands decided for the targets of these traces; `days`: on which they were first seen, where known."""
        found: list[Selection] = []
        for chunk in chunks(trace_ids):
            query = select(_selection).where(self._mine(_selection), _selection.c.trace_id.in_(chunk))
            if days:
                query = query.where(_selection.c.day.in_(days))
            found += [Selection(**row) for row in self._db.execute(query).mappings()]
        return found
