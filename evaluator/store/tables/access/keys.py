"""Who may do what."""

from __future__ import annotations

from datetime import datetime

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
