"""Rates over time: which buckets changed, and the sufficient statistics of each."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlmodel import Field, SQLModel

from evaluator.store.types import Json, UtcMicros


class DirtyRow(SQLModel, table=True):
    """A minute of a series whose statistics must be recomputed."""

    __tablename__ = "dirty"

    project: str = Field(primary_key=True)
    series: str = Field(primary_key=True)
    minute: datetime = Field(primary_key=True, sa_type=UtcMicros)
    marked_at: datetime = Field(sa_type=UtcMicros)


class RollupRow(SQLModel, table=True):
    """The statistics of one bucket, one stratum and one combination of slice dimensions."""

    __tablename__ = "rollup"

    project: str = Field(primary_key=True)
    series: str = Field(primary_key=True)
    grain: str = Field(primary_key=True)
    start_at: datetime = Field(primary_key=True, sa_type=UtcMicros)
    slice_hash: str = Field(primary_key=True)
    stratum: str = Field(primary_key=True)
    slice: dict[str, Any] = Field(sa_type=Json)
    cell: bytes


class SealRow(SQLModel, table=True):
    """The last day (of first sight) of a series whose units retention has taken away.

    What they were worth stands in the rollups of the grain ``sealed``, and is merged into whatever is recomputed.
    """

    __tablename__ = "seal"

    project: str = Field(primary_key=True)
    series: str = Field(primary_key=True)
    day: date
