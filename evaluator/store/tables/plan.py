"""What is to be scored: rules and the decisions that they led to."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import Index
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


class RateFactorRow(SQLModel, table=True):
    """What rates are multiplied by from a moment on, and why; append-only, the newest of a scope holds."""

    __tablename__ = "rate_factor"

    project: str = Field(primary_key=True)
    scope: str = Field(primary_key=True)
    """A series (``budget``), or ``queue:`` and the name of a queue (``backlog``)."""
    at: datetime = Field(primary_key=True, sa_type=UtcMicros)
    factor: float
    protected: float
    """The factor of protected strata, which are thinned last."""
    reason: str
    """``backlog`` or ``budget``."""
    facts: dict[str, Any] = Field(default_factory=dict, sa_type=Json)
    """The figures that the rule looked at."""


class RateReviewRow(SQLModel, table=True):
    """The minute of which a project's factors have been worked out: one process does it for all."""

    __tablename__ = "rate_review"

    project: str = Field(primary_key=True)
    at: datetime = Field(sa_type=UtcMicros)


class DemandRow(SQLModel, table=True):
    """How many draws the full rates of a series would have led to within a minute; for forecasts only."""

    __tablename__ = "demand"

    project: str = Field(primary_key=True)
    series: str = Field(primary_key=True)
    at: datetime = Field(primary_key=True, sa_type=UtcMicros)
    rest: float = 0.0
    protected: float = 0.0
