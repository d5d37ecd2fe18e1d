"""Makes day partitions ahead, and takes away what is older than it is to be kept, so that rates stay as they are.

Before the units of a day go, what they are worth is written into sealed rollups by minute. A minute that is
recomputed later is its sealed cells merged with the units that came since. Every step is a transaction that can be
repeated, and the process may end between any two of them: the next run goes on from there.

A day of a project that can not be sealed is kept, with those after it, and tried again; all others go.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from functools import partial

import structlog

from evaluator.core.errors import FaithlineError, is_away
from evaluator.core.ports import Clock
from evaluator.core.quarantine import Kind, Step, subject_of
from evaluator.core.retry import RETRY, RetryPolicy
from evaluator.pipeline.isolation import Isolation
from evaluator.pipeline.series.buckets import Grain, floor
from evaluator.pipeline.series.frames import frame_id
from evaluator.pipeline.series.recompute import cube_of, with_sealed
from evaluator.store.repositories.catalog.rules import StoredRule
from evaluator.store.repositories.retention.expired import Kept
from evaluator.store.repositories.retention.partitions import Partition
from evaluator.store.repositories.series.seals import SEALED
from evaluator.store.store import Store, Unit

log = structlog.get_logger()

AHEAD_DAYS = 7
PATIENCE = 10.0
"""How long a step is tried while others hold what it needs (s); the next run tries again."""
BATCH = 1000
"""Rows deleted in one transaction."""
BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)


def maintain(
    store: Store, clock: Clock, retention_days: int = 0, ahead: int = AHEAD_DAYS, retry: RetryPolicy = RETRY
) -> int:
    """Make the partitions of today and `ahead` days, and drop what was first seen more than `retention_days` days ago
    (0: keep everything). Safe to run at any time, in several processes at once; returns how much was done.
    """
    today = clock.now().date()
    done = make_partitions(store, today, ahead)
    if retention_days > 0:
        done += retain(store, today - timedelta(days=retention_days + 1), clock, retry)
    return done


def make_partitions(store: Store, today: date, ahead: int = AHEAD_DAYS) -> int:
    """Make what is missing of the partitions of `today` and the `ahead` days after it; returns how many were."""
    with store.read() as unit:
        missing = unit.partitions.missing([today + timedelta(days=n) for n in range(ahead + 1)])
    return sum(_make(store, partition) for partition in missing)


def _make(store: Store, partition: Partition) -> bool:
    try:
        return store.change(lambda unit: unit.partitions.make(partition), PATIENCE)
    except Exception as error:  # noqa: BLE001 - the default partition takes what comes until the next run
        log.warning("partition_not_made", partition=partition.name, error=type(error).__name__)
        return False


def retain(store: Store, last: date, clock: Clock, retry: RetryPolicy = RETRY) -> int:
    """Take away all that was first seen on `last` or before; returns how many days, partitions and rows went."""
    done, kept = seal(store, last, clock, retry)
    done += _until_none(store, lambda unit: unit.retention.delete_jobs(last, BATCH, kept))
    # With the rows of its traces gone, nobody writes to a day any more: a late part makes a new trace.
    done += _until_none(store, lambda unit: unit.retention.delete_traces(last, BATCH, kept))
    with store.read() as unit:
        old = unit.partitions.until(last)
    for partition in old:
        if any(day <= partition.day for day in kept.values()):
            done += _until_none(store, partial(_empty, partition, kept))
            continue
        done += store.change(partial(_drop, partition), PATIENCE)
        log.info("partition_dropped", table=partition.table, day=partition.day.isoformat())
    done += _until_none(store, lambda unit: unit.retention.delete_rows(last, BATCH, kept))
    before = datetime.combine(last + timedelta(days=1), time(), UTC)
    return done + _until_none(store, lambda unit: unit.retention.delete_annotations(before, BATCH))


def _drop(partition: Partition, unit: Unit) -> bool:
    unit.partitions.drop(partition)
    return True


def _empty(partition: Partition, kept: Kept, unit: Unit) -> int:
    return unit.retention.empty(partition, BATCH, kept)


def _until_none(store: Store, delete: Callable[[Unit], int]) -> int:
    """Delete batch after batch, each in a transaction of its own; returns how many rows went."""
    total = 0
    while gone := store.change(delete, PATIENCE):
        total += gone
    return total


def seal(store: Store, last: date, clock: Clock, retry: RetryPolicy = RETRY) -> tuple[int, dict[str, date]]:
    """Write what the units of every day up to `last` are worth into sealed rollups.

    Returns how many there were, and of projects where that failed the first day that is not sealed.
    """
    isolation = Isolation(store, clock, Step.RETAIN, retry=retry)
    kept: dict[str, date] = {}

    def find(unit: Unit) -> list[str]:
        projects = unit.retention.projects(last)
        kept.update(dict.fromkeys(projects, BEGINNING.date()))  # until it is known that nothing of it would be lost
        return projects

    def work(project: str, _share: int) -> int:
        done, kept[project] = _seal_project(isolation, project, last)
        return done

    done = isolation.each(find, work)
    return done, {project: day for project, day in kept.items() if day <= last}


def _seal_project(isolation: Isolation, project: str, last: date) -> tuple[int, date]:
    """How many days of series were sealed, and the first day that is not."""
    with isolation.store.read() as unit:
        days = unit.of(project).seals.days(last)
        known = unit.of(project).quarantine.at(isolation.step, Kind.DAY)
        rules, broken = unit.of(project).rules.every()
    pinned = {rule.series: rule for rule in rules}
    lost = next((one for one in broken if one.series not in pinned), None)
    if lost is not None:  # nobody knows what its units are worth
        raise FaithlineError(f"the rule {lost.name} can not be read: {lost.error}")
    now, done, failed = isolation.clock.now(), 0, [last + timedelta(days=1)]
    for rule in pinned.values():
        for day in days:
            before = known.get(_subject(rule, day))
            if before is not None and before.waits(now):
                failed.append(day)
                break
            try:
                done += isolation.store.change(partial(_seal_day, project, rule, day), PATIENCE)
            except Exception as error:
                if is_away(error):
                    raise
                isolation.set_aside(project, Kind.DAY, _subject(rule, day), error)
                failed.append(day)
                break  # a later day must not be sealed before this one
    return done, min(failed)


def _subject(rule: StoredRule, day: date) -> str:
    return subject_of(rule.series, datetime.combine(day, time(), UTC))


def _seal_day(project: str, rule: StoredRule, day: date, unit: Unit) -> bool:
    """Seal one day of a series, unless it is; all in one transaction, so that nothing counts twice or not at all."""
    mine = unit.of(project)
    if mine.seals.hold(rule.series, change=True) >= day:
        return False
    start: datetime | None = BEGINNING
    waves = mine.waves.over(rule.series)
    while start and (start := mine.seals.first_minute(rule.series, day, start)):
        hour = floor(start, Grain.HOUR)
        minutes = [hour + timedelta(minutes=n) for n in range(60)]
        units = mine.rollups.units(rule.series, rule.rule.fingerprint, minutes, day - timedelta(days=1), day, waves)
        framed = [one for one in units if one.framed]
        frame = frame_id(rule.series)
        for series, some in ((rule.series, units), (frame, framed)):
            if some:
                cube, _ = cube_of(some, rule.criterion, rule.spec.scale, framed=series == frame)
                merged = with_sealed(mine, series, cube, minutes)
                mine.rollups.replace(series, SEALED, merged.starts, merged.stored())
        start = hour + timedelta(hours=1)
    mine.seals.advance(rule.series, day)
    mine.quarantine.clear(Step.RETAIN, Kind.DAY, [_subject(rule, day)])
    return True
