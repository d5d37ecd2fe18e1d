"""Rubrics. Immutable, named by their content."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlmodel import Field, SQLModel

from evaluator.store.types import Json, UtcMicros


class RubricRow(SQLModel, table=True):
    __tablename__ = "rubric"

    project: str = Field(primary_key=True)
    name: str = Field(primary_key=True)
    version: str = Field(primary_key=True)
    definition: dict[str, Any] = Field(sa_type=Json)
    created_at: datetime = Field(sa_type=UtcMicros)
    """When it was pushed last: the newest is the one that is used."""
