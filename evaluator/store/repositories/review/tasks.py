"""What people are asked: made by waves, kept with the design that drew it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, case, func, or_, select, tuple_, update

from evaluator.core.review.label import Review
from evaluator.store.repositories.base import ProjectRepository
from evaluator.store.repositories.review.waves import Target
from evaluator.store.sql import chunks, table
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

    def counts(self, waves: Collection[str]) -> list[tuple[str, str, str, int]]:
        """(wave, review, state, how many tasks there are) of these waves."""
        by, found = (_task.c.wave, _task.c.review, _task.c.state), list[tuple[str, str, str, int]]()
        for chunk in chunks(sorted(waves)):
            query = select(*by, func.count()).where(self._mine(_task), _task.c.wave.in_(chunk)).group_by(*by)
            found += [tuple(row) for row in self._db.execute(query)]
        return found

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
