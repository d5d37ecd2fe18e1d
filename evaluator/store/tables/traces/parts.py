"""The parts that traces arrive in."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlmodel import Field, SQLModel

from evaluator.store.types import PackedJson, UtcMicros


class PartRow(SQLModel, table=True):
    __tablename__ = "part"

    project: str = Field(primary_key=True)
    day: date = Field(primary_key=True)
    trace_id: str = Field(primary_key=True)
    part_id: str = Field(primary_key=True)
    source: str
    name: str = ""
    start_at: datetime = Field(sa_type=UtcMicros)
    end_at: datetime = Field(sa_type=UtcMicros)
    complete: bool = False
    received_at: datetime = Field(sa_type=UtcMicros)
    body: dict[str, Any] = Field(sa_type=PackedJson)
