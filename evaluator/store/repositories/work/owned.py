"""One project's jobs, as its owners see them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import and_, delete, func, select, update

from evaluator.store.repositories.base import ProjectRepository
from evaluator.store.repositories.work.jobs import CAME_IN, KEY, READY, TARGET, WAITING, Ready
from evaluator.store.sql import chunks, table
from evaluator.store.tables.work.jobs import PAID, JobRow
from evaluator.store.tables.work.outcomes import OutcomeRow

_job, _outcome = table(JobRow), table(OutcomeRow)


class Jobs(ProjectRepository):
    def drop_stale(self, trace_id: str, keep: Sequence[str]) -> None:
        """Forget work on contents of a trace that are no longer current (`keep`: the current content hashes)."""
        stale = and_(self._mine(_job), _job.c.trace_id == trace_id, _job.c.content_hash.not_in(keep))
        self._db.execute(delete(_job).where(stale))

    def dead(self, limit: int = 100, after: int = 0, ids: Sequence[int] | None = None) -> list[dict[str, Any]]:
        """Dead letters by id, from the one after `after` on, or those of `ids`; each with what stands in its place.

        That is the outcome's `reason`, `message` and `failed_at` (all None where it has none).
        """
        same = and_(*(_outcome.c[name] == _job.c[name] for name in KEY))
        found = (_outcome.c.reason, _outcome.c.message, _outcome.c.created_at.label("failed_at"))
        query = (
            select(_job, *found)
            .outerjoin(_outcome, same)
            .where(self._mine(_job), _job.c.state == "dead", _job.c.id > after)
        )
        if ids is not None:
            query = query.where(_job.c.id.in_(ids))
        return [dict(row) for row in self._db.execute(query.order_by(_job.c.id).limit(limit)).mappings()]

    def queued(self, rows: Sequence[Mapping[str, Any]]) -> set[tuple[Any, ...]]:
        """Those of the jobs (rows that `Queue.add` takes) that are in the queue already, or dead, by `TARGET`."""
        found: set[tuple[Any, ...]] = set()
        for chunk in chunks(rows):
            query = select(*(_job.c[name] for name in TARGET)).where(
                self._mine(_job),
                *(_job.c[name].in_({row[name] for row in chunk}) for name in TARGET),
                _job.c.purpose == "production",
            )
            found.update(tuple(row) for row in self._db.execute(query))
        return found

    def replay(self, now: datetime, ids: Sequence[int] | None = None) -> int:
        """Give dead letters another life (all of the project's, or those named); returns how many."""
        where = [self._mine(_job), _job.c.state == "dead"]
        if ids is not None:
            where.append(_job.c.id.in_(ids))
        values = {"state": "ready", "attempts": 0, "available_at": now, "held": False, "error": ""}
        return int(self._db.execute(update(_job).where(*where).values(**values)).rowcount)

    def unpaid(self, tomorrow: datetime) -> dict[str, int]:
        """How many jobs wait for the money of another day, by fingerprint."""
        mine = (PAID, self._mine(_job), _job.c.state == "ready", _job.c.available_at >= tomorrow)
        query = select(_job.c.fingerprint, func.count()).where(*mine).group_by(_job.c.fingerprint)
        return {row[0]: row[1] for row in self._db.execute(query)}

    def waits_for(self, fingerprint: str) -> str:
        """Why some of the jobs of an evaluator could not be tried, where one says so; else empty."""
        mine = (PAID, self._mine(_job), _job.c.state == "ready", _job.c.fingerprint == fingerprint)
        told = select(_job.c.error).where(*mine, _job.c.error.startswith(WAITING)).limit(1)
        found = self._db.execute(told).scalar()
        return "" if found is None else str(found).removeprefix(WAITING)

    def ready(self, queue: str, now: datetime) -> Ready | None:
        """What could be claimed of a queue now; None where nothing is. A job that waits for another try, or for
        money, is not ready; backfills do not count."""
        mine = (_job.c.queue == queue, self._mine(_job), *READY, CAME_IN, _job.c.available_at <= now)
        jobs, since = self._db.execute(select(func.count(), func.min(_job.c.available_at)).where(*mine)).one()
        return Ready(jobs, since) if jobs else None

    def awaiting(self, budget: str, until: datetime) -> int:
        """How many jobs wait for a budget to pay for them, and are or will be ready before `until`; no backfills."""
        mine = (PAID, self._mine(_job), _job.c.budget == budget, _job.c.state == "ready", _job.c.priority >= 0)
        query = select(func.count()).select_from(_job).where(*mine, _job.c.available_at < until)
        return int(self._db.execute(query).scalar_one())

    def counts(self) -> dict[tuple[str, str], int]:
        """How many jobs there are by (fingerprint, state)."""
        query = (
            select(_job.c.fingerprint, _job.c.state, func.count())
            .where(self._mine(_job))
            .group_by(_job.c.fingerprint, _job.c.state)
        )
        return {(fingerprint, state): n for fingerprint, state, n in self._db.execute(query)}
