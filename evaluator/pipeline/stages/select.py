"""Plans settled traces: takes the decisions of every rule on them, and queues what was drawn."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from evaluator.core.errors import is_away, told
from evaluator.core.ports import Clock
from evaluator.core.quarantine import Kind, Step
from evaluator.core.retry import RETRY, RetryPolicy
from evaluator.core.rule import Thinning
from evaluator.core.times import floor_minute
from evaluator.core.turns import Turns
from evaluator.pipeline.isolation import Isolation, apart
from evaluator.pipeline.sampling.adaptive import demand_of, thinning_now
from evaluator.pipeline.sampling.cascade import note_drawn
from evaluator.pipeline.sampling.decide import Row, batch_of, due_jobs, undecided
from evaluator.store.repositories.catalog.rules import StoredRule
from evaluator.store.store import Store, Unit

DECISIONS = 5_000
"""Of rules on answers that one transaction takes, unless those on a single trace are more: others wait for it."""


def select_settled(
    store: Store, clock: Clock, limit: int = 200, turns: Turns | None = None, retry: RetryPolicy = RETRY
) -> int:
    """Plan `limit` settled traces, of each project its share in a transaction of its own; returns how many.

    A target keeps the decision that a series took first, also when its content changed; only the work is made anew,
    for the new content.
    """
    isolation = Isolation(store, clock, Step.SELECT, turns or Turns(), retry)
    return isolation.each(lambda unit: unit.arrivals.unplanned_projects(), partial(_project, isolation), limit)


def _project(isolation: Isolation, project: str, limit: int) -> int:
    try:
        return _plan_next(isolation, project, limit)
    except Exception as error:
        if is_away(error):
            raise
        with isolation.store.read() as unit:
            unit.projects.salt(project)
            _in_force(unit, project)  # what raises here is the whole project's
            ids = unit.arrivals.unplanned_ids(project, limit)

    def guilty(trace: str, error: Exception) -> None:
        isolation.set_aside(project, Kind.TRACE, trace, error, lambda unit: unit.arrivals.plan_failed(project, trace))

    return apart(ids, lambda some: _plan_next(isolation, project, len(some), some), guilty) if ids else 0


def _plan_next(isolation: Isolation, project: str, limit: int, ids: Sequence[str] | None = None) -> int:
    with isolation.store.write() as unit:
        traces = unit.arrivals.unplanned(project, limit, ids)
        return _plan(isolation, unit, project, traces) if traces else 0


def _in_force(unit: Unit, project: str) -> tuple[list[StoredRule], dict[str, Thinning]]:
    """The active rules, and what their rates are multiplied by."""
    rules = unit.of(project).rules.active()
    return rules, thinning_now(unit.of(project), rules)


def _plan(isolation: Isolation, unit: Unit, project: str, traces: Sequence[Row]) -> int:
    """Plan `traces`, or the first of them where all are too much for one transaction; returns how many."""
    now = isolation.clock.now()
    rules, thinning = _in_force(unit, project)
    batch = batch_of(unit, project, traces).first(DECISIONS // max(1, len(rules)))
    guilty: list[tuple[StoredRule, Exception]] = []
    fresh = undecided(unit, batch, rules, now, thinning, lambda rule, error: guilty.append((rule, error)))
    unit.of(project).plans.decide(fresh)
    quarantine = unit.of(project).quarantine
    quarantine.clear(isolation.step, Kind.SERIES, sorted({s.series for s in fresh}))
    for rule, error in guilty:
        why = f"the rule {rule.rule.name} decides on nothing: {told(error)}"
        quarantine.put(isolation.step, Kind.SERIES, rule.series, why, now, isolation.retry)
    for trace in sorted(batch.traces, key=lambda t: t["id"]):  # in the order in which everybody locks
        if trace["planned_hash"]:
            current = [t.content_hash for t in batch.targets[trace["id"]]]
            unit.of(project).jobs.drop_stale(trace["id"], current)
            unit.of(project).outcomes.supersede(trace["id"], trace["day"], current)
    decided = unit.of(project).plans.of_traces(batch.ids, batch.days)
    note_drawn(unit.of(project), rules, decided)
    unit.queue.add(due_jobs(unit, batch, rules, decided, now))
    unit.of(project).traces.planned({t["id"]: t["day"] for t in batch.traces}, now)
    # Last: whoever else plans for the series waits for its row.
    unit.of(project).factors.meet(floor_minute(now), demand_of(fresh, rules, thinning))
    return len(batch.traces)
