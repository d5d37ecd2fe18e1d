"""What was set aside."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from evaluator.store.types import UtcMicros


class QuarantineRow(SQLModel, table=True):
    """See `core.quarantine.Quarantined`. Rows leave when what they name has gone through."""

    __tablename__ = "quarantine"
    __table_args__ = (Index("ix_quarantine_retry", "retry_at"), Index("ix_quarantine_id", "project", "id"))

    project: str = Field(primary_key=True)
    step: str = Field(primary_key=True)
    kind: str = Field(primary_key=True)
    subject: str = Field(primary_key=True)
    id: str
    """Made of step, kind and subject. Not unique: whoever names traces can make two that share these 48 bits."""
    attempts: int
    error: str
    first_at: datetime = Field(sa_type=UtcMicros)
    last_at: datetime = Field(sa_type=UtcMicros)
    retry_at: datetime | None = Field(default=None, sa_type=UtcMicros)
    given_up: bool = False
