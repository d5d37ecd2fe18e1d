"""Deletes what is older than it is to be kept, in batches small enough that nobody waits for them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from itertools import groupby
from operator import itemgetter
from typing import Any

from sqlalchemy import ColumnElement, Table, and_, delete, exists, select, text, tuple_

from evaluator.store.repositories.base import Repository
from evaluator.store.repositories.retention.partitions import TABLES, Partition
from evaluator.store.repositories.work.quarantine import Quarantine
from evaluator.store.sql import table
from evaluator.store.tables.access.projects import ProjectRow
from evaluator.store.tables.sampling.selections import SelectionRow
from evaluator.store.tables.traces.annotations import AnnotationRow
from evaluator.store.tables.traces.traces import TraceRow
from evaluator.store.tables.work.jobs import JobRow

_trace, _annotation, _job = table(TraceRow), table(AnnotationRow), table(JobRow)
_project, _selection = table(ProjectRow), table(SelectionRow)


Kept = Mapping[str, date]


class Retention(Repository):
    """What there is, in every project, of traces first seen on `last` or before. Every deletion can be repeated.

    `kept` are projects of which nothing is deleted from a day on.
    """

    def projects(self, last: date) -> list[str]:
        """The projects that decided on such traces."""
        old = exists().where(_selection.c.project == _project.c.id, _selection.c.day <= last)
        return list(self._db.execute(select(_project.c.id).where(old).order_by(_project.c.id)).scalars())

    def delete_traces(self, last: date, limit: int, kept: Kept) -> int:
        """Delete up to `limit` traces with what others said of them; returns how many went."""
        found = self._locked(_trace, ("project", "id"), and_(_trace.c.day <= last, *_without(_trace, kept)), limit)
        if found:
            for project, group in groupby(sorted(found), key=itemgetter(0)):
                Quarantine(self._db, project).clear_traces([trace for _, trace in group])
            said = tuple_(_annotation.c.project, _annotation.c.trace_id)
            self._db.execute(delete(_annotation).where(said.in_(found)))
            self._db.execute(delete(_trace).where(tuple_(_trace.c.project, _trace.c.id).in_(found)))
        return len(found)

    def delete_annotations(self, before: datetime, limit: int) -> int:
        """Delete up to `limit` things said, before then, of traces that never came; returns how many went."""
        there = exists().where(_trace.c.project == _annotation.c.project, _trace.c.id == _annotation.c.trace_id)
        key = ("project", "kind", "id")
        found = self._locked(_annotation, key, (_annotation.c.received_at < before) & ~there, limit)
        if found:
            self._db.execute(delete(_annotation).where(tuple_(*(_annotation.c[name] for name in key)).in_(found)))
        return len(found)

    def delete_jobs(self, last: date, limit: int, kept: Kept) -> int:
        """Delete up to `limit` jobs, dead ones too; returns how many went."""
        found = self._locked(_job, ("id",), and_(_job.c.day <= last, *_without(_job, kept)), limit)
        self._db.execute(delete(_job).where(_job.c.id.in_([row[0] for row in found])))
        return len(found)

    def _locked(
        self, target: Table, key: Sequence[str], where: ColumnElement[bool], limit: int
    ) -> list[tuple[Any, ...]]:
        """The keys of some rows, which nobody else changes before this transaction ends."""
        query = select(*(target.c[name] for name in key)).where(where).limit(limit)
        rows = self._db.execute(query.with_for_update(of=target))
        return [tuple(row) for row in rows]

    def delete_rows(self, last: date, limit: int, kept: Kept) -> int:
        """Delete up to `limit` rows of a table that PostgreSQL keeps by day, where they lie in no day's partition."""
        suffix = "_default" if self._db.dialect.name == "postgresql" else ""
        for name in TABLES:
            if gone := self._delete_from(name + suffix, last, limit, kept):
                return gone
        return 0

    def empty(self, partition: Partition, limit: int, kept: Kept) -> int:
        """Delete up to `limit` rows of a day's partition that is not to be dropped."""
        return self._delete_from(partition.name, partition.day, limit, kept)

    def _delete_from(self, rows: str, last: date, limit: int, kept: Kept) -> int:
        place = "ctid" if self._db.dialect.name == "postgresql" else "rowid"
        others = "".join(f" AND NOT ({rows}.project = :p{i} AND {rows}.day >= :d{i})" for i in range(len(kept)))
        statement = text(
            f"DELETE FROM {rows} WHERE {place} IN (SELECT {rows}.{place} FROM project "  # noqa: S608 - names of ours
            f"JOIN {rows} ON {rows}.project = project.id WHERE {rows}.day <= :last{others} LIMIT :limit)"
        )  # by project, as the keys begin with it
        values: dict[str, Any] = {"last": last.isoformat(), "limit": limit}
        for i, (project, day) in enumerate(sorted(kept.items())):
            values |= {f"p{i}": project, f"d{i}": day.isoformat()}
        return int(self._db.execute(statement, values).rowcount)


def _without(target: Table, kept: Kept) -> list[ColumnElement[bool]]:
    return [~and_(target.c.project == project, target.c.day >= day) for project, day in kept.items()]
