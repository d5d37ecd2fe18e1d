"""Everything that is kept of one user, and its deletion."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import ColumnElement, Table, and_, delete, select

from evaluator.core.times import floor_minute
from evaluator.store.repositories.base import ProjectRepository
from evaluator.store.repositories.series.marks import Marks
from evaluator.store.repositories.work.quarantine import Quarantine
from evaluator.store.sql import table
from evaluator.store.tables.review.labels import AnchorRow, LabelRow
from evaluator.store.tables.review.tasks import TaskRow
from evaluator.store.tables.review.waves import WaveDueRow, WaveUnitRow
from evaluator.store.tables.sampling.selections import CascadeDueRow, SelectionRow
from evaluator.store.tables.traces.annotations import AnnotationRow
from evaluator.store.tables.traces.parts import PartRow
from evaluator.store.tables.traces.samples import SampleRow
from evaluator.store.tables.traces.traces import TraceRow
from evaluator.store.tables.work.jobs import JobRow
from evaluator.store.tables.work.outcomes import OutcomeRow

_trace, _selection = table(TraceRow), table(SelectionRow)
_BY_DAY = (table(JobRow), _selection, table(WaveUnitRow), table(SampleRow), table(OutcomeRow), table(PartRow))
_BY_TRACE = (
    table(WaveDueRow), table(CascadeDueRow), table(TaskRow), table(LabelRow), table(AnchorRow), table(AnnotationRow),
)  # fmt: skip
"""In the order in which a worker that saves outcomes takes its locks, so that the two can not block each other."""


class People(ProjectRepository):
    """The traces of users, who are known by their pseudonyms."""

    def traces(self, user: str, limit: int) -> list[str]:
        """Traces that name this user."""
        return self._ids(_trace.c.user == user, limit)

    def companions(self, user: str, limit: int) -> list[str]:
        """Traces that name no user, of sessions in which this user is the only one that is named."""
        other = _trace.alias()
        hers = select(_trace.c.session).where(self._mine(_trace), _trace.c.user == user).distinct()
        shared = select(other.c.session).where(
            other.c.project == self._project, other.c.session == _trace.c.session,
            other.c.user.is_not(None), other.c.user != user,
        )  # fmt: skip
        return self._ids(_trace.c.user.is_(None) & _trace.c.session.in_(hers) & ~shared.exists(), limit)

    def unread(self, after: str, limit: int) -> list[str]:
        """Traces, by id from `after` on, whose parts have not been put together yet or could not be."""
        open_or_broken = _trace.c.settle_at.is_not(None) | (_trace.c.problem != "")
        return self._ids(open_or_broken & _trace.c.user.is_(None) & (_trace.c.id > after), limit)

    def _ids(self, where: ColumnElement[bool], limit: int) -> list[str]:
        query = select(_trace.c.id).where(self._mine(_trace), where).order_by(_trace.c.id).limit(limit)
        return list(self._db.execute(query).scalars())

    def erase(self, trace_ids: Sequence[str], now: datetime) -> dict[str, int]:
        """Delete traces with all that hangs on them, and have the rates that they counted in recomputed.

        Returns how many rows went, by table. The rows of the traces are locked first, so that no part can arrive
        for them before the transaction ends; one that arrives after it makes a new trace.
        """
        mine = and_(self._mine(_trace), _trace.c.id.in_(trace_ids))
        days: dict[date, list[str]] = defaultdict(list)
        for trace, day in self._db.execute(
            select(_trace.c.id, _trace.c.day).where(mine).order_by(_trace.c.id).with_for_update()
        ):
            days[day].append(trace)
        minutes = self._minutes(days)
        gone = {str(t.name): sum(self._delete(t, ids, day) for day, ids in days.items()) for t in _BY_DAY}
        gone |= {str(t.name): self._delete(t, trace_ids) for t in _BY_TRACE}
        Quarantine(self._db, self._project).clear_traces(trace_ids)
        gone[str(_trace.name)] = self._db.execute(delete(_trace).where(mine)).rowcount
        Marks(self._db).mark(minutes, now)
        return gone

    def _minutes(self, days: dict[date, list[str]]) -> set[tuple[str, str, datetime]]:
        """The (project, series, minute) in which the traces count."""
        found: set[tuple[str, str, datetime]] = set()
        for day, ids in days.items():
            query = select(_selection.c.series, _selection.c.at).where(
                self._mine(_selection), _selection.c.day == day, _selection.c.trace_id.in_(ids)
            )
            found |= {(self._project, series, floor_minute(at)) for series, at in self._db.execute(query)}
        return found

    def _delete(self, target: Table, trace_ids: Sequence[str], day: date | None = None) -> int:
        where = [self._mine(target), target.c.trace_id.in_(trace_ids)]
        if day is not None:
            where.append(target.c.day == day)
        return int(self._db.execute(delete(target).where(*where)).rowcount)
