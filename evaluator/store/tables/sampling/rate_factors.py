"""What sampling rates are multiplied by, and the demand that forecasts are made of."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlmodel import Field, SQLModel

from evaluator.store.types import Json, UtcMicros


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
