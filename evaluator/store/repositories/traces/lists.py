"""Lists of traces: which ones, in which order, with the worst outcome of each, at a cost that the page decides.

No list reads all outcomes. The newest traces are found by their start, and only their outcomes are read. What depends
on outcomes is found from the side on which there is less: few outcomes are read whole and their traces sorted; where
there are many, traces are gone through, newest first, until the page is full, which is soon.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import islice
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, and_, cast, func, or_, select
from sqlalchemy.dialects.postgresql import JSONB

from evaluator.core.bounds import SEARCH
from evaluator.core.times import AHEAD
from evaluator.core.trace import Fact
from evaluator.store.repositories.base import ProjectRepository
from evaluator.store.repositories.traces.gaps import lacks
from evaluator.store.sql import CHUNK, chunks, table, unindexed
from evaluator.store.tables.traces.annotations import AnnotationRow
from evaluator.store.tables.traces.samples import SampleRow
from evaluator.store.tables.traces.traces import TraceRow
from evaluator.store.tables.work.outcomes import OutcomeRow

_trace, _sample, _outcome = table(TraceRow), table(SampleRow), table(OutcomeRow)
_annotation = table(AnnotationRow)

EXACT = ("model", "prompt_version", "environment", "service", "session", "user", "status", "sender")
MAX_TEXT = SEARCH.size
"""Characters of a text that is searched for: looking for it costs as much as both texts are long, multiplied."""
NARROW = ("session", "user")
"""Filters that have an index, and that few traces pass."""
FEW = 10_000
"""So many traces or outcomes are read whole and sorted; of more, a walk through the traces finds some soon."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TraceFilter:
    """Which traces to list. `exact` holds column = value pairs of `EXACT`; `text` is searched in the samples.

    `fingerprint` names the evaluator version whose outcomes are shown, `label` keeps traces that it labelled so,
    `worst` sorts by its badness. `annotation` keeps traces that have a score or feedback of this name, `tag` those
    that have this tag, `missing` those that are known to lack this fact.
    """

    exact: dict[str, str] = field(default_factory=dict)
    text: str = ""
    start: datetime | None = None
    end: datetime | None = None
    fingerprint: str | None = None
    label: str | None = None
    annotation: str | None = None
    tag: str | None = None
    missing: Fact | None = None
    worst: bool = False
    limit: int = 50
    offset: int = 0


class _Key(NamedTuple):
    """A trace, and where it stands among others."""

    start: datetime
    id: str
    day: date


class _Worst(NamedTuple):
    """The outcome of a trace that has the highest badness; a failure has none."""

    badness: float | None = None
    label: str | None = None
    reason: str | None = None


_Listed = tuple[_Key, _Worst]
_KEY = (_trace.c.start_at, _trace.c.id, _trace.c.day)


