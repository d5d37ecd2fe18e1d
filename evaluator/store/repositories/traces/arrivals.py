"""What comes in, and what becomes of it when it settles."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import and_, func, literal, select, tuple_, update

from evaluator.core.ids import content_hash
from evaluator.core.people import seal_users
from evaluator.core.quarantine import Kind, Step
from evaluator.core.trace import TARGET_ANSWER, Part, Sample, Trace, target_id
from evaluator.store.repositories.base import PROJECT, Repository
from evaluator.store.repositories.series.marks import ProjectMarks
from evaluator.store.repositories.traces.gaps import gap_values
from evaluator.store.repositories.work.quarantine import Quarantine
from evaluator.store.sql import chunks, table, upsert
from evaluator.store.tables.traces.parts import PartRow
from evaluator.store.tables.traces.samples import SampleRow
from evaluator.store.tables.traces.traces import TraceRow

PREVIEW = 400
"""Characters of input and output kept on the trace row, for lists."""

SETTLE_LEASE = timedelta(seconds=30)
"""For so long a trace belongs to who settles it."""

_trace, _part, _sample = table(TraceRow), table(PartRow), table(SampleRow)
QUARANTINED = "quarantined"
# Said in the statement itself, as an index that has a condition can only be used where that is known to hold.
_SETTLED = _trace.c.state == literal("settled", literal_execute=True)


@dataclass(frozen=True, slots=True)
class Due:
    """A trace that has gone quiet, at the revision at which it was seen to be."""

    project: str
    id: str
    day: date
    revision: int
    content_hash: str
    planned_hash: str
    first_seen_at: datetime
    """Tells a trace from one of the same id that was deleted meanwhile."""


@dataclass(frozen=True, slots=True)
class Built:
    """What a due trace was put together to, with the key of its cluster."""

    due: Due
    trace: Trace
    cluster: int


_SEEN = ("project", "id", "day", "revision", "first_seen_at", "last_seen_at")
"""What arrivals know of a trace before it settles."""


class Arrivals(Repository):
    """Traces of every project, on their way to being planned."""

    def arrive(self, parts: Sequence[Part], secrets: Mapping[str, str], now: datetime, quiet: timedelta) -> None:
        """Store `parts`, with their users sealed by the secrets of their projects, and put off the settling of their
        traces; safe to repeat.

        A part that is stored already with the same content does not reopen its trace's quiet period, because the
        trace can not have changed by it; it is still written, which costs little and is simplest.
        """
        latest = {(p.project, p.trace_id, p.part_id): p for p in parts}
        days = self._touch(list(latest.values()), now, quiet)
        rows = [_part_row(p, secrets[p.project], days[p.project, p.trace_id], now) for p in latest.values()]
        changed = ("source", "name", "start_at", "end_at", "complete", "received_at", "body")
        upsert(self._db, PartRow, rows, update=changed)

    def _touch(self, parts: Sequence[Part], now: datetime, quiet: timedelta) -> dict[tuple[str, str], date]:
        """Insert or reopen the traces of `parts`; returns the day that each trace was given at first sight."""
        grouped: dict[tuple[str, str], list[Part]] = {}
        for p in parts:
            grouped.setdefault((p.project, p.trace_id), []).append(p)
        rows = [_opened(key, group, now, quiet) for key, group in sorted(grouped.items())]
        touched = ("state", "last_seen_at", "settle_at")
        found = upsert(self._db, TraceRow, rows, update=touched, count="revision", returning=("project", "id", "day"))
        return {(project, trace): day for project, trace, day in found}

    def due_projects(self, now: datetime) -> list[str]:
        """The projects that have a trace whose quiet period is over."""
        return self._projects_with(select(_trace.c.id).where(_trace.c.project == PROJECT, _trace.c.settle_at <= now))

    def take_due(self, project: str, now: datetime, limit: int) -> list[Due]:
        """Take up to `limit` open traces of a project whose quiet period is over, the oldest first.

        They are put off for a moment, so that nobody else works on them meanwhile; whoever dies over them leaves them
        to the next.
        """
        mine = (_trace.c.project == project, _trace.c.settle_at <= now)
        oldest = select(_trace.c.project, _trace.c.id).where(*mine).order_by(_trace.c.settle_at)
        taken = tuple_(_trace.c.project, _trace.c.id).in_(oldest.limit(limit).with_for_update(skip_locked=True))
        columns = (_trace.c.project, _trace.c.id, _trace.c.day, _trace.c.revision)
        query = update(_trace).where(taken).values(settle_at=now + SETTLE_LEASE)
        told = (_trace.c.content_hash, _trace.c.planned_hash, _trace.c.first_seen_at)
        rows = self._db.execute(query.returning(*columns, *told))
        return [Due(*row) for row in sorted(rows)]  # in the order in which everybody locks traces

    def put_back(self, due: Sequence[Due], now: datetime) -> None:
        """Let go of traces of a project that were taken and not worked on: they are due again."""
        for chunk in chunks(due):
            taken = (_trace.c.project == chunk[0].project, _trace.c.settle_at == now + SETTLE_LEASE)
            mine = (*taken, _trace.c.id.in_([d.id for d in chunk]))
            self._db.execute(update(_trace).where(*mine).values(settle_at=now))

    def waiting(self) -> dict[str, int]:
        """How many traces are ``open`` and how many ``settled`` but not planned yet, whosever they are."""
        opened = select(func.count()).select_from(_trace).where(_trace.c.settle_at.is_not(None))
        settled = select(func.count()).select_from(_trace).where(_SETTLED)
        return {
            "open": int(self._db.execute(opened).scalar_one()),
            "settled": int(self._db.execute(settled).scalar_one()),
        }

    def settle_all(self, built: Sequence[Built], now: datetime) -> list[Due]:
        """Write what traces are now, but for those to which a part came since: they are left for the next round.

        Returns those that were settled. A trace goes on to planning only if its content differs from what was planned
        before.
        """
        rows, changed = [], []
        for b, seen in self._unchanged(built):
            samples = samples_of(b.trace)
            content = content_hash([[s.target_id, s.content_hash] for s in samples])
            state = "planned" if content == b.due.planned_hash else "settled"
            rows.append(seen | _trace_values(b.trace) | {
                "cluster": b.cluster, "content_hash": content, "settle_at": None, "settled_at": now, "state": state,
                "problem": "",
            })  # fmt: skip
            if content != b.due.content_hash:
                changed.append((b.due, samples))
        if rows:
            upsert(self._db, TraceRow, rows, update=[name for name in rows[0] if name not in _SEEN])
        self._replace_samples(changed, now)
        settled = {(row["project"], row["id"]) for row in rows}
        done = [b.due for b in built if (b.due.project, b.due.id) in settled]
        by_project: dict[str, list[Due]] = defaultdict(list)
        for due in done:
            by_project[due.project].append(due)
        for project, group in sorted(by_project.items()):
            Quarantine(self._db, project).clear(Step.SETTLE, Kind.TRACE, [due.id for due in group])
            if planned := [row["id"] for row in rows if row["project"] == project and row["state"] == "planned"]:
                Quarantine(self._db, project).clear(Step.SELECT, Kind.TRACE, planned)  # nobody plans it anew
            # What rates are sliced by may have changed even where the content did not.
            if planned := [due for due in group if due.planned_hash]:
                days = {due.day for due in planned}
                ProjectMarks(self._db, project).traces([due.id for due in planned], now, days)
        return done

    def settle_failed(self, due: Due, problem: str, now: datetime) -> bool:
        """Set a trace aside that can not be put together; a new part gives it another chance. Returns whether it is
        as it was when it was taken."""
        values = {"settle_at": None, "settled_at": now, "state": QUARANTINED, "problem": problem}
        same = ("project", "id", "revision", "first_seen_at")
        unchanged = and_(*(_trace.c[name] == getattr(due, name) for name in same))
        done = self._db.execute(update(_trace).where(unchanged, _trace.c.settle_at.is_not(None)).values(**values))
        if done.rowcount:  # or what it was before would be planned when that is tried again
            Quarantine(self._db, due.project).clear(Step.SELECT, Kind.TRACE, [due.id])
        return bool(done.rowcount)

    def plan_failed(self, project: str, trace_id: str) -> bool:
        """Set a settled trace aside that can not be planned; returns whether it is one still."""
        mine = (_trace.c.project == project, _trace.c.id == trace_id, _trace.c.state == "settled")
        return bool(self._db.execute(update(_trace).where(*mine).values(state=QUARANTINED)).rowcount)

    def try_again(self, project: str, trace_ids: Sequence[str], step: Step, now: datetime) -> None:
        """Bring traces that were set aside back to where they were."""
        values = {"state": "settled"} if step is Step.SELECT else {"state": "open", "settle_at": now}
        for chunk in chunks(sorted(trace_ids)):
            mine = (_trace.c.project == project, _trace.c.id.in_(chunk), _trace.c.state == QUARANTINED)
            self._db.execute(update(_trace).where(*mine).values(**values))

    def _unchanged(self, built: Sequence[Built]) -> list[tuple[Built, dict[str, Any]]]:
        """Those of the traces that are as they were, locked, with the columns that settling does not touch."""
        by_id = {(b.due.project, b.due.id): b for b in built}
        found = []
        for chunk in chunks(sorted(by_id)):  # in the order in which everybody locks traces
            key = tuple_(_trace.c.project, _trace.c.id)
            query = select(*(_trace.c[name] for name in _SEEN)).where(key.in_(chunk), _trace.c.settle_at.is_not(None))
            query = query.order_by(_trace.c.project, _trace.c.id).with_for_update()
            found += [dict(row) for row in self._db.execute(query).mappings()]
        pairs = [(by_id[row["project"], row["id"]], row) for row in found]
        same = ("revision", "first_seen_at")
        return [(b, row) for b, row in pairs if all(row[name] == getattr(b.due, name) for name in same)]

    def _replace_samples(self, changed: Sequence[tuple[Due, Sequence[Sample]]], now: datetime) -> None:
        before = [due for due, _ in changed if due.content_hash]
        for chunk in chunks(before):
            mine = and_(
                _sample.c.project.in_({d.project for d in chunk}), _sample.c.day.in_({d.day for d in chunk}),
                tuple_(_sample.c.project, _sample.c.trace_id).in_([(d.project, d.id) for d in chunk]),
                _sample.c.current,
            )  # fmt: skip
            # In the order in which whoever saves outcomes locks samples, so that the two can not block each other.
            key = _sample.primary_key.columns
            self._db.execute(select(_sample.c.target_id).where(mine).order_by(*key).with_for_update()).all()
            self._db.execute(update(_sample).where(mine).values(current=False))
        rows = [_sample_row(s, due, i, now) for due, samples in changed for i, s in enumerate(samples)]
        upsert(self._db, SampleRow, rows, update=("current", "position"))

    def unplanned_projects(self) -> list[str]:
        """The projects that have a settled trace that no rule has looked at yet."""
        return self._projects_with(select(_trace.c.id).where(_trace.c.project == PROJECT, _SETTLED))

    def unplanned_ids(self, project: str, limit: int) -> list[str]:
        """Settled traces of a project that no rule has looked at yet, the first to settle first."""
        query = select(_trace.c.id).where(_trace.c.project == project, _SETTLED).order_by(_trace.c.settled_at)
        return list(self._db.execute(query.limit(limit)).scalars())

    def unplanned(self, project: str, limit: int, ids: Sequence[str] | None = None) -> list[dict[str, Any]]:
        """Those of them (of `ids`) that nobody else is planning, with every column; they are this transaction's
        until it ends."""
        query = select(_trace).where(_trace.c.project == project, _SETTLED)
        query = query.order_by(_trace.c.settled_at) if ids is None else query.where(_trace.c.id.in_(ids))
        rows = self._db.execute(query.limit(limit).with_for_update(skip_locked=True)).mappings()
        return [dict(row) for row in rows]


def samples_of(trace: Trace) -> list[Sample]:
    """The samples that a trace's answers make, in their order."""
    return [
        Sample(
            project=trace.project,
            target_kind=TARGET_ANSWER,
            target_id=target_id(trace.id, a.id),
            question=a.question,
            answer=a.answer,
            passages=a.passages,
            system_prompt=a.system_prompt,
            tool_calls=a.tool_calls,
        )
        for a in trace.answers
    ]


