"""What people are asked."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from evaluator.store.types import Json, PackedJson, UtcMicros

_OPEN = text("state = 'open'")
_HELD = text("state = 'open' AND lease_owner IS NOT NULL")


class TaskRow(SQLModel, table=True):
    """One sample that one person is to judge. It keeps what they see, and the design that drew it, so that its label
    means the same when the trace is gone."""

    __tablename__ = "review_task"
    __table_args__ = (
        # A series has a design of its own, and so a task of its own; one verdict answers them all.
        UniqueConstraint(
            "project", "criterion", "target_kind", "target_id", "series", "review", name="uq_review_task"
        ),
        # What is served next, of one wave or of all, is read from these alone.
        Index("ix_task_open", "project", "place", postgresql_where=_OPEN, sqlite_where=_OPEN),
        Index("ix_task_wave", "project", "wave", "place", postgresql_where=_OPEN, sqlite_where=_OPEN),
        Index("ix_task_held", "project", "lease_owner", postgresql_where=_HELD, sqlite_where=_HELD),
        Index("ix_task_state", "project", "wave", "review", "state"),
        Index("ix_task_at", "project", "series", "at"),
        Index("ix_task_made", "project", "criterion", "created_at", "id"),
        Index("ix_task_trace", "project", "trace_id"),
    )

    project: str = Field(primary_key=True)
    id: str = Field(primary_key=True)
    wave: str
    """That drew it first; `probabilities` names all that could have."""
    criterion: str
    criterion_version: str
    review: str
    """See `core.review.label.Review`."""
    target_kind: str
    target_id: str
    content_hash: str
    trace_id: str
    day: date
    place: float
    """In [0, 1): the random order in which tasks are served."""
    state: str = "open"
    """``open``; ``waiting`` (a second review, until there is a first verdict); ``done``; ``passed`` (nobody could
    tell); ``closed`` (its wave was, before anybody could)."""
    seen: bool = False
    """Whether anybody was shown the content."""
    lease_owner: str | None = None
    lease_until: datetime | None = Field(default=None, sa_type=UtcMicros)
    first_annotator: str | None = None
    """Of a second review or an adjudication: who must not do it."""
    content: dict[str, Any] = Field(sa_type=PackedJson)
    """question, answer, passages [{text, id}], system_prompt."""
    series: str
    fingerprint: str
    inclusion: float
    """Probability with which the rule selected it, in (0, 1]. (pi)"""
    sampling_probability: float
    """With which the sender kept its trace."""
    probabilities: dict[str, float] = Field(sa_type=Json)
    """Of each wave in whose frame it lies, the probability of review. (rho)"""
    stratum: str
    cluster: int = Field(sa_type=BigInteger)
    at: datetime = Field(sa_type=UtcMicros)
    model: str | None = None
    prompt_version: str | None = None
    environment: str | None = None
    service: str | None = None
    done_at: datetime | None = Field(default=None, sa_type=UtcMicros)
    created_at: datetime = Field(sa_type=UtcMicros)
