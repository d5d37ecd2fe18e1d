"""What came of the work."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import Index, text
from sqlmodel import Field, SQLModel

from evaluator.store.types import PackedJson, UtcMicros

JUDGED = text("kind = 'judge'")
"""Of a verdict of a judge; to be said in a query, for its index to be used."""
SAID = text("(kind = 'judge' OR reason IS NOT NULL)")
"""Of whatever came of asking a judge, and of the failures of all others, as a failure does not tell what failed; to
be said in a query, for its index to be used."""


class OutcomeRow(SQLModel, table=True):
    """A score (`value`) or a failure (`reason`): one a (project, sample, fingerprint, purpose, replicate)."""

    __tablename__ = "outcome"
    __table_args__ = (
        Index("ix_outcome_trace", "project", "trace_id"),
        Index("ix_outcome_worst", "project", "fingerprint", "badness"),
        Index("ix_outcome_label", "project", "fingerprint", "label", "badness"),
        # By what it was about: what a judge has said of the same content is not paid for again.
        Index(
            "ix_outcome_content", "project", "fingerprint", "content_hash",
            postgresql_where=JUDGED, sqlite_where=JUDGED,
        ),
        # By when it was said: the last things that a judge has said are found at any traffic.
        Index(
            "ix_outcome_said", "project", "fingerprint", "created_at", postgresql_where=SAID, sqlite_where=SAID,
        ),
    )  # fmt: skip

    project: str = Field(primary_key=True)
    day: date = Field(primary_key=True)
    target_kind: str = Field(primary_key=True)
    target_id: str = Field(primary_key=True)
    content_hash: str = Field(primary_key=True)
    fingerprint: str = Field(primary_key=True)
    purpose: str = Field(primary_key=True)
    replicate: int = Field(primary_key=True)
    trace_id: str
    value: float | None = None
    badness: float | None = None
    """The value on the evaluator's scale turned to [0, 1], 1 = bad: for sorting, not for rates."""
    label: str | None = None
    explanation: str = ""
    evidence: list[dict[str, Any]] = Field(default_factory=list, sa_type=PackedJson)
    details: dict[str, Any] = Field(default_factory=dict, sa_type=PackedJson)
    kind: str = "model"
    cost: float = 0.0
    reason: str | None = None
    message: str = ""
    superseded: bool = False
    created_at: datetime = Field(sa_type=UtcMicros)
