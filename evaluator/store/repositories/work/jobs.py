"""The queue of record: claiming work under a lease, and giving it back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Select, and_, case, delete, func, literal, select, text, update

from evaluator.store.repositories.base import ProjectRepository, Repository
from evaluator.store.sql import chunks, table, upsert
from evaluator.store.tables.work.jobs import PAID, JobRow
from evaluator.store.tables.work.outcomes import OutcomeRow
from evaluator.store.types import to_micros

MAX_RECLAIMED = 1000
"""Jobs that one claim makes ready again."""
BACKFILL = -(2**53)
"""Added to the priority of what is scored in retrospect, which makes it negative: whatever comes in goes first."""
_job, _outcome = table(JobRow), table(OutcomeRow)
KEY = ("project", "day", "target_kind", "target_id", "content_hash", "fingerprint", "purpose", "replicate")
TARGET = ("day", "target_kind", "target_id", "content_hash", "fingerprint")


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One outcome to be had, as claimed. `attempts` counts this claim."""

    id: int
    project: str
    day: date
    target_kind: str
    target_id: str
    content_hash: str
    fingerprint: str
    purpose: str
    replicate: int
    trace_id: str
    budget: str
    attempts: int
    error: str


@dataclass(frozen=True, slots=True)
class Ready:
    """What a worker could take of a queue now: how many jobs, and since when the oldest of them has been waiting."""

    jobs: int
    since: datetime


@dataclass(frozen=True, slots=True)
class Backlog:
    """The jobs of one queue in one state; `oldest` is when the first of them became available."""

    queue: str
    state: str
    jobs: int
    oldest: datetime


def _is(state: str) -> ColumnElement[bool]:
    """Said in the statement itself, as an index that has a condition can only be used where that is known to hold."""
    return _job.c.state == literal(state, literal_execute=True)


# As text: SQLAlchemy writes `held = 0` for SQLite, which its planner does not see to be the indexes' `NOT held`.
_READY = (_is("ready"), text("NOT held"))
_CAME_IN, _FRESH = text("priority >= 0"), text("attempts = 0")


def _some(where: ColumnElement[bool]) -> Select[tuple[int]]:
    """The ids of some jobs that nobody else is at."""
    return select(_job.c.id).where(where).limit(MAX_RECLAIMED).with_for_update(skip_locked=True)


