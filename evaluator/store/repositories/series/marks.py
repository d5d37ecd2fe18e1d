"""Which minutes changed."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime

from sqlalchemy import ColumnElement, delete, func, select

from evaluator.core.times import floor_minute
from evaluator.store.repositories.base import PROJECT, ProjectRepository, Repository
from evaluator.store.sql import chunks, table, try_lock, upsert
from evaluator.store.tables.catalog.rules import RuleRow
from evaluator.store.tables.sampling.selections import SelectionRow
from evaluator.store.tables.series.marks import DirtyRow

_dirty, _rule, _selection = table(DirtyRow), table(RuleRow), table(SelectionRow)

Target = tuple[date, str, str]
"""(day, kind, id)."""


class Marks(Repository):
    """The minutes, of every project, that wait to be recomputed."""

    def mark(self, marks: Iterable[tuple[str, str, datetime]], now: datetime) -> None:
        """Mark minutes (project, series, minute) as changed.

        An existing mark is touched rather than left alone: the row lock makes a concurrent aggregation wait for
        this transaction, so that it can not delete the mark without having seen the score.
        """
        rows = [{"project": p, "series": s, "minute": m, "marked_at": now} for p, s, m in sorted(set(marks))]
        upsert(self._db, DirtyRow, rows, update=("marked_at",))

    def projects(self) -> list[str]:
        """The projects that have a minute that waits to be recomputed."""
        return self._projects_with(select(_dirty.c.minute).where(_dirty.c.project == PROJECT))

    def count(self) -> int:
        """How many minutes wait."""
        return int(self._db.execute(select(func.count()).select_from(_dirty)).scalar_one())


class ProjectMarks(ProjectRepository):
    """The marks of one project: set by the repositories that write what its rates depend on."""

    def targets(self, fingerprint: str, targets: Sequence[Target], now: datetime) -> None:
        """Mark the minutes of these targets in every series of an evaluator version."""
        pinned = select(_rule.c.series).where(self._mine(_rule), _rule.c.fingerprint == fingerprint)
        series = list(self._db.execute(pinned.distinct()).scalars())
        marks: list[tuple[str, str, datetime]] = []
        for chunk in chunks(targets):
            days, kinds, ids = zip(*chunk, strict=True)
            query = select(_selection.c.series, _selection.c.at).where(
                self._mine(_selection),
                _selection.c.day.in_(sorted(set(days))),
                _selection.c.series.in_(series),
                _selection.c.target_kind.in_(sorted(set(kinds))),
                _selection.c.target_id.in_(ids),
            )
            marks += [(self._project, s, floor_minute(at)) for s, at in self._db.execute(query)]
        Marks(self._db).mark(marks, now)

    def traces(self, trace_ids: Sequence[str], now: datetime, days: Collection[date] = ()) -> None:
        """Mark every minute in which these traces count; `days`: on which they were first seen, where known."""
        query = select(_selection.c.series, _selection.c.at).where(
            self._mine(_selection), _selection.c.trace_id.in_(trace_ids)
        )
        if days:
            query = query.where(_selection.c.day.in_(days))
        Marks(self._db).mark([(self._project, s, floor_minute(at)) for s, at in self._db.execute(query)], now)

    def count(self) -> int:
        """How many minutes of this project wait."""
        query = select(func.count()).select_from(_dirty).where(self._mine(_dirty))
        return int(self._db.execute(query).scalar_one())

    def series(self) -> list[str]:
        """The series that have a minute that waits, that of the oldest mark first."""
        oldest = func.min(_dirty.c.marked_at)
        query = select(_dirty.c.series).where(self._mine(_dirty)).group_by(_dirty.c.series).order_by(oldest)
        return list(self._db.execute(query).scalars())

    def minutes(self, series: str, limit: int) -> list[datetime]:
        """Up to `limit` minutes of a series that wait, oldest mark first."""
        query = select(_dirty.c.minute).where(*self._of(series)).order_by(_dirty.c.marked_at).limit(limit)
        return list(self._db.execute(query).scalars())

    def take(self, series: str, minutes: Sequence[datetime]) -> list[datetime]:
        """Remove the marks of these minutes of a series; returns those that there were.

        To be followed, in the same transaction, by the recomputation of those minutes. Until it ends, nobody else
        takes marks of the series: two who merge the same hour at once would each miss the other's minute. Marks of
        scores that are not committed yet are left for later.
        """
        if not try_lock(self._db, "aggregate", self._project, series):
            return []
        query = (
            select(_dirty.c.minute).where(*self._of(series), _dirty.c.minute.in_(minutes)).order_by(_dirty.c.minute)
        )
        taken = list(self._db.execute(query.with_for_update(skip_locked=True)).scalars())
        self._db.execute(delete(_dirty).where(*self._of(series), _dirty.c.minute.in_(taken)))
        return taken

    def drop(self, series: str, minute: datetime) -> None:
        """Take a mark away: the minute is set aside."""
        self._db.execute(delete(_dirty).where(*self._of(series), _dirty.c.minute == minute))

    def _of(self, series: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
        return self._mine(_dirty), _dirty.c.series == series
