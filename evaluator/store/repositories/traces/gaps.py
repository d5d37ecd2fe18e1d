"""What traces do not tell: how their rows say so, and what the newest of them yield."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, select

from evaluator.core.trace import Fact, Trace
from evaluator.store.repositories.base import ProjectRepository
from evaluator.store.spare import Spared
from evaluator.store.sql import table
from evaluator.store.tables.traces.traces import TraceRow

_trace = table(TraceRow)
BIT = {fact: 1 << place for place, fact in enumerate(Fact)}
"""The bit of a fact in `TraceRow.missing`."""


class Yielded(NamedTuple):
    """What one trace told of: its start, its sender and the bits of the facts that it lacks."""

    start: datetime
    sender: str | None
    missing: int


def gap_values(trace: Trace) -> dict[str, Any]:
    """The columns of a trace's row that say what it does not tell."""
    return {
        "sender": trace.sender,
        "missing": sum(BIT[gap.fact] for gap in trace.gaps),
        "gaps": [asdict(gap) for gap in trace.gaps],
    }


def lacks(fact: Fact) -> ColumnElement[bool]:
    """Whether a trace is known to lack a fact."""
    return _trace.c.missing.bitwise_and(BIT[fact]) != 0


_newest: Spared[list[Yielded]] = Spared()


class Gaps(ProjectRepository):
    def newest(self, limit: int) -> list[Yielded]:
        """Of the newest traces those of which it is known, the newest first; reads an index and no rows, and that
        seldom (`Spared`)."""
        return _newest.get(self._db.engine, f"{self._project} {limit}", lambda: self._read(limit))

    def _read(self, limit: int) -> list[Yielded]:
        columns = (_trace.c.start_at, _trace.c.sender, _trace.c.missing)
        query = select(*columns).where(self._mine(_trace)).order_by(_trace.c.start_at.desc()).limit(limit)
        return [Yielded(*row) for row in self._db.execute(query) if row[2] is not None]

    def said(self, sender: str | None, fact: Fact, since: datetime, limit: int) -> list[str]:
        """Why traces of a sender that began at `since` or later lack a fact, of the newest of them."""
        query = (
            select(_trace.c.gaps)
            .where(self._mine(_trace), _trace.c.start_at >= since, _trace.c.sender == sender, lacks(fact))
            .order_by(_trace.c.start_at.desc())
            .limit(limit)
        )
        rows: Sequence[Any] = self._db.execute(query).scalars().all()
        return [gap["said"] for gaps in rows for gap in gaps or () if gap["fact"] == fact]