class Lists(ProjectRepository):
    def traces(self, f: TraceFilter) -> list[dict[str, Any]]:
        """Traces with the worst current outcome of `f.fingerprint` (value, badness, label, reason: None without)."""
        if f.worst or f.label:
            page = list(islice(self._ranked(f), f.offset, f.offset + f.limit))
        else:
            page = self._judged(f, self._keys(f, f.limit, f.offset))
        rows: dict[str, dict[str, Any]] = {}
        for chunk in chunks([key.id for key, _ in page]):
            query = select(_trace).where(self._mine(_trace), _trace.c.id.in_(chunk))
            rows |= {row["id"]: dict(row) for row in self._db.execute(query).mappings()}
        return [rows[key.id] | worst._asdict() for key, worst in page if key.id in rows]

    def _ranked(self, f: TraceFilter) -> Iterator[_Listed]:
        """The traces that have the label or badness asked for, in order."""
        if f.start or _is_narrow(f):
            found = self._keys(f, FEW + 1)
            if len(found) <= FEW:
                yield from _sorted(f, (one for one in self._judged(f, found) if _passes(f, one[1])))
                return
        if f.worst:
            yield from self._by_badness(f)
            return
        labelled = self._outcomes(f, FEW + 1)
        yield from self._walk(f) if len(labelled) > FEW else self._of(f, labelled)

    def _by_badness(self, f: TraceFilter) -> Iterator[_Listed]:
        """From the outcomes, worst first: those of equal badness together, as their order is that of their traces."""
        below: float | None = None
        while chunk := self._outcomes(f, CHUNK, by_badness=True, below=below):
            last = chunk[-1][1]
            if len(chunk) == CHUNK:
                whole = [one for one in chunk if one[1] != last]  # there may be more like the last one
                if not whole:
                    whole = self._outcomes(f, FEW + 1, at=last)
                    if len(whole) > FEW:
                        yield from self._walk(f, last)
                        below = last
                        continue
                chunk = whole
            yield from self._of(f, chunk)
            below = chunk[-1][1]

    def _walk(self, f: TraceFilter, badness: float | None = None) -> Iterator[_Listed]:
        """Through the traces, newest first: those with the label asked for, and with this badness if one is given."""
        after: _Key | None = None
        while keys := self._keys(f, CHUNK, after=after):
            for key, worst in self._judged(f, keys):
                if _passes(f, worst) and badness in (None, worst.badness):
                    yield key, worst
            after = keys[-1]

    def _of(self, f: TraceFilter, outcomes: Sequence[tuple[str, float | None]]) -> list[_Listed]:
        """The traces of `outcomes` that pass the filter and have nothing worse, in order."""
        best = dict(sorted(outcomes, key=lambda o: -1.0 if o[1] is None else o[1]))  # the last of a trace stays
        keys: list[_Key] = []
        for chunk in chunks(list(best)):
            query = select(*_KEY).where(*self._where(f, found=True), _trace.c.id.in_(chunk))
            keys += [_Key(*row) for row in self._db.execute(query)]
        judged = self._judged(f, keys)
        return _sorted(f, ((k, w) for k, w in judged if _passes(f, w) and w.badness == best[k.id]))

    def _outcomes(
        self, f: TraceFilter, limit: int, *, by_badness: bool = False, below: float | None = None,
        at: float | None = None,
    ) -> list[tuple[str, float | None]]:  # fmt: skip
        """(trace, badness) of current outcomes with the label asked for, `below` or `at` a badness."""
        query = select(_outcome.c.trace_id, _outcome.c.badness).where(*self._current(f))
        if f.label:
            query = query.where(_outcome.c.label == f.label)
        if f.start:
            query = query.where(_outcome.c.day >= f.start.date() - AHEAD)
        if below is not None:
            query = query.where(_outcome.c.badness < below)
        if at is not None:
            query = query.where(_outcome.c.badness == at)
        if by_badness:
            query = query.where(_outcome.c.badness.is_not(None)).order_by(_outcome.c.badness.desc())
        return [(trace_id, badness) for trace_id, badness in self._db.execute(query.limit(limit))]

    def _judged(self, f: TraceFilter, keys: Sequence[_Key]) -> list[_Listed]:
        """Each of the traces with its outcome of highest badness (scores before failures)."""
        worst: dict[str, tuple[tuple[float, str], _Worst]] = {}
        columns = ("trace_id", "target_id", "badness", "label", "reason")
        fingerprint = unindexed(self._db, _outcome.c.fingerprint)
        day = unindexed(self._db, _outcome.c.day)
        for chunk in chunks(keys) if f.fingerprint else ():
            query = select(*(_outcome.c[name] for name in columns)).where(
                self._mine(_outcome),
                day.in_({key.day for key in chunk}),
                _outcome.c.trace_id.in_([key.id for key in chunk]),
                fingerprint == f.fingerprint,
                *_production(),
            )
            for trace_id, target_id, badness, label, reason in self._db.execute(query):
                rank = (1.0 if badness is None else -badness, target_id)
                if trace_id not in worst or rank < worst[trace_id][0]:
                    worst[trace_id] = rank, _Worst(badness, label, reason)
        return [(key, worst[key.id][1] if key.id in worst else _Worst()) for key in keys]

    def _current(self, f: TraceFilter) -> list[ColumnElement[bool]]:
        return [self._mine(_outcome), _outcome.c.fingerprint == (f.fingerprint or ""), *_production()]

    def _keys(self, f: TraceFilter, limit: int, offset: int = 0, after: _Key | None = None) -> list[_Key]:
        """The newest traces that pass the filter, but for the label."""
        query = select(*_KEY).where(*self._where(f))
        at, name = self._start(by_index=not _is_narrow(f)), _trace.c.id
        if after is not None:
            query = query.where(at <= after.start, or_(at < after.start, name > after.id))
        rows = self._db.execute(query.order_by(at.desc(), name).limit(limit).offset(offset))
        return [_Key(*row) for row in rows]

    def _start(self, *, by_index: bool) -> ColumnElement[datetime]:
        return _trace.c.start_at if by_index else unindexed(self._db, _trace.c.start_at)

    def _where(self, f: TraceFilter, *, found: bool = False) -> list[ColumnElement[bool]]:
        """What a trace must be; `found`: it is named by its id, and is not to be looked for by anything else."""
        exact = {name: unindexed(self._db, _trace.c[name]) if found else _trace.c[name] for name in EXACT}
        at = self._start(by_index=not found and not _is_narrow(f))
        where: list[ColumnElement[bool]] = [self._mine(_trace)]
        where += [exact[name] == value for name, value in f.exact.items() if name in EXACT]
        if f.start:
            where.append(at >= f.start)
        if f.end:
            where.append(at < f.end)
        if f.annotation is not None:
            said = (_annotation.c.trace_id == _trace.c.id, _annotation.c.name == f.annotation)
            where.append(select(_annotation.c.id).where(self._mine(_annotation), *said).exists())
        if f.tag is not None:
            where.append(self._is_tagged(f.tag))
        if f.missing is not None:
            where.append(lacks(f.missing))
        if f.text:
            where.append(self._matches(f.text))
        return where

    def _is_tagged(self, tag: str) -> ColumnElement[bool]:
        if self._db.dialect.name == "sqlite":
            each = func.json_each(_trace.c.tags).table_valued("value")
            return select(each.c.value).where(each.c.value == tag).correlate(_trace).exists()
        return cast(_trace.c.tags, JSONB).contains([tag])

    def _matches(self, text: str) -> ColumnElement[bool]:
        """Traces whose id is `text`, or whose questions or answers hold it."""
        holds = or_(self._holds(_sample.c.question, text), self._holds(_sample.c.answer, text))
        same = and_(_sample.c.trace_id == _trace.c.id, _sample.c.day == _trace.c.day)
        mine = and_(self._mine(_sample), same, _sample.c.current)
        return or_(_trace.c.id == text, select(_sample.c.trace_id).where(mine, holds).exists())

    def _holds(self, column: ColumnElement[str], text: str) -> ColumnElement[bool]:
        """Whether `column` holds `text`, in whatever case.

        LIKE takes forty times as long where both repeat themselves, and can not be interrupted within one text.
        """
        place = func.instr if self._db.dialect.name == "sqlite" else func.strpos
        return place(func.lower(column), func.lower(text)) > 0


def _is_narrow(f: TraceFilter) -> bool:
    return any(name in f.exact for name in NARROW)


def _production() -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return _outcome.c.purpose == "production", ~_outcome.c.superseded


def _passes(f: TraceFilter, worst: _Worst) -> bool:
    return (not f.label or worst.label == f.label) and (not f.worst or worst.badness is not None)


def _sorted(f: TraceFilter, listed: Iterator[_Listed]) -> list[_Listed]:
    """Newest first, or worst first and then newest first."""
    by_id = sorted(listed, key=lambda one: one[0].id)
    newest = sorted(by_id, key=lambda one: one[0].start, reverse=True)
    return sorted(newest, key=lambda one: -(one[1].badness or 0.0)) if f.worst else newest
