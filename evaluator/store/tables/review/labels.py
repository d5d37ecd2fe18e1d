"""What people said."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from evaluator.store.types import Json, UtcMicros


class LabelRow(SQLModel, table=True):
    """What an annotator said of a sample for a criterion; append-only. Bound to the content that was seen.

    The highest `sequence` is what they say now.
    """

    __tablename__ = "label"
    __table_args__ = (
        Index("ix_label_trace", "project", "trace_id"),
        Index("ix_label_task", "project", "task"),
        Index("ix_label_criterion", "project", "criterion", "created_at"),
    )

    project: str = Field(primary_key=True)
    target_kind: str = Field(primary_key=True)
    target_id: str = Field(primary_key=True)
    content_hash: str = Field(primary_key=True)
    criterion: str = Field(primary_key=True)
    annotator: str = Field(primary_key=True)
    sequence: int = Field(default=0, primary_key=True)
    trace_id: str
    answered: str = "level"
    """See `core.review.label.Answered`."""
    level: str | None = None
    """The label of the criterion's level; none where `answered` says that there is none."""
    bad: float | None = None
    """In [0, 1], of that level."""
    criterion_version: str = ""
    comment: str = ""
    spans: list[dict[str, Any]] = Field(default_factory=list, sa_type=Json)
    source: str = "import"
    """See `core.review.label.Source`."""
    task: str | None = None
    wave: str | None = None
    review: str | None = None
    """See `core.review.label.Review`; none outside waves."""
    simulated: bool = False
    """Whether it was made of recorded truth rather than by a person, as in the demo."""
    created_at: datetime = Field(sa_type=UtcMicros)


class AnchorRow(SQLModel, table=True):
    """What an evaluator version makes of a sample that people were asked about. Unlike outcomes it is kept as long as
    the labels, so that agreement is measured on the same samples for all."""

    __tablename__ = "anchor"

    project: str = Field(primary_key=True)
    criterion: str = Field(primary_key=True)
    target_kind: str = Field(primary_key=True)
    target_id: str = Field(primary_key=True)
    content_hash: str = Field(primary_key=True)
    fingerprint: str = Field(primary_key=True)
    trace_id: str
    value: float | None = None
    label: str | None = None
    reason: str | None = None
    """Of a failure."""
    scored_at: datetime = Field(sa_type=UtcMicros)
