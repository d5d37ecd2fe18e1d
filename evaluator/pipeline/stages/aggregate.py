"""Takes the minutes that changed, and has their statistics recomputed (law 7)."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import datetime
from functools import partial

from evaluator.core.ports import Clock
from evaluator.core.quarantine import Kind, Step, subject_of, trace_in
from evaluator.core.retry import RETRY, RetryPolicy
from evaluator.core.turns import Turns
from evaluator.pipeline.isolation import Isolation, apart, one_by_one
from evaluator.pipeline.series.frames import recompute_frame
from evaluator.pipeline.series.recompute import cube_of, recompute, with_sealed
from evaluator.store.repositories.catalog.rules import StoredRule
from evaluator.store.store import ProjectUnit, Store, Unit

TURN_SECONDS = 1.0
"""For how long a project's turn takes further series (s); those that have waited for longest come first."""


def aggregate_dirty(
    store: Store, clock: Clock, limit: int = 500, turns: Turns | None = None, retry: RetryPolicy = RETRY
) -> int:
    """Recompute `limit` dirty minutes, of each project its share, a series a transaction; returns how many."""
    isolation = Isolation(store, clock, Step.AGGREGATE, turns or Turns(), retry)
    return isolation.each(lambda unit: unit.marks.projects(), partial(_project, isolation), limit)


def _project(isolation: Isolation, project: str, limit: int) -> int:
    with isolation.store.read() as unit:
        known = unit.of(project).quarantine.at(isolation.step, Kind.SERIES)
        marked = unit.of(project).marks.series()
    now, left, until = isolation.clock.now(), limit, time.monotonic() + TURN_SECONDS

    def work(one: str) -> int:
        nonlocal left
        if left <= 0 or (left < limit and time.monotonic() > until):
            return 0
        done = _series(isolation, project, one, left)
        left -= done
        if one in known:
            isolation.forget(project, Kind.SERIES, one)
        return done

    series = [one for one in marked if one not in known or not known[one].waits(now)]
    return one_by_one(series, work, lambda one, error: isolation.set_aside(project, Kind.SERIES, one, error))


def _series(isolation: Isolation, project: str, series: str, limit: int) -> int:
    with isolation.store.read() as unit:
        rule = unit.of(project).rules.of_series(series)
        minutes = unit.of(project).marks.minutes(series, limit)

    def guilty(minute: datetime, error: Exception) -> None:
        def move(unit: Unit) -> bool:
            unit.of(project).marks.drop(series, minute)
            return True

        isolation.set_aside(project, Kind.MINUTE, subject_of(series, minute), error, move)

    return apart(minutes, partial(_recompute, isolation, project, rule), guilty) if minutes else 0


def _recompute(isolation: Isolation, project: str, rule: StoredRule, minutes: Sequence[datetime]) -> int:
    with isolation.store.write() as unit:
        mine = unit.of(project)
        if taken := mine.marks.take(rule.series, minutes):
            mine.quarantine.clear(isolation.step, Kind.MINUTE, [subject_of(rule.series, m) for m in taken])
            _name(isolation, mine, rule.series, *_made_anew(mine, rule, taken))
    return len(taken)


def _name(isolation: Isolation, mine: ProjectUnit, series: str, kept: list[str], left_out: list[str]) -> None:
    """Set aside the traces that no rate of a series can hold: they count in none until they are mended."""
    mine.quarantine.clear(isolation.step, Kind.TRACE, [trace_in(series, trace) for trace in kept])
    for trace in left_out:
        why = "its inclusion probability or its verdict makes no sense, so it is left out of the rates"
        subject = trace_in(series, trace)
        mine.quarantine.put(isolation.step, Kind.TRACE, subject, why, isolation.clock.now(), isolation.retry)


def _made_anew(mine: ProjectUnit, rule: StoredRule, minutes: Sequence[datetime]) -> tuple[list[str], list[str]]:
    """Recompute `minutes`; returns the traces that count in them, and those that had to be left out."""
    series = rule.series
    sealed = mine.seals.hold(series)
    waves = mine.waves.over(series)
    units = mine.rollups.units(series, rule.rule.fingerprint, minutes, after=sealed, waves=waves)
    cube, left_out = cube_of(units, rule.criterion, rule.spec.scale)
    recompute(mine, series, minutes, with_sealed(mine, series, cube, minutes))
    if waves:
        recompute_frame(mine, rule, minutes, units)
    bad = {units[i].trace_id for i in left_out}
    return [u.trace_id for u in units if u.trace_id not in bad], sorted(bad)
