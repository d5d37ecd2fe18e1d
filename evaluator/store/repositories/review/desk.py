"""What is served next, and to whom."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import and_, bindparam, func, or_, select

from evaluator.store.repositories.base import ProjectRepository
from evaluator.store.sql import lock, table, unindexed
from evaluator.store.tables.review.tasks import TaskRow

_task = table(TaskRow)


class Desk(ProjectRepository):
    """What is served next, and to whom."""

    def alone(self, annotator: str) -> None:
        """Be the only one who takes tasks for an annotator until this transaction ends: two tabs at once would each
        miss what the other has taken."""
        lock(self._db, "desk", self._project, annotator)

    def held(self, annotator: str, wave: str | None, now: datetime, task: str | None = None) -> str | None:
        """The task that an annotator holds under a lease; with `task` that one, if they hold it."""
        mine = [*self._open(None), _task.c.lease_owner == annotator, _task.c.lease_until > now]
        if task is not None:
            mine.append(_task.c.id == task)
        if wave is not None:
            mine.append(unindexed(self._db, _task.c.wave) == wave)
        return self._db.execute(select(_task.c.id).where(*mine).limit(1)).scalar()

    def free(
        self, annotator: str, wave: str | None, now: datetime, after: tuple[float, str] | None, limit: int
    ) -> list[tuple[float, str, str, str, str]]:
        """(place, id, criterion, target kind, target id) of tasks that nobody holds and that are not kept from the
        annotator, in the order in which they are served, from the one after `after` on."""
        columns = (_task.c.place, _task.c.id, _task.c.criterion, _task.c.target_kind, _task.c.target_id)
        query = select(*columns).where(*self._open(wave), _is_free(annotator, now))
        if after is not None:
            beyond = and_(_task.c.place == after[0], _task.c.id > after[1])
            query = query.where(_task.c.place >= after[0], or_(_task.c.place > after[0], beyond))
        return [tuple(row) for row in self._db.execute(query.order_by(_task.c.place, _task.c.id).limit(limit))]

    def lock(self, task: str, annotator: str, now: datetime) -> dict[str, Any] | None:
        """A task, unless somebody else has taken it meanwhile, or is about to."""
        mine = (self._mine(_task), _task.c.id == task, _task.c.state == "open")
        free = or_(_is_free(annotator, now), _task.c.lease_owner == annotator)
        query = select(_task).where(*mine, free).with_for_update(skip_locked=True)
        row = self._db.execute(query).mappings().first()
        return None if row is None else dict(row)

    def count(self, wave: str | None, most: int, places: tuple[float, float] = (0.0, 1.0)) -> int:
        """How many tasks are open whose place lies in [low, high), counted up to `most`."""
        mine = (*self._open(wave), _task.c.place >= places[0], _task.c.place < places[1])
        # In the order of the index that holds nothing else, so that it is the one that is counted.
        some = select(_task.c.place).where(*mine).order_by(_task.c.place).limit(most).subquery()
        return int(self._db.execute(select(func.count()).select_from(some)).scalar_one())

    def _open(self, wave: str | None) -> list[Any]:
        mine = [self._mine(_task), OPEN]
        return mine if wave is None else [*mine, _task.c.wave == wave]


OPEN = _task.c.state == bindparam(None, "open", literal_execute=True)
"""Said in the statement itself, for the indexes of open tasks to be used."""


def _is_free(annotator: str, now: datetime) -> Any:
    unleased = or_(_task.c.lease_until.is_(None), _task.c.lease_until <= now)
    others = or_(_task.c.first_annotator.is_(None), _task.c.first_annotator != annotator)
    return and_(unleased, others)
