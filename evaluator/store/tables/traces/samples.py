"""The samples that are made of traces."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from evaluator.store.types import PackedJson, UtcMicros


class SampleRow(SQLModel, table=True):
    """Every content that a target ever had; `current` marks the one that it has now."""

    __tablename__ = "sample"
    __table_args__ = (Index("ix_sample_trace", "project", "trace_id"),)

    project: str = Field(primary_key=True)
    day: date = Field(primary_key=True)
    target_kind: str = Field(primary_key=True)
    target_id: str = Field(primary_key=True)
    content_hash: str = Field(primary_key=True)
    trace_id: str
    position: int = 0
    current: bool = True
    created_at: datetime = Field(sa_type=UtcMicros)
    question: str
    answer: str
    passages: list[dict[str, Any]] = Field(sa_type=PackedJson)
    system_prompt: str | None = None
    tool_calls: list[dict[str, Any]] | None = Field(default=None, sa_type=PackedJson)
    """None: none was called."""
