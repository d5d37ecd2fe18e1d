"""Who may do what, and who did."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from evaluator.store.types import Json, UtcMicros


class ApiKeyRow(SQLModel, table=True):
    """A key, of which only the SHA-256 is kept."""

    __tablename__ = "api_key"

    project: str = Field(primary_key=True)
    id: str = Field(primary_key=True)
    """Names the key in lists and in the audit log; says nothing of the secret."""
    name: str
    hash: str = Field(unique=True)
    scopes: list[str] = Field(sa_type=Json)
    created_at: datetime = Field(sa_type=UtcMicros)
    created_by: str
    expires_at: datetime | None = Field(default=None, sa_type=UtcMicros)
    last_used_at: datetime | None = Field(default=None, sa_type=UtcMicros)
    revoked_at: datetime | None = Field(default=None, sa_type=UtcMicros)


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
