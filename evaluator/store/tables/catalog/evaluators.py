"""Evaluator versions. Immutable, named by their content."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlmodel import Field, SQLModel

from evaluator.store.types import Json, UtcMicros


class EvaluatorRow(SQLModel, table=True):
    __tablename__ = "evaluator_version"

    project: str = Field(primary_key=True)
    fingerprint: str = Field(primary_key=True)
    name: str
    manifest: dict[str, Any] = Field(sa_type=Json)
    spec: dict[str, Any] = Field(sa_type=Json)
    created_at: datetime = Field(sa_type=UtcMicros)
