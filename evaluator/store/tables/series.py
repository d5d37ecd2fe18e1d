"""Rates over time: which buckets changed, and the sufficient statistics of each."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from evaluator.store.types import PackedJson, UtcMicros


class DirtyRow(SQLModel, table=True):
    """A minute of a series whose statistics must be recomputed."""

    __tablename__ = "dirty"

    project: str = Field(primary_key=True)
    series: str = Field(primary_key=True)
    minute: datetime = Field(primary_key=True, sa_type=UtcMicros)
    marked_at: datetime = Field(sa_type=UtcMicros)


class RollupRow(SQLModel, table=True):
    """The statistics of one bucket: a cell for each combination of slice dimensions and stratum in it."""

    __tablename__ = "rollup"

    project: str = Field(primary_key=True)
    grain: str = Field(primary_key=True)
    series: str = Field(primary_key=True)
    start_at: datetime = Field(primary_key=True, sa_type=UtcMicros)
    values: list[list[str | None]] = Field(sa_type=PackedJson)
    """The distinct values of each slice dimension, and the strata."""
    codes: bytes
    """Which of them each cell has."""
    cells: bytes


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


class SealRow(SQLModel, table=True):
    """The last day (of first sight) of a series whose units retention has taken away.

    What they were worth stands in the rollups of the grain ``sealed``, and is merged into whatever is recomputed.
    """

    __tablename__ = "seal"

    project: str = Field(primary_key=True)
    series: str = Field(primary_key=True)
    day: date
