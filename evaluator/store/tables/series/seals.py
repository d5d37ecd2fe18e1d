"""What retention has taken away of a series."""

from __future__ import annotations

from datetime import date

from sqlmodel import Field, SQLModel


class SealRow(SQLModel, table=True):
    """The last day (of first sight) of a series whose units retention has taken away.

    What they were worth stands in the rollups of the grain ``sealed``, and is merged into whatever is recomputed.
    """

    __tablename__ = "seal"

    project: str = Field(primary_key=True)
    series: str = Field(primary_key=True)
    day: date
