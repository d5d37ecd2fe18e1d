"""Who did what."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from evaluator.store.types import Json, UtcMicros


class AuditRow(SQLModel, table=True):
    """One change to what decides numbers or access; append-only."""

    __tablename__ = "audit_event"
    __table_args__ = (Index("ix_audit_at", "project", "at"),)

    project: str = Field(primary_key=True)
    id: str = Field(primary_key=True)
    at: datetime = Field(sa_type=UtcMicros)
    actor: str
    """The id of a key, or ``local`` for somebody at the machine itself."""
    action: str
    subject: str
    details: dict[str, Any] = Field(default_factory=dict, sa_type=Json)
