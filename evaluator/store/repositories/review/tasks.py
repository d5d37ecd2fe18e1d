"""What people are asked: made by waves, kept with the design that drew it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, bindparam, case, func, or_, select, tuple_, update

from evaluator.core.review.label import Review
from evaluator.store.repositories.base import ProjectRepository
from evaluator.store.repositories.review.waves import Target
from evaluator.store.sql import chunks, table, unindexed
from evaluator.store.tables.review.tasks import TaskRow

_task = table(TaskRow)
_NATURAL = ("project", "criterion", "target_kind", "target_id", "series", "review")


@dataclass(frozen=True, slots=True)
class Asked:
    """A task, without what is asked."""

    id: str
    wave: str
    review: str
    state: str
    target_kind: str
    target_id: str
    content_hash: str
    first_annotator: str | None
    at: datetime
    probabilities: dict[str, float]

    @property
    def target(self) -> Target:
        return self.target_kind, self.target_id


_ASKED = tuple(_task.c[name] for name in Asked.__dataclass_fields__)


class Tasks(ProjectRepository):
    def add(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Store tasks; one that is there already stays as it is."""
        self._put(TaskRow, rows, keys=_NATURAL)

    def get(self, task: str) -> dict[str, Any] | None:
        row = self._db.execute(select(_task).where(self._mine(_task), _task.c.id == task)).mappings().first()
        return None if row is None else dict(row)

    def hold(self, task: str) -> dict[str, Any] | None:
        """A task that nobody else changes before this transaction ends."""
        query = select(_task).where(self._mine(_task), _task.c.id == task).with_for_update()
        row = self._db.execute(query).mappings().first()
        return None if row is None else dict(row)

    def of_targets(self, criterion: str, targets: Collection[Target]) -> dict[Target, list[dict[str, Any]]]:
        """Every task on these targets for a criterion, without what is asked, by target."""
        columns = [c for c in _task.columns if c.name != "content"]
        found: dict[Target, list[dict[str, Any]]] = defaultdict(list)
        wanted = set(targets)
        for chunk in chunks(sorted(wanted)):
            mine = (
                self._mine(_task), _task.c.criterion == criterion,
                _task.c.target_kind.in_(sorted({kind for kind, _ in chunk})),
                _task.c.target_id.in_([target for _, target in chunk]),
            )  # fmt: skip
            for row in self._db.execute(select(*columns).where(*mine)).mappings():
                if (target := (row["target_kind"], row["target_id"])) in wanted:
                    found[target].append(dict(row))
        return found

    def within(
        self, criterion: str, series: str, window: tuple[datetime, datetime], after: Asked | None, limit: int
    ) -> list[Asked]:
        """Up to `limit` tasks of a series on traces that began in `window`, in the order of time, from the one after
        `after` on."""
        mine = [
            self._mine(_task), _task.c.series == series, _task.c.criterion == criterion,
            _task.c.at >= (after.at if after else window[0]), _task.c.at < window[1],
        ]  # fmt: skip
        if after is not None:
            mine.append(or_(_task.c.at > after.at, _task.c.id > after.id))
        rows = self._db.execute(select(*_ASKED).where(*mine).order_by(_task.c.at, _task.c.id).limit(limit))
        return [Asked(*row) for row in rows]

    def of_wave(self, wave: str, states: Collection[str], limit: int) -> list[Asked]:
        """Up to `limit` tasks of a wave in these states."""
        mine = (self._mine(_task), _task.c.wave == wave, _task.c.state.in_(sorted(states)))
        return [Asked(*row) for row in self._db.execute(select(*_ASKED).where(*mine).limit(limit))]

    def write_probabilities(self, changed: Mapping[str, Mapping[str, float]]) -> None:
        """Set what tasks (by id) say of the waves in whose frames they lie."""
        if changed:
            statement = update(_task).where(self._mine(_task), _task.c.id == bindparam("task"))
            rows = [{"task": task, "found": dict(found)} for task, found in sorted(changed.items())]
            self._db.execute(
                statement.values(probabilities=bindparam("found", type_=_task.c.probabilities.type)), rows
            )

    def give_to(self, wave: str, tasks: Sequence[str]) -> None:
        """Have these open, waiting or closed tasks served as `wave`'s."""
        first_known = case((_task.c.first_annotator.is_not(None), "open"), else_="waiting")
        state = case(
            (_task.c.state != "closed", _task.c.state),
            (_task.c.review == Review.FIRST.value, "open"),
            else_=first_known,
        )
        for chunk in chunks(sorted(tasks)):
            mine = (self._mine(_task), _task.c.id.in_(chunk), _task.c.state.in_(("open", "waiting", "closed")))
            self._db.execute(update(_task).where(*mine).values(wave=wave, state=state))

    def close(self, tasks: Sequence[str]) -> None:
        """Serve these open or waiting tasks no more."""
        for chunk in chunks(sorted(tasks)):
            mine = (self._mine(_task), _task.c.id.in_(chunk), _task.c.state.in_(("open", "waiting")))
            values = {"state": "closed", "lease_owner": None, "lease_until": None}
            self._db.execute(update(_task).where(*mine).values(**values))

    def change(self, task: str, *, state: str | None = None, **values: Any) -> bool:
        """Change a task; returns whether it is (still) in `state`, where that is asked for."""
        mine = [self._mine(_task), _task.c.id == task] + ([_task.c.state == state] if state else [])
        renamed = {"state": values.pop("becomes")} if "becomes" in values else {}
        return bool(self._db.execute(update(_task).where(*mine).values(**values, **renamed)).rowcount)

    def drop(self, task: str) -> None:
        """Take a task away that nobody has answered."""
        self._db.execute(_task.delete().where(self._mine(_task), _task.c.id == task, _task.c.state != "done"))

    def counts(self, wave: str) -> dict[tuple[str, str], int]:
        """How many tasks of a wave there are by (review, state)."""
        query = (
            select(_task.c.review, _task.c.state, func.count())
            .where(self._mine(_task), _task.c.wave == wave)
            .group_by(_task.c.review, _task.c.state)
        )
        return {(review, state): n for review, state, n in self._db.execute(query)}

    def criteria(self) -> list[str]:
        """The criteria by which people are asked."""
        query = select(_task.c.criterion).where(self._mine(_task)).distinct()
        return list(self._db.execute(query).scalars())

    def made_since(
        self, criterion: str, after: tuple[datetime, str] | None, limit: int
    ) -> list[tuple[datetime, str, dict[str, Any]]]:
        """Up to `limit` tasks for a criterion, in the order in which they were made, from the one after `after`
        (created at, id) on; each with the key of its sample and its trace."""
        names = ("day", "target_kind", "target_id", "content_hash", "trace_id", "at")
        mine = [self._mine(_task), _task.c.criterion == criterion]
        if after is not None:
            mine += [_task.c.created_at >= after[0], tuple_(_task.c.created_at, _task.c.id) > after]
        query = select(_task.c.created_at, _task.c.id, *(_task.c[name] for name in names)).where(*mine)
        rows = self._db.execute(query.order_by(_task.c.created_at, _task.c.id).limit(limit))
        return [(row[0], row[1], dict(zip(names, row[2:], strict=True))) for row in rows]

    def on_traces(self, trace_ids: Collection[str]) -> list[tuple[str, str, str, str]]:
        """(criterion, target kind, target id, content hash) of the tasks on these traces."""
        found: set[tuple[str, str, str, str]] = set()
        for chunk in chunks(sorted(trace_ids)):
            columns = (_task.c.criterion, _task.c.target_kind, _task.c.target_id, _task.c.content_hash)
            query = select(*columns).where(self._mine(_task), _task.c.trace_id.in_(chunk))
            found |= {(a, b, c, d) for a, b, c, d in self._db.execute(query)}
        return sorted(found)

    def page(
        self, after: str, limit: int, *, wave: str | None = None, open_only: bool = False, ids: Sequence[str] = ()
    ) -> list[dict[str, Any]]:
        """Up to `limit` tasks with all that is kept of them, by id from the one after `after` on; of one wave, or
        only those that are to be answered, or those of `ids`."""
        mine = [self._mine(_task), _task.c.id > after]
        if wave is not None:
            mine.append(_task.c.wave == wave)
        if open_only:
            mine.append(_task.c.state == "open")
        if ids:
            mine.append(_task.c.id.in_(ids))
        rows = self._db.execute(select(_task).where(*mine).order_by(_task.c.id).limit(limit)).mappings()
        return [dict(row) for row in rows]


# Kept apart from the class, as serving asks for them of one connection after another.


class Desk(ProjectRepository):
    """What is served next, and to whom."""

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
        mine = [self._mine(_task), _OPEN]
        return mine if wave is None else [*mine, _task.c.wave == wave]


_OPEN = _task.c.state == bindparam(None, "open", literal_execute=True)


def _is_free(annotator: str, now: datetime) -> Any:
    unleased = or_(_task.c.lease_until.is_(None), _task.c.lease_until <= now)
    others = or_(_task.c.first_annotator.is_(None), _task.c.first_annotator != annotator)
    return and_(unleased, others)
