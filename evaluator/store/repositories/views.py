"""What pages and the API show of traces: lists with filters, search and sorting, and single traces."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select

from evaluator.store.repositories.base import ProjectRepository
from evaluator.store.sql import table
from evaluator.store.tables.annotation import AnnotationRow
from evaluator.store.tables.trace import SampleRow, TraceRow
from evaluator.store.tables.work import OutcomeRow

_trace, _sample, _outcome = table(TraceRow), table(SampleRow), table(OutcomeRow)
_annotation = table(AnnotationRow)

EXACT = ("model", "prompt_version", "environment", "service", "session", "user", "status")


@dataclass(frozen=True, slots=True, kw_only=True)
class TraceFilter:
    """Which traces to list. `exact` holds column = value pairs of `EXACT`; `text` is searched in the samples.

    `fingerprint` names the evaluator version whose outcomes are shown, `label` keeps traces that it labelled so,
    `worst` sorts by its badness. `annotation` keeps traces that have a score or feedback of this name.
    """

    exact: dict[str, str] = field(default_factory=dict)
    text: str = ""
    start: datetime | None = None
    end: datetime | None = None
    fingerprint: str | None = None
    label: str | None = None
    annotation: str | None = None
    worst: bool = False
    limit: int = 50
    offset: int = 0


class Views(ProjectRepository):
    def traces(self, f: TraceFilter) -> list[dict[str, Any]]:
        """Traces with the worst current outcome of `f.fingerprint` (value, badness, label, reason: None without)."""
        worst = self._worst(f.fingerprint)
        query = (
            select(_trace, worst.c.badness, worst.c.label, worst.c.reason)
            .outerjoin(worst, worst.c.trace_id == _trace.c.id)
            .where(*self._where(f))
        )
        if f.label:
            query = query.where(worst.c.label == f.label)
        order = [_trace.c.start_at.desc(), _trace.c.id]
        if f.worst:
            query = query.where(worst.c.badness.is_not(None))
            order.insert(0, worst.c.badness.desc())
        rows = self._db.execute(query.order_by(*order).limit(f.limit).offset(f.offset)).mappings()
        return [dict(row) for row in rows]

    def _worst(self, fingerprint: str | None) -> Any:
        """One row a trace: its outcome of highest badness (scores before failures)."""
        rank = func.row_number().over(
            partition_by=_outcome.c.trace_id,
            order_by=(func.coalesce(_outcome.c.badness, -1.0).desc(), _outcome.c.target_id),
        )
        inner = (
            select(_outcome.c.trace_id, _outcome.c.badness, _outcome.c.label, _outcome.c.reason, rank.label("rank"))
            .where(
                self._mine(_outcome),
                _outcome.c.fingerprint == (fingerprint or ""),
                _outcome.c.purpose == "production",
                ~_outcome.c.superseded,
            )
            .subquery()
        )
        return select(inner).where(inner.c.rank == 1).subquery()

    def _where(self, f: TraceFilter) -> list[ColumnElement[bool]]:
        where: list[ColumnElement[bool]] = [self._mine(_trace)]
        where += [_trace.c[name] == value for name, value in f.exact.items() if name in EXACT]
        if f.start:
            where.append(_trace.c.start_at >= f.start)
        if f.end:
            where.append(_trace.c.start_at < f.end)
        if f.annotation:
            said = (_annotation.c.trace_id == _trace.c.id, _annotation.c.name == f.annotation)
            where.append(select(_annotation.c.id).where(self._mine(_annotation), *said).exists())
        if f.text:
            where.append(self._matches(f.text))
        return where

    def _matches(self, text: str) -> ColumnElement[bool]:
        """Traces whose id is `text`, or whose questions or answers hold it."""
        like = "%" + text.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_") + "%"
        holds = or_(_sample.c.question.ilike(like, escape="\\"), _sample.c.answer.ilike(like, escape="\\"))
        same = and_(_sample.c.trace_id == _trace.c.id, _sample.c.day == _trace.c.day)
        mine = and_(self._mine(_sample), same, _sample.c.current)
        return or_(_trace.c.id == text, select(_sample.c.trace_id).where(mine, holds).exists())

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
        """The distinct values of one of `EXACT`, for filters."""
        if column not in EXACT:
            raise KeyError(column)
        c = _trace.c[column]
        query = select(c).where(self._mine(_trace), c.is_not(None)).distinct().order_by(c).limit(limit)
        return list(self._db.execute(query).scalars())

    def span_of_time(self) -> tuple[datetime, datetime] | None:
        """The start of the oldest and of the newest trace."""
        query = select(func.min(_trace.c.start_at), func.max(_trace.c.start_at)).where(self._mine(_trace))
        low, high = self._db.execute(query).one()
        return None if low is None else (low, high)
