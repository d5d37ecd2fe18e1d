"""Which days of a series retention has sealed, and what is in a day that it is about to."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import func, select

from evaluator.store.repositories.base import ProjectRepository
from evaluator.store.sql import table
from evaluator.store.tables.sampling.selections import SelectionRow
from evaluator.store.tables.series.seals import SealRow

NEVER = date(1970, 1, 1)
"""The seal of a series of which nothing is sealed: a row all the same, so that there is something to lock."""
SEALED = "sealed"
"""The grain of the rollups, by minute, that hold what sealed days were worth."""

_seal, _selection = table(SealRow), table(SelectionRow)


class Seals(ProjectRepository):
    def hold(self, series: str, *, change: bool = False) -> date:
        """The last sealed day of a series; it stays so until this transaction ends.

        Many may hold it at a time, unless one of them wants to `change` it. What is counted under it holds, because
        no day is dropped before it is sealed.
        """
        query = select(_seal.c.day).where(self._mine(_seal), _seal.c.series == series)
        query = query.with_for_update(read=not change)
        day: date | None = self._db.execute(query).scalar()
        if day is None:
            self._put(SealRow, [{"series": series, "day": NEVER}])
            return self.hold(series, change=change)
        return day

    def last(self, series: str) -> date:
        """The last sealed day of a series, for who only reads."""
        query = select(_seal.c.day).where(self._mine(_seal), _seal.c.series == series)
        return self._db.execute(query).scalar() or NEVER

    def advance(self, series: str, day: date) -> None:
        """Count the units of a series up to `day` as sealed."""
        self._put(SealRow, [{"series": series, "day": day}], update=("day",))

    def days(self, until: date) -> list[date]:
        """The days up to `until` of which there are selections, oldest first."""
        found: list[date] = []
        while day := self._next(found[-1] if found else NEVER, until):
            found.append(day)
        return found

    def _next(self, after: date, until: date) -> date | None:
        # The smallest day again and again rather than all distinct ones: each is one step in the index.
        mine = (self._mine(_selection), _selection.c.day > after, _selection.c.day <= until)
        return self._db.execute(select(func.min(_selection.c.day)).where(*mine)).scalar()

    def first_minute(self, series: str, day: date, start: datetime) -> datetime | None:
        """When, from `start` on, the next unit of a series that was first seen on `day` lies on the axis of time."""
        mine = (self._mine(_selection), _selection.c.day == day, _selection.c.series == series)
        return self._db.execute(select(func.min(_selection.c.at)).where(*mine, _selection.c.at >= start)).scalar()
