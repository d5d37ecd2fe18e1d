"""What was set aside, and when it is tried again."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, func, or_, select, tuple_, update

from evaluator.core.quarantine import PAUSED, SERIES_LENGTH, Kind, Quarantined, Step
from evaluator.core.retry import RetryPolicy
from evaluator.store.repositories.base import ProjectRepository, Repository
from evaluator.store.sql import chunks, table
from evaluator.store.tables.work.quarantine import QuarantineRow

_row = table(QuarantineRow)
_COLUMNS = tuple(_row.c[name] for name in Quarantined.__dataclass_fields__)


class Quarantines(Repository):
    """What is set aside in every project."""

    def due(self, now: datetime, limit: int = 500) -> list[Quarantined]:
        """What is to be tried again now."""
        query = select(*_COLUMNS).where(_row.c.retry_at <= now).order_by(_row.c.retry_at).limit(limit)
        return [_of(row) for row in self._db.execute(query).mappings()]

    def projects(self, step: Step, among: Collection[str]) -> dict[str, Quarantined]:
        """Those of these projects that are set aside as a whole at a step."""
        found: dict[str, Quarantined] = {}
        for chunk in chunks(sorted(among)):
            mine = (_row.c.project.in_(chunk), _row.c.step == step.value, _row.c.kind == Kind.PROJECT.value)
            rows = self._db.execute(select(*_COLUMNS).where(*mine)).mappings()
            found |= {row["project"]: _of(row) for row in rows}
        return found

    def trying(self, step: Step, kind: Kind) -> list[str]:
        """The projects in which something of a kind is to be tried now."""
        mine = (_row.c.step == step.value, _row.c.kind == kind.value, _row.c.retry_at.is_(None), ~_row.c.given_up)
        return list(self._db.execute(select(_row.c.project).where(*mine).distinct()).scalars())

    def counts(self) -> dict[tuple[Step, Kind], int]:
        """How much is set aside, whosever it is."""
        query = select(_row.c.step, _row.c.kind, func.count()).group_by(_row.c.step, _row.c.kind)
        return {(Step(step), Kind(kind)): n for step, kind, n in self._db.execute(query)}

    def some(self, limit: int) -> list[Quarantined]:
        """What was set aside last."""
        query = select(*_COLUMNS).order_by(_row.c.last_at.desc()).limit(limit)
        return [_of(row) for row in self._db.execute(query).mappings()]


class Quarantine(ProjectRepository):
    """What is set aside in one project."""

    def put(self, step: Step, kind: Kind, subject: str, error: str, now: datetime, retry: RetryPolicy) -> Quarantined:
        """Note that something failed once more, and say when it is tried again; once it has been tried often enough,
        only when somebody asks for it."""
        key = self._key(step, kind, [subject])
        before = self._db.execute(select(_row.c.attempts, _row.c.first_at).where(key)).first()
        attempts, first = (before.attempts + 1, before.first_at) if before else (1, now)
        given_up = attempts >= retry.attempts and kind not in PAUSED
        pause = retry.rest(attempts) if kind in PAUSED else retry.pause(attempts)
        found = Quarantined(
            project=self._project, step=step, kind=kind, subject=subject, attempts=attempts, error=error,
            first_at=first, last_at=now, retry_at=None if given_up else now + pause, given_up=given_up,
        )  # fmt: skip
        row = {name: getattr(found, name) for name in QuarantineRow.model_fields}
        values = row | {"step": step.value, "kind": kind.value}
        self._put(QuarantineRow, [values], update=("attempts", "error", "last_at", "retry_at", "given_up"))
        return found

    def at(self, step: Step, kind: Kind) -> dict[str, Quarantined]:
        """What of a kind is set aside at a step, by subject."""
        query = select(*_COLUMNS).where(self._all(step, kind))
        return {row["subject"]: _of(row) for row in self._db.execute(query).mappings()}

    def clear(self, step: Step, kind: Kind, subjects: Sequence[str]) -> None:
        """Forget what has gone through."""
        # Almost always there is nothing, and nobody is to pay for it.
        if self._db.execute(select(_row.c.step).where(self._all(step, kind)).limit(1)).first() is None:
            return
        for chunk in chunks(subjects):
            self._db.execute(delete(_row).where(self._key(step, kind, chunk)))

    def clear_traces(self, trace_ids: Sequence[str]) -> None:
        """Forget what was set aside of traces that are gone."""
        for chunk in chunks(trace_ids):
            self._db.execute(delete(_row).where(self._about(chunk)))

    def of_trace(self, trace_id: str) -> list[Quarantined]:
        """What is set aside of a trace."""
        query = select(*_COLUMNS).where(self._about([trace_id]))
        return [_of(row) for row in self._db.execute(query).mappings()]

    def list(self, limit: int, after: Quarantined | None = None) -> list[Quarantined]:
        """What was set aside, the last first, from the one after `after` on."""
        query = select(*_COLUMNS).where(self._mine(_row))
        if after is not None:
            key = tuple_(_row.c.step, _row.c.kind, _row.c.subject)
            beyond = and_(_row.c.last_at == after.last_at, key > (after.step.value, after.kind.value, after.subject))
            query = query.where(or_(_row.c.last_at < after.last_at, beyond))
        order = (_row.c.last_at.desc(), _row.c.step, _row.c.kind, _row.c.subject)
        return [_of(row) for row in self._db.execute(query.order_by(*order).limit(limit)).mappings()]

    def count(self) -> int:
        query = select(func.count()).select_from(_row).where(self._mine(_row))
        return int(self._db.execute(query).scalar_one())

    def named(self, ids: Sequence[str]) -> dict[str, Quarantined]:
        """Those of `ids` that there are."""
        found: dict[str, Quarantined] = {}
        for chunk in chunks(ids):
            query = select(*_COLUMNS).where(self._mine(_row), _row.c.id.in_(chunk))
            found |= {one.id: one for one in map(_of, self._db.execute(query).mappings())}
        return found

    def begin(self, ids: Sequence[str]) -> None:
        """Say that these are being tried."""
        for chunk in chunks(ids):
            self._db.execute(update(_row).where(self._mine(_row), _row.c.id.in_(chunk)).values(retry_at=None))

    def replay(self, now: datetime, ids: Sequence[str] | None = None) -> int:
        """Have these, or all, tried at `now`, their tries counted anew; returns how many that are."""
        which = [self._mine(_row)] if ids is None else [and_(self._mine(_row), _row.c.id.in_(c)) for c in chunks(ids)]
        values = {"retry_at": now, "given_up": False, "attempts": 0}
        return sum(self._db.execute(update(_row).where(where).values(**values)).rowcount for where in which)

    def _key(self, step: Step, kind: Kind, subjects: Sequence[str]) -> Any:
        return and_(self._all(step, kind), _row.c.subject.in_(subjects))

    def _all(self, step: Step, kind: Kind) -> ColumnElement[bool]:
        return and_(self._mine(_row), _row.c.step == step.value, _row.c.kind == kind.value)

    def _about(self, trace_ids: Sequence[str]) -> ColumnElement[bool]:
        """What is set aside of these traces, at whatever step."""
        in_series = func.substr(_row.c.subject, SERIES_LENGTH + 2).in_(trace_ids)
        plain = [self._key(step, Kind.TRACE, trace_ids) for step in Step if step is not Step.AGGREGATE]
        return or_(*plain, self._all(Step.AGGREGATE, Kind.TRACE) & in_series)


def _of(row: Any) -> Quarantined:
    return Quarantined(**{**row, "step": Step(row["step"]), "kind": Kind(row["kind"])})