class Queue(Repository):
    """What workers claim from: jobs of every project."""

    def add(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Queue work; what is queued already stays as it is."""
        plain = [{**row, "held": row["available_at"] > row["created_at"]} for row in rows]
        upsert(self._db, JobRow, plain, keys=KEY)

    def claim(
        self, queue: str, owner: str, limit: int, now: datetime, lease: timedelta, *, oldest: bool = False
    ) -> list[Job]:
        """Take up to `limit` ready jobs of one project, evaluator and budget, those of highest priority first.

        `oldest` begins with the job that has been queued for longest instead (backfills aside, which are in no
        hurry): who asks for it every now and then keeps anything from waiting for ever.

        A job that was tried before runs alone, so that one that kills its worker does not keep taking others
        along. Attempts are counted here: a worker that dies has still used one up.
        """
        self._reclaim(now)
        ready = (_job.c.queue == queue, *_READY)
        first = self._first(and_(*ready, _CAME_IN), _job.c.id) if oldest else None
        first = first or self._first(and_(*ready), _job.c.priority.desc(), _job.c.id)
        if first is None:
            return []
        ids = [first.id]
        if not first.attempts:
            same = [_job.c[name] == getattr(first, name) for name in ("project", "fingerprint", "budget")]
            batch = select(_job.c.id).where(*ready, *same, _FRESH, _job.c.id != first.id)
            batch = batch.order_by(_job.c.priority.desc(), _job.c.id).limit(limit - 1)
            ids += self._db.execute(batch.with_for_update(skip_locked=True)).scalars()
        taken = self._db.execute(
            update(_job)
            .where(_job.c.id.in_(ids))
            .values(state="leased", lease_owner=owner, lease_until=now + lease, attempts=_job.c.attempts + 1)
            .returning(*(_job.c[f] for f in Job.__dataclass_fields__), _job.c.priority)
        ).mappings()
        jobs = sorted(taken, key=lambda row: (-row["priority"], row["id"]))
        return [Job(**{f: row[f] for f in Job.__dataclass_fields__}) for row in jobs]

    def _first(self, ready: ColumnElement[bool], *order: ColumnElement[Any]) -> Any:
        columns = (_job.c.id, _job.c.project, _job.c.fingerprint, _job.c.budget, _job.c.attempts)
        query = select(*columns).where(ready).order_by(*order).limit(1)
        return self._db.execute(query.with_for_update(skip_locked=True)).first()

    def _reclaim(self, now: datetime) -> None:
        """Make jobs ready whose lease ran out (their worker died or hangs) or whose time has come."""
        expired = and_(_is("leased"), _job.c.lease_until < now)
        values = {"state": "ready", "lease_owner": None, "lease_until": None, "error": "the lease ran out"}
        self._db.execute(update(_job).where(_job.c.id.in_(_some(expired))).values(**values))
        due = and_(text("held"), _job.c.available_at <= now)
        self._db.execute(update(_job).where(_job.c.id.in_(_some(due))).values(held=False))

    def backlog(self) -> list[Backlog]:
        """How much there is of every queue and state, whosever it is; ready backfills are a state of their own."""
        retrospect = and_(_job.c.state == "ready", _job.c.priority < 0)
        state = case((retrospect, "backfill"), else_=_job.c.state)
        query = select(_job.c.queue, state, func.count(), func.min(_job.c.available_at))
        found = self._db.execute(query.group_by(_job.c.queue, state).order_by(_job.c.queue, state))
        return [Backlog(*row) for row in found]

    def extend(self, owner: str, until: datetime) -> None:
        """Hold on to everything that `owner` has claimed until `until`."""
        mine = (_job.c.state == "leased", _job.c.lease_owner == owner)
        self._db.execute(update(_job).where(*mine).values(lease_until=until))

    def finish(self, jobs: Sequence[Job], owner: str) -> None:
        """The outcomes are saved: the jobs leave the queue, unless somebody else holds them by now."""
        for chunk in chunks([j.id for j in jobs]):
            self._db.execute(delete(_job).where(_job.c.id.in_(chunk), _job.c.lease_owner == owner))

    def retry(self, job: Job, owner: str, error: str, at: datetime) -> None:
        """Give a job back, to be tried again at `at`."""
        mine = and_(_job.c.id == job.id, _job.c.lease_owner == owner)
        values = {"state": "ready", "available_at": at, "held": True, "lease_owner": None, "lease_until": None}
        self._db.execute(update(_job).where(mine).values(**values, error=error[:2000]))

    def release(self, owner: str, now: datetime) -> None:
        """Give everything back that `owner` holds, uncounted: it is shutting down before it began."""
        mine = and_(_job.c.state == "leased", _job.c.lease_owner == owner)
        values = {"state": "ready", "lease_owner": None, "lease_until": None, "available_at": now}
        self._db.execute(update(_job).where(mine).values(**values, attempts=_job.c.attempts - 1))

    def give_back(self, jobs: Sequence[Job], owner: str, at: datetime, spread: timedelta = timedelta()) -> None:
        """Give jobs back that were not begun: uncounted, ready again from `at` on, spread evenly over `spread`."""
        for chunk in chunks([j.id for j in jobs]):
            mine = and_(_job.c.id.in_(chunk), _job.c.lease_owner == owner)
            values = {"state": "ready", "lease_owner": None, "lease_until": None, "attempts": _job.c.attempts - 1}
            self._db.execute(update(_job).where(mine).values(**values, available_at=_spread(at, spread), held=True))

    def put_off(self, project: str, budget: str, at: datetime, spread: timedelta = timedelta()) -> None:
        """Keep the ready jobs of a budget back until `at`, and from there spread evenly over `spread`."""
        poor = and_(PAID, _job.c.project == project, _job.c.budget == budget, _job.c.state == "ready")
        values = {"available_at": _spread(at, spread), "held": True}
        self._db.execute(update(_job).where(poor, _job.c.available_at < at).values(**values))

    def bring_back(self, project: str, budget: str, now: datetime) -> None:
        """Make the jobs of a budget ready at once: there may be money for them again."""
        kept = and_(PAID, _job.c.project == project, _job.c.budget == budget, _job.c.state == "ready")
        self._db.execute(update(_job).where(kept, _job.c.available_at > now).values(available_at=now, held=False))

    def ready(self, now: datetime) -> dict[str, Ready]:
        """What could be claimed now, by queue. A job that waits for another try, or for money, is not ready.

        Backfills do not count: they wait for as long as there is anything else, and nobody is late because of them.
        """
        query = (
            select(_job.c.queue, func.count(), func.min(_job.c.available_at))
            .where(*_READY, _CAME_IN, _job.c.available_at <= now)
            .group_by(_job.c.queue)
        )
        return {queue: Ready(jobs, since) for queue, jobs, since in self._db.execute(query)}

    def bury(self, job: Job, owner: str, error: str) -> None:
        """Make a job a dead letter: it stays to be seen and can be replayed."""
        mine = and_(_job.c.id == job.id, _job.c.lease_owner == owner)
        values = {"state": "dead", "lease_owner": None, "lease_until": None, "error": error[:2000]}
        self._db.execute(update(_job).where(mine).values(**values))


def _spread(at: datetime, spread: timedelta) -> ColumnElement[int]:
    """The moment of each job: by its id, so that no kind of trace comes before another."""
    minutes = max(1, int(spread.total_seconds() // 60))
    return literal(to_micros(at), BigInteger) + (_job.c.id % minutes) * 60_000_000


class Jobs(ProjectRepository):
    """One project's jobs, as its owners see them."""

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
