"""What applications did: one row a trace."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, Index, SmallInteger, text
from sqlmodel import Field, SQLModel

from evaluator.store.types import Json, PackedJson, UtcMicros


def _where(name: str, condition: str, column: str) -> Index:
    where = text(condition)
    return Index(f"ix_trace_{name}", "project", column, postgresql_where=where, sqlite_where=where)


class TraceRow(SQLModel, table=True):
    """One row a trace. It fixes `day` for every other row of the trace, so it is not partitioned itself."""

    __tablename__ = "trace"
    __table_args__ = (
        # What waits at a stage, by project: each probes for its own. Nothing that is planned is in them.
        _where("settle", "settle_at IS NOT NULL", "settle_at"),
        _where("plan", "state = 'settled'", "settled_at"),
        # What the newest traces yield is read from it alone.
        Index("ix_trace_start", "project", "start_at", "sender", "missing"),
        Index("ix_trace_session", "project", "session"),
        Index("ix_trace_user", "project", "user"),
        Index("ix_trace_day", "day"),
    )

    project: str = Field(primary_key=True)
    id: str = Field(primary_key=True)
    day: date
    state: str
    """``open`` (parts may still come), ``settled`` (to be planned), ``planned``; ``quarantined``: set aside."""
    revision: int = 0
    """Counts arrivals, so that settling notices a part that came while it was reading."""
    first_seen_at: datetime = Field(sa_type=UtcMicros)
    last_seen_at: datetime = Field(sa_type=UtcMicros)
    settle_at: datetime | None = Field(default=None, sa_type=UtcMicros)
    settled_at: datetime | None = Field(default=None, sa_type=UtcMicros)
    content_hash: str = ""
    planned_hash: str = ""
    """The content that rules have looked at; a trace is planned again only when the two differ."""
    problem: str = ""
    """Why it is set aside, if it is."""
    start_at: datetime = Field(sa_type=UtcMicros)
    end_at: datetime = Field(sa_type=UtcMicros)
    name: str = ""
    input: str = ""
    output: str = ""
    model: str | None = None
    prompt_version: str | None = None
    environment: str | None = None
    service: str | None = None
    session: str | None = None
    user: str | None = None
    input_tokens: int | None = None
    output_tokens: int | None = None
    cost: float | None = None
    latency_ms: float | None = None
    status: str = "unset"
    feedback: float | None = None
    tags: list[str] = Field(default_factory=list, sa_type=Json)
    facts: dict[str, Any] = Field(default_factory=dict, sa_type=PackedJson)
    """The sender's own metadata."""
    sampling_probability: float = 1.0
    cluster: int = Field(default=0, sa_type=BigInteger)
    """The session, else the user, hashed to 63 bits; 0 where the trace stands alone."""
    sender: str | None = None
    """The id of who sent it; none where that is not known, or the trace settled before it was asked."""
    missing: int | None = Field(default=None, sa_type=SmallInteger)
    """Which facts no answer has, a bit each (`store.repositories.traces.gaps`); none where it was not asked."""
    gaps: list[dict[str, Any]] | None = Field(default=None, sa_type=Json)
    """`core.trace.Gap` of each of these."""
