"""What `faithline doctor` asks of a database: how it keeps what it acknowledges, its clock, the age of its work."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select, text

from evaluator.core.ids import random_id
from evaluator.store.sql import table
from evaluator.store.store import Store, Unit
from evaluator.store.tables.series.marks import DirtyRow
from evaluator.store.tables.traces.traces import TraceRow
from evaluator.store.tables.work.jobs import JobRow
from evaluator.store.types import EPOCH

_job, _trace, _dirty = table(JobRow), table(TraceRow), table(DirtyRow)

_SYNCHRONOUS = {0: "off", 1: "normal", 2: "full", 3: "extra"}
_POSTGRES = ("fsync", "synchronous_commit", "full_page_writes")


@dataclass(frozen=True, slots=True)
class Work:
    """What waits, in all projects.

    `overdue` is when the oldest open trace should have settled, `dirty_since` when the oldest changed minute was
    marked; None where there is none.
    """

    expired_leases: int
    dead_letters: int
    backfill: int
    overdue: datetime | None
    dirty: int
    dirty_since: datetime | None


def durability(unit: Unit) -> dict[str, str]:
    """The settings that decide whether a commit has reached the disk, as the server has them for this connection."""
    db = unit.connection
    if db.dialect.name == "sqlite":
        mode = str(db.execute(text("PRAGMA journal_mode")).scalar_one())
        level = int(db.execute(text("PRAGMA synchronous")).scalar_one())
        return {"journal_mode": mode, "synchronous": _SYNCHRONOUS.get(level, str(level))}
    return {name: str(db.execute(text(f"SHOW {name}")).scalar_one()) for name in _POSTGRES}


def server_time(unit: Unit) -> datetime | None:
    """What the database's own clock says; None on SQLite, whose clock is this machine's."""
    if unit.connection.dialect.name == "sqlite":
        return None
    micros = unit.connection.execute(text("SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint"))
    return EPOCH + timedelta(microseconds=micros.scalar_one())


class _Undo(Exception):
    """Leaves a transaction without committing it."""


def try_writing(store: Store, now: datetime) -> None:
    """Write a row and take it back. Raises what keeps the database from being written to."""
    try:
        with store.write() as unit:
            unit.projects.ensure(random_id("doctor-"), now)
            raise _Undo
    except _Undo:
        return


def work(unit: Unit, now: datetime) -> Work:
    """How much work waits for something to happen, and since when."""
    db = unit.connection
    expired = select(func.count()).where(_job.c.state == "leased", _job.c.lease_until < now)
    dead = select(func.count()).where(_job.c.state == "dead")
    backfill = select(func.count()).where(_job.c.state == "ready", _job.c.priority < 0)
    overdue = select(func.min(_trace.c.settle_at)).where(_trace.c.settle_at <= now)
    dirty, since = db.execute(select(func.count(), func.min(_dirty.c.marked_at))).one()
    return Work(
        expired_leases=int(db.execute(expired.select_from(_job)).scalar_one()),
        dead_letters=int(db.execute(dead.select_from(_job)).scalar_one()),
        backfill=int(db.execute(backfill.select_from(_job)).scalar_one()),
        overdue=db.execute(overdue).scalar_one(),
        dirty=dirty,
        dirty_since=since,
    )
