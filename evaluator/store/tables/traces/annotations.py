"""What others say of a trace: scores computed elsewhere, and the feedback of its users."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from evaluator.store.types import Json, UtcMicros


class AnnotationRow(SQLModel, table=True):
    """Kept by trace id, whether or not the trace has arrived; the same id again replaces what it said before."""

    __tablename__ = "annotation"
    __table_args__ = (
        Index("ix_annotation_trace", "project", "trace_id"),
        Index("ix_annotation_at", "project", "kind", "at"),
    )

    project: str = Field(primary_key=True)
    kind: str = Field(primary_key=True)
    """``score`` or ``feedback``."""
    id: str = Field(primary_key=True)
    trace_id: str
    target_id: str | None = None
    """One answer of the trace; none is the trace as a whole."""
    name: str
    value: float | None = None
    label: str | None = None
    comment: str = ""
    source: str = ""
    facts: dict[str, Any] = Field(default_factory=dict, sa_type=Json)
    at: datetime = Field(sa_type=UtcMicros)
    received_at: datetime = Field(sa_type=UtcMicros)
