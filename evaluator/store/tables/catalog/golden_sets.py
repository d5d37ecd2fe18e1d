"""Golden sets. Immutable, named by their content."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlmodel import Field, SQLModel

from evaluator.store.types import Json, UtcMicros


class GoldenSetRow(SQLModel, table=True):
    __tablename__ = "golden_set"

    project: str = Field(primary_key=True)
    name: str = Field(primary_key=True)
    version: str = Field(primary_key=True)
    title: str = ""
    description: str = ""
    size: int = 0
    created_at: datetime = Field(sa_type=UtcMicros)


class GoldenItemRow(SQLModel, table=True):
    __tablename__ = "golden_item"

    project: str = Field(primary_key=True)
    name: str = Field(primary_key=True)
    version: str = Field(primary_key=True)
    position: int = Field(primary_key=True)
    item_id: str
    body: dict[str, Any] = Field(sa_type=Json)
