"""What is read of a series."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from evaluator.store.types import PackedJson, UtcMicros


class SliceRow(SQLModel, table=True):
    """What is read of one bucket of one slice: the rates of the finer buckets in it, and its own cells.

    Made from the rollups and written anew with them, for slices by up to two dimensions.
    """

    __tablename__ = "rollup_slice"
    __table_args__ = (Index("ix_rollup_slice_start", "project", "grain", "series", "start_at"),)

    project: str = Field(primary_key=True)
    grain: str = Field(primary_key=True)
    series: str = Field(primary_key=True)
    dimensions: str = Field(primary_key=True)
    slice_hash: str = Field(primary_key=True)
    start_at: datetime = Field(primary_key=True, sa_type=UtcMicros)
    slice: list[str | None] = Field(sa_type=PackedJson)
    """The value of each dimension."""
    points: bytes
    strata: list[str] = Field(sa_type=PackedJson)
    """Of each cell: its stratum."""
    cells: bytes
    """Empty where they are not kept, or not merged yet."""