def _opened(key: tuple[str, str], group: Sequence[Part], now: datetime, quiet: timedelta) -> dict[str, Any]:
    start = min(p.start for p in group)
    settle_at = now if any(p.complete for p in group) else now + quiet
    return {
        "project": key[0],
        "id": key[1],
        "day": now.date(),
        "state": "open",
        "first_seen_at": now,
        "last_seen_at": now,
        "settle_at": settle_at,
        "start_at": start,
        "end_at": max(p.end for p in group),
        "name": group[0].name,
    }


def _part_row(p: Part, secret: str, day: date, now: datetime) -> dict[str, Any]:
    return {
        "project": p.project,
        "day": day,
        "trace_id": p.trace_id,
        "part_id": p.part_id,
        "source": p.source,
        "name": p.name,
        "start_at": p.start,
        "end_at": p.end,
        "complete": p.complete,
        "received_at": now,
        "body": seal_users(p.project, secret, p.body),
    }


def _trace_values(t: Trace) -> dict[str, Any]:
    same = (
        "name", "model", "prompt_version", "environment", "service", "session", "user", "input_tokens",
        "output_tokens", "cost", "latency_ms", "feedback", "sampling_probability",
    )  # fmt: skip
    return (
        {name: getattr(t, name) for name in same}
        | {
            "start_at": t.start,
            "end_at": t.end,
            "input": t.input[:PREVIEW],
            "output": t.output[:PREVIEW],
            "status": t.status.value,
            "tags": list(t.tags),
            "facts": t.metadata,
        }
        | gap_values(t)
    )


def _sample_row(s: Sample, due: Due, position: int, now: datetime) -> dict[str, Any]:
    return {
        "project": due.project,
        "day": due.day,
        "target_kind": s.target_kind,
        "target_id": s.target_id,
        "content_hash": s.content_hash,
        "trace_id": due.id,
        "position": position,
        "current": True,
        "created_at": now,
        "question": s.question,
        "answer": s.answer,
        "passages": [asdict(p) for p in s.passages],
        "system_prompt": s.system_prompt,
        "tool_calls": [asdict(call) for call in s.tool_calls] or None,
    }
