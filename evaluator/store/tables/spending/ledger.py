"""The ledger: what may be spent, what is promised and what was spent. In millionths of a US dollar."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import BigInteger, Index
from sqlmodel import Field, SQLModel

from evaluator.store.types import UtcMicros


class BudgetDayRow(SQLModel, table=True):
    """One budget on one day (UTC): `committed` holds what was spent and every reservation that is not settled."""

    __tablename__ = "budget_day"

    project: str = Field(primary_key=True)
    budget: str = Field(primary_key=True)
    day: date = Field(primary_key=True)
    limit: int = Field(sa_type=BigInteger)
    committed: int = Field(default=0, sa_type=BigInteger)
    held: bool = False
    """A call cost more than its stated bound: nothing more is reserved on this day."""


class ReservationRow(SQLModel, table=True):
    """Money set aside before a call. One that is never settled counts as spent."""

    __tablename__ = "reservation"
    __table_args__ = (Index("ix_reservation_day", "project", "budget", "day"),)

    project: str = Field(primary_key=True)
    id: str = Field(primary_key=True)
    budget: str
    day: date
    amount: int = Field(sa_type=BigInteger)
    spent: int | None = Field(default=None, sa_type=BigInteger)
    jobs: int
    created_at: datetime = Field(sa_type=UtcMicros)
    settled_at: datetime | None = Field(default=None, sa_type=UtcMicros)
