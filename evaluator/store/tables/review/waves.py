"""Waves, and what each of them could have drawn."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import Index, text
from sqlmodel import Field, SQLModel

from evaluator.store.types import Json, UtcMicros

_STANDING = text("kind = 'standing' AND closed_at IS NULL")


class WaveRow(SQLModel, table=True):
    """See `core.review.wave.Wave`."""

    __tablename__ = "wave"
    __table_args__ = (
        Index("ix_wave_series", "project", "series", "criterion"),
        Index("ix_wave_standing", "project", "fingerprint", postgresql_where=_STANDING, sqlite_where=_STANDING),
    )

    project: str = Field(primary_key=True)
    id: str = Field(primary_key=True)
    kind: str
    criterion: str
    criterion_version: str
    rule: str
    series: str
    fingerprint: str
    start_at: datetime = Field(sa_type=UtcMicros)
    end_at: datetime | None = Field(default=None, sa_type=UtcMicros)
    request: dict[str, Any] = Field(sa_type=Json)
    design: dict[str, Any] = Field(sa_type=Json)
    salt: str
    simulated: bool = False
    complete: bool = False
    """Whether all of its frame is decided on; until then it is nobody's wave, and one that was cut off stays so."""
    frame: int = 0
    drawn: int = 0
    second: int = 0
    created_at: datetime = Field(sa_type=UtcMicros)
    created_by: str = ""
    closed_at: datetime | None = Field(default=None, sa_type=UtcMicros)


class WaveUnitRow(SQLModel, table=True):
    """The decision of a wave on a sample of its frame; never revised, also kept for what was not drawn."""

    __tablename__ = "wave_unit"
    __table_args__ = (
        Index("ix_wave_unit_trace", "project", "trace_id"),
        Index("ix_wave_unit_target", "project", "target_kind", "target_id"),
    )

    project: str = Field(primary_key=True)
    day: date = Field(primary_key=True)
    wave: str = Field(primary_key=True)
    target_kind: str = Field(primary_key=True)
    target_id: str = Field(primary_key=True)
    trace_id: str
    content_hash: str
    probability: float
    """Of being drawn by this wave, given that the rule selected it. (rho)"""
    drawn: bool
    at: datetime = Field(sa_type=UtcMicros)
    """When the trace started: the time on the series' axis."""
    decided_at: datetime = Field(sa_type=UtcMicros)


class WaveDueRow(SQLModel, table=True):
    """A target whose outcome became final, to be decided on by the standing waves over that evaluator version."""

    __tablename__ = "wave_due"

    project: str = Field(primary_key=True)
    fingerprint: str = Field(primary_key=True)
    target_kind: str = Field(primary_key=True)
    target_id: str = Field(primary_key=True)
    day: date
    trace_id: str
