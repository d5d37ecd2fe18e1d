"""Rules: what is to be scored."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlmodel import Field, SQLModel

from evaluator.store.types import Json, UtcMicros


class RuleRow(SQLModel, table=True):
    __tablename__ = "rule"

    project: str = Field(primary_key=True)
    name: str = Field(primary_key=True)
    version: str = Field(primary_key=True)
    series: str = Field(index=True)
    """Hash of (rule name, fingerprint, criterion): versions that differ in rates alone share a series."""
    fingerprint: str
    definition: dict[str, Any] = Field(sa_type=Json)
    created_at: datetime = Field(sa_type=UtcMicros)
    retired_at: datetime | None = Field(default=None, sa_type=UtcMicros)
