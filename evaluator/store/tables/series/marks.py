"""Which buckets of a series changed."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Field, SQLModel

from evaluator.store.types import UtcMicros


class DirtyRow(SQLModel, table=True):
    """A minute of a series whose statistics must be recomputed."""

    __tablename__ = "dirty"

    project: str = Field(primary_key=True)
    series: str = Field(primary_key=True)
    minute: datetime = Field(primary_key=True, sa_type=UtcMicros)
    marked_at: datetime = Field(sa_type=UtcMicros)
