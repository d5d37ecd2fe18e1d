"""What people said."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from evaluator.store.types import Json, UtcMicros


class LabelRow(SQLModel, table=True):
    """A verdict on a sample for a criterion; append-only. Bound to the content that was seen."""

    __tablename__ = "label"
    __table_args__ = (Index("ix_label_trace", "project", "trace_id"),)

    project: str = Field(primary_key=True)
    target_kind: str = Field(primary_key=True)
    target_id: str = Field(primary_key=True)
    content_hash: str = Field(primary_key=True)
    criterion: str = Field(primary_key=True)
    annotator: str = Field(primary_key=True)
    sequence: int = Field(default=0, primary_key=True)
    trace_id: str
    bad: float | None = None
    """In [0, 1]; none is *cannot tell*."""
    comment: str = ""
    spans: list[dict[str, Any]] = Field(default_factory=list, sa_type=Json)
    review_probability: float | None = None
    created_at: datetime = Field(sa_type=UtcMicros)
