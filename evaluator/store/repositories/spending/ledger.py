"""The ledger: money is set aside before a call and settled after it (law 15). In millionths of a US dollar."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import and_, func, insert, select, update

from evaluator.store.repositories.base import ProjectRepository
from evaluator.store.sql import table
from evaluator.store.tables.spending.ledger import BudgetDayRow, ReservationRow

_day, _reservation = table(BudgetDayRow), table(ReservationRow)


@dataclass(frozen=True, slots=True)
class BudgetDay:
    """One budget on one day. `committed` is what was spent and every reservation that is not settled."""

    budget: str
    day: date
    limit: int
    committed: int
    held: bool

    @property
    def free(self) -> int:
        """What may still be reserved, >= 0."""
        return 0 if self.held else max(0, self.limit - self.committed)


@dataclass(frozen=True, slots=True)
class Spending:
    """The calls of a budget within a time: what they cost (an open reservation in full) and how many jobs they had.

    `open` is what is reserved and not settled, of `reservations` reservations.
    """

    spent: int
    jobs: int
    open: int
    reservations: int


class Ledger(ProjectRepository):
    def open_day(self, budget: str, day: date, limit: int) -> BudgetDay:
        """A budget's day, made if need be and brought to today's `limit`; nobody else reserves until this commits."""
        self._put(BudgetDayRow, [{"budget": budget, "day": day, "limit": limit}], update=("limit",))
        row = self._db.execute(select(_day).where(self._on(budget, day))).mappings().one()
        return _budget_day(row)

    def reserve(self, reservation: str, budget: str, day: date, amount: int, jobs: int, now: datetime) -> bool:
        """Set `amount` aside for a call about `jobs` jobs; returns whether the day still had it.

        One conditional update: however many reserve at once, what is committed never passes the limit.
        """
        has = and_(self._on(budget, day), ~_day.c.held, _day.c.committed + amount <= _day.c.limit)
        taken = self._db.execute(update(_day).where(has).values(committed=_day.c.committed + amount))
        if not taken.rowcount:
            return False
        row = {"id": reservation, "budget": budget, "day": day, "amount": amount, "jobs": jobs, "created_at": now}
        self._db.execute(insert(_reservation).values(project=self._project, **row))
        return True

    def settle(self, reservation: str, spent: int, now: datetime, *, hold: bool = False) -> None:
        """Put what a call cost in the place of what was set aside for it; of two settlements the first counts.

        `hold` keeps the budget from reserving any more on that day.
        """
        mine = and_(self._mine(_reservation), _reservation.c.id == reservation)
        found = self._db.execute(
            update(_reservation)
            .where(mine, _reservation.c.settled_at.is_(None))
            .values(spent=spent, settled_at=now)
            .returning(_reservation.c.budget, _reservation.c.day, _reservation.c.amount)
        ).first()
        if found is None:
            return
        values = {"committed": _day.c.committed - found.amount + spent}
        if hold:
            values["held"] = True
        self._db.execute(update(_day).where(self._on(found.budget, found.day)).values(**values))

    def days(self, day: date) -> list[BudgetDay]:
        """Every budget that was touched on a day, by name."""
        query = select(_day).where(self._mine(_day), _day.c.day == day).order_by(_day.c.budget)
        return [_budget_day(row) for row in self._db.execute(query).mappings()]

    def history(self, budgets: Collection[str], first: date) -> list[BudgetDay]:
        """What these budgets were touched by from the day `first` on, the oldest day first."""
        query = (
            select(_day)
            .where(self._mine(_day), _day.c.budget.in_(budgets), _day.c.day >= first)
            .order_by(_day.c.day, _day.c.budget)
        )
        return [_budget_day(row) for row in self._db.execute(query).mappings()]

    def spending(self, budget: str, first: date, since: datetime) -> Spending:
        """The calls from `since` on that were paid on the day `first` or later."""
        unsettled = _reservation.c.settled_at.is_(None)
        query = select(
            func.sum(func.coalesce(_reservation.c.spent, _reservation.c.amount)),
            func.sum(_reservation.c.jobs),
            func.sum(_reservation.c.amount).filter(unsettled),
            func.count().filter(unsettled),
        ).where(
            self._mine(_reservation),
            _reservation.c.budget == budget,
            _reservation.c.day >= first,
            _reservation.c.created_at >= since,
        )
        return Spending(*(int(value or 0) for value in self._db.execute(query).one()))

    def _on(self, budget: str, day: date) -> Any:
        return and_(self._mine(_day), _day.c.budget == budget, _day.c.day == day)


def _budget_day(row: Mapping[Any, Any]) -> BudgetDay:
    return BudgetDay(row["budget"], row["day"], row["limit"], row["committed"], row["held"])
