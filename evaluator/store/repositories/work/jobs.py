"""The queue of record: claiming work under a lease, and giving it back."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    TextClause,
    Update,
    and_,
    bindparam,
    case,
    delete,
    func,
    literal,
    select,
    text,
    type_coerce,
    update,
)
from sqlalchemy.sql.dml import ReturningUpdate

from evaluator.core.retry import RESTART_SECONDS, RETRY, RetryPolicy
from evaluator.store.repositories.base import Repository
from evaluator.store.sql import chunks, table, upsert
from evaluator.store.tables.work.jobs import PAID, JobRow, LostTurnRow
from evaluator.store.types import to_micros

MAX_RECLAIMED = 1000
"""Jobs that one claim makes ready again."""
BACKFILL = -(2**53)
"""Added to the priority of what is scored in retrospect, which makes it negative: whatever comes in goes first."""
WAITING = "waiting: "
"""What the error of a job begins with that could not be tried, as whoever is asked could not be reached."""
_job, _lost = table(JobRow), table(LostTurnRow)
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
READY = (_is("ready"), text("NOT held"))
# A sum, so that SQLite does not take the index that is ordered by priority for it, and then sorts.
CAME_IN, _FRESH = text("priority + 0 >= 0"), text("attempts = 0")


def _some(where: ColumnElement[bool]) -> Select[tuple[int]]:
    """The ids of some jobs that nobody else is at."""
    return select(_job.c.id).where(where).limit(MAX_RECLAIMED).with_for_update(skip_locked=True)


def _waiting(condition: str) -> TextClause:
    """Asks for the projects that have such jobs: a probe of an index for each, however many jobs they have."""
    project = f"SELECT project FROM score_job WHERE queue = :queue AND {condition}"  # noqa: S608
    return text(f"""
        WITH RECURSIVE waiting (project) AS (
            SELECT ({project} ORDER BY project LIMIT 1)
            UNION ALL
            SELECT ({project} AND project > waiting.project ORDER BY project LIMIT 1)
            FROM waiting WHERE waiting.project IS NOT NULL
        )
        SELECT project FROM waiting WHERE project IS NOT NULL
    """)  # noqa: S608 - conditions of ours


_WAITING = _waiting("state = 'ready' AND NOT held")
_WAITING_LIVE = _waiting("state = 'ready' AND NOT held AND priority + 0 >= 0")


# Kept, as every claim asks for these. They take `now` (microseconds), and `why`.
_NOW = bindparam("now", type_=BigInteger)


@lru_cache(maxsize=1)
def _due() -> Update:
    """Makes ready what has waited long enough."""
    due = and_(text("held"), type_coerce(_job.c.available_at, BigInteger) <= _NOW)
    return update(_job).where(_job.c.id.in_(_some(due))).values(held=False)


@lru_cache(maxsize=8)
def _given_back(retry: RetryPolicy) -> ReturningUpdate[tuple[str, str]]:
    """Makes what was lost ready again, once the pause since its end is over; gives its projects and queues."""
    lease = type_coerce(_job.c.lease_until, BigInteger)
    # What has no try left is claimed at once, to be buried.
    pauses = {n: retry.pause(n) // timedelta(microseconds=1) for n in range(1, max(2, retry.attempts))}
    at = case((lease < _NOW, lease), else_=_NOW) + case(pauses, value=_job.c.attempts, else_=0)
    values = {"state": "ready", "available_at": at, "held": True, "lease_owner": None, "lease_until": None}
    return update(_job).values(**values, error=bindparam("why")).returning(_job.c.project, _job.c.queue)


@lru_cache(maxsize=8)
def _expired(retry: RetryPolicy) -> ReturningUpdate[tuple[str, str]]:
    expired = and_(_is("leased"), type_coerce(_job.c.lease_until, BigInteger) < _NOW)
    return _given_back(retry).where(_job.c.id.in_(_some(expired)))


class Queue(Repository):
    """What workers claim from: jobs of every project."""

    def add(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Queue work; what is queued already stays as it is."""
        plain = [{**row, "held": row["available_at"] > row["created_at"]} for row in rows]
        upsert(self._db, JobRow, plain, keys=KEY)

    def claim(
        self,
        queue: str,
        owner: str,
        limit: int,
        now: datetime,
        lease: timedelta,
        *,
        order: Callable[[Sequence[str]], Sequence[str]] = sorted,
        oldest: Callable[[str], bool] = lambda _: False,
        retry: RetryPolicy = RETRY,
    ) -> list[Job]:
        """Take up to `limit` ready jobs of one project, evaluator and budget, those of highest priority first.

        `order` puts the projects that have something ready in the order of their turns. Backfills wait for as long
        as anybody has anything else. Of a project for which `oldest` says so, the job that has been queued for
        longest comes first: who does so every now and then keeps anything from waiting for ever.

        A job that was tried before runs alone, so that one that kills its worker does not keep taking others
        along. Attempts are counted here: a worker that dies has still used one up.
        """
        self._reclaim(now, retry)
        ids = self._next(queue, limit, order, oldest)
        if not ids:
            return []
        taken = self._db.execute(
            update(_job)
            .where(_job.c.id.in_(ids))
            .values(state="leased", lease_owner=owner, lease_until=now + lease, attempts=_job.c.attempts + 1)
            .returning(*(_job.c[f] for f in Job.__dataclass_fields__), _job.c.priority)
        ).mappings()
        jobs = sorted(taken, key=lambda row: (-row["priority"], row["id"]))
        return [Job(**{f: row[f] for f in Job.__dataclass_fields__}) for row in jobs]

    def _next(
        self,
        queue: str,
        limit: int,
        order: Callable[[Sequence[str]], Sequence[str]],
        oldest: Callable[[str], bool],
    ) -> list[int]:
        """The ids of a batch of the first project whose jobs others do not hold."""
        for waiting in (_WAITING_LIVE, _WAITING):
            projects = [row[0] for row in self._db.execute(waiting, {"queue": queue})]
            for project in order(projects):
                if ids := self._batch(queue, project, limit, oldest(project)):
                    return ids
        return []

    def _batch(self, queue: str, project: str, limit: int, oldest: bool) -> list[int]:
        ready = (_job.c.queue == queue, _job.c.project == project, *READY)
        first = self._first(and_(*ready, CAME_IN), _job.c.id) if oldest else None
        first = first or self._first(and_(*ready), _job.c.priority.desc(), _job.c.id)
        if first is None:
            return []
        ids = [first.id]
        if not first.attempts:
            same = (_job.c.fingerprint == first.fingerprint, _job.c.budget == first.budget)
            batch = select(_job.c.id).where(*ready, *same, _FRESH, _job.c.id != first.id)
            batch = batch.order_by(_job.c.priority.desc(), _job.c.id).limit(limit - 1)
            ids += self._db.execute(batch.with_for_update(skip_locked=True)).scalars()
        return ids

    def _first(self, ready: ColumnElement[bool], *order: ColumnElement[Any]) -> Any:
        columns = (_job.c.id, _job.c.fingerprint, _job.c.budget, _job.c.attempts)
        query = select(*columns).where(ready).order_by(*order).limit(1)
        return self._db.execute(query.with_for_update(skip_locked=True)).first()

    def _reclaim(self, now: datetime, retry: RetryPolicy) -> None:
        """Take back leases that ran out (their worker died or hangs), and make ready what has waited long enough."""
        self._lose(_expired(retry), "the lease ran out", RESTART_SECONDS, now)
        self._db.execute(_due(), {"now": to_micros(now)})

    def lose(self, owner: str, error: str, retry: RetryPolicy, seconds: float, now: datetime) -> None:
        """`owner` died over what it holds, after so many seconds: each job is tried again, after a pause."""
        mine = _given_back(retry).where(_is("leased"), _job.c.lease_owner == owner)
        self._lose(mine, error, seconds + RESTART_SECONDS, now)

    def _lose(self, lost: ReturningUpdate[tuple[str, str]], error: str, seconds: float, now: datetime) -> None:
        """Give back what `lost` finds, and write down what it has cost (s) whose it was."""
        found = self._db.execute(lost, {"now": to_micros(now), "why": error[:2000]})
        owed = sorted({(row.project, row.queue) for row in found})
        cost = {"at": now, "seconds": seconds}
        upsert(self._db, LostTurnRow, [{"project": p, "queue": q, **cost} for p, q in owed], update=list(cost))

    def debts(self, queue: str, now: datetime) -> dict[str, float]:
        """What lost batches have cost (s), by project, less the time that has passed since then: processes that
        start anew let others go first for so long."""
        found = self._db.execute(select(_lost).where(_lost.c.queue == queue)).mappings()
        left = {row["project"]: row["seconds"] - (now - row["at"]).total_seconds() for row in found}
        return {project: seconds for project, seconds in left.items() if seconds > 0}

    def backlog(self) -> list[Backlog]:
        """How much there is of every queue and state, whosever it is; ready backfills are a state of their own."""
        retrospect = and_(_job.c.state == "ready", _job.c.priority < 0)
        state = case((retrospect, "backfill"), else_=_job.c.state)
        query = select(_job.c.queue, state, func.count(), func.min(_job.c.available_at))
        found = self._db.execute(query.group_by(_job.c.queue, state).order_by(_job.c.queue, state))
        return [Backlog(*row) for row in found]

    def extend(self, owner: str, until: datetime) -> None:
        """Hold on to everything that `owner` has claimed until `until`, but for what is just being saved."""
        mine = select(_job.c.id).where(_job.c.state == "leased", _job.c.lease_owner == owner).order_by(_job.c.id)
        held = mine.with_for_update(skip_locked=True)
        self._db.execute(update(_job).where(_job.c.id.in_(held)).values(lease_until=until))

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

    def give_back(
        self, jobs: Sequence[Job], owner: str, at: datetime, spread: timedelta = timedelta(), error: str | None = None
    ) -> None:
        """Give jobs back that were not begun: uncounted, ready again from `at` on, spread evenly over `spread`; for
        `error`, where that is told."""
        for chunk in chunks([j.id for j in jobs]):
            mine = and_(_job.c.id.in_(chunk), _job.c.lease_owner == owner)
            values = {"state": "ready", "lease_owner": None, "lease_until": None, "attempts": _job.c.attempts - 1}
            values |= {} if error is None else {"error": error[:2000]}
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
            .where(*READY, CAME_IN, _job.c.available_at <= now)
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
