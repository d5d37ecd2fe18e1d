"""The queue of record."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, Column, Index, Integer, UniqueConstraint, desc, text
from sqlmodel import Field, SQLModel

from evaluator.store.types import UtcMicros

PAID = text("budget <> ''")
"""Of a job that costs money; to be said in a query, for its index to be used."""


def _where(name: str, condition: str, *columns: Any) -> Index:
    """An index of the jobs that `condition` holds for."""
    where = text(condition)
    return Index(f"ix_job_{name}", *columns, postgresql_where=where, sqlite_where=where)


class JobRow(SQLModel, table=True):
    """One outcome that is still to be had. Rows leave when the outcome is saved; ``dead`` ones stay to be seen."""

    __tablename__ = "score_job"
    __table_args__ = (
        UniqueConstraint(
            "project", "day", "target_kind", "target_id", "content_hash", "fingerprint", "purpose", "replicate",
            name="uq_score_job",
        ),
        # What is claimed next of a project, by three orders; what is leased or dead is in none of them.
        _where("ready", "state = 'ready' AND NOT held", "queue", "project", desc("priority"), "id"),
        _where("batch", "state = 'ready' AND NOT held AND attempts = 0",
                "queue", "project", "fingerprint", "budget", desc("priority"), "id"),
        _where("oldest", "state = 'ready' AND NOT held AND priority + 0 >= 0", "queue", "project", "id"),
        _where("held", "held", "available_at"),
        _where("lease", "state = 'leased'", "lease_until"),
        _where("paid", PAID.text, "project", "budget", "state", "available_at"),
        Index("ix_job_trace", "project", "trace_id"),
        # An id must never come back: a worker may still hold the one of a job that was dropped.
        {"sqlite_autoincrement": True},
    )  # fmt: skip

    id: int | None = Field(
        default=None, sa_column=Column(BigInteger().with_variant(Integer(), "sqlite"), primary_key=True)
    )
    project: str
    day: date
    target_kind: str
    target_id: str
    content_hash: str
    fingerprint: str
    purpose: str = "production"
    replicate: int = 0
    trace_id: str
    queue: str
    budget: str = ""
    """Names the budget (a rule) that pays for the call; none where the evaluator costs nothing."""
    state: str = "ready"
    priority: int = Field(default=0, sa_type=BigInteger)
    """Higher goes first within a project; the start of the trace, so that the newest is scored first, but never later
    than its first sight."""
    attempts: int = 0
    available_at: datetime = Field(sa_type=UtcMicros)
    held: bool = False
    """Whether it waits for `available_at`, so that claims need not look at it until then."""
    lease_owner: str | None = None
    lease_until: datetime | None = Field(default=None, sa_type=UtcMicros)
    created_at: datetime = Field(sa_type=UtcMicros)
    error: str = ""


class LostTurnRow(SQLModel, table=True):
    """What the last batch of a project that ended its process has cost: processes that start anew know of it."""

    __tablename__ = "lost_turn"

    project: str = Field(primary_key=True)
    queue: str = Field(primary_key=True)
    at: datetime = Field(sa_type=UtcMicros)
    seconds: float
