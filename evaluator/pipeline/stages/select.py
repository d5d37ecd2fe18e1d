"""Plans settled traces: takes the decisions of every rule on them, and queues what was drawn."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from evaluator.core.ports import Clock
from evaluator.core.times import floor_minute
from evaluator.pipeline.sampling.adaptive import demand_of, thinning_now
from evaluator.pipeline.sampling.decide import Row, batch_of, due_jobs, undecided
from evaluator.store.store import Store, Unit


def select_settled(store: Store, clock: Clock, limit: int = 200) -> int:
    """Plan up to `limit` settled traces; returns how many.

    A target keeps the decision that a series took first, also when its content changed; only the work is made anew,
    for the new content.
    """
    with store.read() as unit:
        if not unit.arrivals.is_unplanned():
            return 0
    with store.write() as unit:
        traces = unit.arrivals.unplanned(limit)
        by_project: dict[str, list[Row]] = defaultdict(list)
        for trace in traces:
            by_project[trace["project"]].append(trace)
        for project, rows in sorted(by_project.items()):
            _plan(unit, project, rows, clock.now())
    return len(traces)


def _plan(unit: Unit, project: str, traces: Sequence[Row], now: datetime) -> None:
    rules = unit.of(project).rules.active()
    batch = batch_of(unit, project, traces)
    thinning = thinning_now(unit.of(project), rules)
    fresh = undecided(unit, batch, rules, now, thinning)
    unit.of(project).plans.decide(fresh)
    for trace in sorted(traces, key=lambda t: t["id"]):  # in the order in which everybody locks
        if trace["planned_hash"]:
            current = [t.content_hash for t in batch.targets[trace["id"]]]
            unit.of(project).jobs.drop_stale(trace["id"], current)
            unit.of(project).outcomes.supersede(trace["id"], trace["day"], current)
    unit.queue.add(due_jobs(unit, batch, rules, unit.of(project).plans.of_traces(batch.ids, batch.days), now))
    unit.of(project).traces.planned({t["id"]: t["day"] for t in traces}, now)
    # Last: whoever else plans for the series waits for its row.
    unit.of(project).factors.meet(floor_minute(now), demand_of(fresh, rules, thinning))
