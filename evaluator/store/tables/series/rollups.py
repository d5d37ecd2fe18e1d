"""Quality rates over time: the sufficient statistics of each bucket."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Field, SQLModel

from evaluator.store.types import PackedJson, UtcMicros


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
