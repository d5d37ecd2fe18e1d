"""Settled traces, their parts, and the contents that samples have had."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, func, literal, or_, select, update

from evaluator.core.quarantine import Kind, Step
from evaluator.core.trace import Passage, Sample, ToolCall
from evaluator.store.repositories.base import ProjectRepository
from evaluator.store.repositories.series.marks import ProjectMarks
from evaluator.store.repositories.work.quarantine import Quarantine
from evaluator.store.spare import Spared
from evaluator.store.sql import chunks, table
from evaluator.store.tables.traces.samples import SampleRow
from evaluator.store.tables.traces.traces import TraceRow

_trace, _sample = table(TraceRow), table(SampleRow)
SampleKey = tuple[Any, ...]
"""(project, day, target kind, target id, content hash)."""
_KEY = tuple(_sample.primary_key.columns)

PROBES = 64
"""Samples looked for in one statement: SQLite tries every id with every content."""
_planned: Spared[int] = Spared()
"""How many traces of a project are planned."""


@dataclass(frozen=True, slots=True)
class CurrentTarget:
    """What a trace holds now that can be scored, named by its content but without it."""

    trace_id: str
    day: date
    target_kind: str
    target_id: str
    content_hash: str


class Traces(ProjectRepository):
    def planned(self, days: Mapping[str, date], now: datetime) -> None:
        """Make settled traces (by id, with their day), which this transaction holds, planned ones; the minutes in
        which they count are marked."""
        trace_ids = list(days)
        for chunk in chunks(trace_ids):
            mine = (self._mine(_trace), _trace.c.id.in_(chunk), _trace.c.state == "settled")
            self._db.execute(update(_trace).where(*mine).values(state="planned", planned_hash=_trace.c.content_hash))
        ProjectMarks(self._db, self._project).traces(trace_ids, now, set(days.values()))
        Quarantine(self._db, self._project).clear(Step.SELECT, Kind.TRACE, trace_ids)

    def current_targets(self, trace_ids: Sequence[str], days: Collection[date]) -> list[CurrentTarget]:
        """The current samples of these traces (first seen on `days`), in the order of the answers, without texts."""
        columns = [_sample.c[f] for f in CurrentTarget.__dataclass_fields__]
        found: list[CurrentTarget] = []
        for chunk in chunks(trace_ids):
            query = (
                select(*columns)
                .where(self._mine(_sample), _sample.c.day.in_(days), _sample.c.trace_id.in_(chunk), _sample.c.current)
                .order_by(_sample.c.trace_id, _sample.c.position)
            )
            found += [CurrentTarget(*row) for row in self._db.execute(query)]
        return found

    def planned_between(
        self, start: datetime, end: datetime, after: tuple[datetime, str] | None, limit: int
    ) -> list[tuple[datetime, str]]:
        """(start, id) of planned traces that began in [start, end), newest first, from the one after `after` on."""
        at, name = _trace.c.start_at, _trace.c.id
        query = select(at, name).where(self._mine(_trace), at >= start, at < end, _trace.c.state == "planned")
        if after is not None:
            query = query.where(at <= after[0], or_(at < after[0], name > after[1]))
        return [(start_at, id) for start_at, id in self._db.execute(query.order_by(at.desc(), name).limit(limit))]

    def rows(self, trace_ids: Sequence[str]) -> list[dict[str, Any]]:
        """These traces with every column, in the order of their ids."""
        query = select(_trace).where(self._mine(_trace), _trace.c.id.in_(trace_ids)).order_by(_trace.c.id)
        return [dict(row) for row in self._db.execute(query).mappings()]

    def days(self, trace_ids: Sequence[str]) -> dict[str, date]:
        """The day of each of these traces that are there."""
        found: dict[str, date] = {}
        for chunk in chunks(trace_ids):
            query = select(_trace.c.id, _trace.c.day).where(self._mine(_trace), _trace.c.id.in_(chunk))
            found.update((id, day) for id, day in self._db.execute(query))
        return found

    def hold_planned(self, trace_ids: Sequence[str]) -> set[str]:
        """Those of the traces that are planned. They can not be settled anew before this transaction ends."""
        held: set[str] = set()
        for chunk in chunks(sorted(trace_ids)):  # sorted, as arrivals take their locks
            query = select(_trace.c.id).where(self._mine(_trace), _trace.c.id.in_(chunk), _trace.c.state == "planned")
            held.update(self._db.execute(query.order_by(_trace.c.id).with_for_update(read=True)).scalars())
        return held

    def states_between(self, start: datetime, end: datetime) -> dict[str, int]:
        """How many traces that began in [start, end) are in which state."""
        query = (
            select(_trace.c.state, func.count())
            .where(self._mine(_trace), _trace.c.start_at >= start, _trace.c.start_at < end)
            .group_by(_trace.c.state)
        )
        return {row[0]: row[1] for row in self._db.execute(query)}

    def samples(self, keys: Sequence[SampleKey]) -> dict[SampleKey, Sample]:
        """Samples by key, whether they are current or not."""
        found: dict[SampleKey, Sample] = {}
        for chunk in chunks(keys, PROBES):
            for row in self._db.execute(select(_sample).where(self._mine(_sample), *_among(chunk))).mappings():
                found[_key_of(row)] = sample_from(row)
        wanted = set(keys)
        return {key: sample for key, sample in found.items() if key in wanted}

    def current(self, keys: Sequence[SampleKey]) -> dict[SampleKey, bool]:
        """Whether each of the samples is what its target holds now; those that were deleted are left out.

        That can not change before this transaction ends: the rows are locked against it.
        """
        found: dict[SampleKey, bool] = {}
        for chunk in chunks(keys, PROBES):
            query = select(*_KEY, _sample.c.current).where(self._mine(_sample), *_among(chunk))
            # In the order in which settling locks samples, so that the two can not block each other.
            rows = self._db.execute(query.order_by(*_KEY).with_for_update(read=True)).mappings()
            found |= {_key_of(row): row["current"] for row in rows}
        wanted = set(keys)
        return {key: current for key, current in found.items() if key in wanted}

    def counts(self) -> dict[str, int]:
        """How many traces are open, settled (waiting to be planned) and planned; reads an index of all traces."""
        waiting = self._waiting()
        query = select(func.count()).select_from(_trace).where(self._mine(_trace))
        planned = int(self._db.execute(query).scalar_one()) - sum(waiting.values())
        return waiting | {"planned": planned}

    def stages(self) -> dict[str, int]:
        """`counts`, for those who ask often: however many traces are planned, counting them takes little of the time.

        Few are counted anew each time that one looks.
        """
        planned = _planned.get(self._db.engine, self._project, lambda: self.counts()["planned"])
        return self._waiting() | {"planned": planned}

    def _waiting(self) -> dict[str, int]:
        """How many traces are open, and how many settled but not planned, by the indexes that hold few others."""
        count = select(func.count()).select_from(_trace).where(self._mine(_trace))
        opened = count.where(_trace.c.settle_at.is_not(None))
        settled = count.where(_trace.c.state == literal("settled", literal_execute=True))
        return {
            "open": int(self._db.execute(opened).scalar_one()),
            "settled": int(self._db.execute(settled).scalar_one()),
        }


def _among(keys: Sequence[SampleKey]) -> list[ColumnElement[bool]]:
    """A condition that holds for these samples, and hardly for others: one text for any number of them."""
    columns = zip(_KEY[1:], zip(*(key[1:] for key in keys), strict=True), strict=True)
    return [column.in_(sorted(set(values))) for column, values in columns]


def _key_of(row: Any) -> SampleKey:
    return tuple(row[c.name] for c in _KEY)


def sample_from(row: Any) -> Sample:
    """The sample that a row of the sample table holds."""
    return Sample(
        project=row["project"],
        target_kind=row["target_kind"],
        target_id=row["target_id"],
        question=row["question"],
        answer=row["answer"],
        passages=tuple(Passage(**p) for p in row["passages"]),
        system_prompt=row["system_prompt"],
        tool_calls=tuple(ToolCall(**call) for call in row["tool_calls"] or ()),
    )
