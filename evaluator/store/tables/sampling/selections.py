"""The decisions that rules led to."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from evaluator.store.types import UtcMicros


class SelectionRow(SQLModel, table=True):
    """The first decision of a series on a target; never revised, also kept for what was not drawn."""

    __tablename__ = "selection"
    __table_args__ = (
        Index("ix_selection_at", "project", "series", "at"),
        Index("ix_selection_trace", "project", "trace_id"),
    )

    project: str = Field(primary_key=True)
    day: date = Field(primary_key=True)
    series: str = Field(primary_key=True)
    target_kind: str = Field(primary_key=True)
    target_id: str = Field(primary_key=True)
    trace_id: str
    rule_version: str
    stratum: str
    probability: float
    drawn: bool
    decided_at: datetime = Field(sa_type=UtcMicros)
    at: datetime = Field(sa_type=UtcMicros)
    """When the trace started, as known at the decision: the time on the series' axis."""
    reached: float | None = None
    """In a cascade, the probability with which its first step drew the target, so that there was something to decide
    on; `probability` is then that of the second step alone. None where there is one step."""


class CascadeDueRow(SQLModel, table=True):
    """A target that the first step of a cascade may be done with, by its evaluator version: to be decided on."""

    __tablename__ = "cascade_due"

    project: str = Field(primary_key=True)
    fingerprint: str = Field(primary_key=True)
    target_kind: str = Field(primary_key=True)
    target_id: str = Field(primary_key=True)
    day: date
    trace_id: str
