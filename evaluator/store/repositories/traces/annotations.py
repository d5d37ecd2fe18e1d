"""Scores and feedback from elsewhere, kept by trace id whether or not the trace has arrived."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, func, select, update

from evaluator.core.annotation import Annotation, AnnotationKind
from evaluator.core.people import seal_value
from evaluator.store.repositories.base import ProjectRepository
from evaluator.store.sql import chunks, table
from evaluator.store.tables.traces.annotations import AnnotationRow
from evaluator.store.tables.traces.traces import TraceRow

_annotation, _trace = table(AnnotationRow), table(TraceRow)
NEWEST = 1000
"""Annotations of a kind that are looked at for the names that there are."""
_SAID = [c.name for c in _annotation.columns if c.name not in ("project", "kind", "id")]


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnotationFilter:
    """Which annotations to list; `start` and `end` bound when they were given, `matched`: has the trace arrived."""

    kind: AnnotationKind
    trace_id: str | None = None
    name: str | None = None
    start: datetime | None = None
    end: datetime | None = None
    matched: bool | None = None
    limit: int = 100
    offset: int = 0


class Annotations(ProjectRepository):
    def put(self, annotations: Sequence[Annotation], secret: str, now: datetime) -> None:
        """Store annotations, with their users sealed by the project's secret; one whose id is there already replaces
        it. No id may come twice."""
        rows = [asdict(a) | {"kind": a.kind.value, "received_at": now} for a in annotations]
        for row in rows:
            row["facts"] = seal_value(secret, row["facts"])
        self._put(AnnotationRow, rows, update=_SAID)

    def traces_of(self, kind: AnnotationKind, ids: Sequence[str]) -> dict[str, str]:
        """The trace that each of those annotations is about that there are, by id."""
        found: dict[str, str] = {}
        for chunk in chunks(ids):
            query = select(_annotation.c.id, _annotation.c.trace_id).where(
                self._mine(_annotation), _annotation.c.kind == kind.value, _annotation.c.id.in_(chunk)
            )
            found.update((row[0], row[1]) for row in self._db.execute(query))
        return found

    def arrived(self, trace_ids: Sequence[str]) -> set[str]:
        """Those of the traces that have arrived."""
        found: set[str] = set()
        for chunk in chunks(trace_ids):
            query = select(_trace.c.id).where(self._mine(_trace), _trace.c.id.in_(chunk))
            found.update(self._db.execute(query).scalars())
        return found

    def pass_on_feedback(self, trace_ids: Sequence[str]) -> None:
        """Make the latest feedback on each of these traces the trace's own; one without any keeps what it says.

        Called by whoever stores feedback and by whoever settles traces, after they have written: both then hold the
        locks on the traces' rows, so that of two at a time the later one sees what the other did.
        """
        for chunk in chunks(sorted(trace_ids)):
            rows = select(_trace.c.id).where(self._mine(_trace), _trace.c.id.in_(chunk)).order_by(_trace.c.id)
            held = list(self._db.execute(rows.with_for_update()).scalars())
            for trace_id, (_, value) in self.latest_feedback(held).items():
                mine = and_(self._mine(_trace), _trace.c.id == trace_id)
                self._db.execute(update(_trace).where(mine).values(feedback=value))

    def latest_feedback(self, trace_ids: Sequence[str]) -> dict[str, tuple[str, float]]:
        """Of those of a few traces that have feedback, the id and value of the latest."""
        latest = [_annotation.c[name].desc() for name in ("at", "received_at", "id")]
        place = func.row_number().over(partition_by=_annotation.c.trace_id, order_by=latest).label("place")
        given = (
            select(_annotation.c.trace_id, _annotation.c.id, _annotation.c.value, place)
            .where(
                self._mine(_annotation), _annotation.c.trace_id.in_(trace_ids),
                _annotation.c.kind == AnnotationKind.FEEDBACK.value,
            )
            .subquery()
        )  # fmt: skip
        query = select(given.c.trace_id, given.c.id, given.c.value).where(given.c.place == 1)
        return {row[0]: (row[1], row[2]) for row in self._db.execute(query)}

    def of_trace(self, trace_id: str, limit: int = 200) -> list[dict[str, Any]]:
        """What is said of a trace, the latest first."""
        return self._listed(_annotation.c.trace_id == trace_id, limit=limit)

    def find(self, f: AnnotationFilter) -> list[dict[str, Any]]:
        """Annotations, the latest first, each with whether its trace has arrived (`matched`)."""
        where = [_annotation.c.kind == f.kind.value]
        where += [_annotation.c.trace_id == f.trace_id] if f.trace_id is not None else []
        where += [_annotation.c.name == f.name] if f.name is not None else []
        where += [_annotation.c.at >= f.start] if f.start is not None else []
        where += [_annotation.c.at < f.end] if f.end is not None else []
        where += [_trace.c.id.is_not(None) == f.matched] if f.matched is not None else []
        return self._listed(*where, limit=f.limit, offset=f.offset)

    def names(self, kind: AnnotationKind | None = None) -> set[str]:
        """The names among the newest annotations, of one kind or of both: of very many, not all."""
        found: set[str] = set()
        for one in AnnotationKind if kind is None else (kind,):
            mine = (self._mine(_annotation), _annotation.c.kind == one.value)
            newest = select(_annotation.c.name).where(*mine).order_by(_annotation.c.at.desc()).limit(NEWEST)
            found.update(self._db.execute(newest).scalars())
        return found

    def is_named(self, name: str, kind: AnnotationKind | None = None) -> bool:
        """Whether there is any annotation of this name. Reads them all where there is none."""
        where = [self._mine(_annotation), _annotation.c.name == name]
        where += [] if kind is None else [_annotation.c.kind == kind.value]
        return self._db.execute(select(_annotation.c.id).where(*where).limit(1)).first() is not None

    def _listed(self, *where: Any, limit: int, offset: int = 0) -> list[dict[str, Any]]:
        query = (
            select(_annotation, _trace.c.id.is_not(None).label("matched"))
            .outerjoin(_trace, _same_trace())
            .where(self._mine(_annotation), *where)
            .order_by(_annotation.c.at.desc(), _annotation.c.kind, _annotation.c.id)
            .limit(limit)
            .offset(offset)
        )
        return [dict(row) for row in self._db.execute(query).mappings()]


def _same_trace() -> Any:
    return and_(_trace.c.project == _annotation.c.project, _trace.c.id == _annotation.c.trace_id)
