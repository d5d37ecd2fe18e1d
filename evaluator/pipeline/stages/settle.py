"""Turns what has arrived for a trace into the trace, once it has gone quiet."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial

from evaluator.core.ids import content_hash
from evaluator.core.ports import Assemble, Clock
from evaluator.core.quarantine import Kind, Step, reason_of
from evaluator.core.retry import RETRY, RetryPolicy
from evaluator.core.trace import Part, Trace
from evaluator.core.turns import Turns
from evaluator.pipeline.isolation import Isolation, apart, shares
from evaluator.store.repositories.traces.arrivals import Built, Due
from evaluator.store.store import Store, Unit


def settle_due(
    store: Store,
    assemble: Assemble,
    clock: Clock,
    limit: int = 200,
    turns: Turns | None = None,
    retry: RetryPolicy = RETRY,
) -> int:
    """Settle up to `limit` traces whose quiet period is over, of every project its share; returns how many.

    A trace that raises is set aside with the reason and does not hold up the others; one that received a part
    meanwhile stays open.
    """
    isolation = Isolation(store, clock, Step.SETTLE, turns or Turns(), retry)
    now = clock.now()
    with store.read() as unit:
        waiting = unit.arrivals.due_projects(now)
    order = isolation.order(waiting)
    if not order:
        return 0
    with store.write() as unit:
        due = shares(order, limit, lambda project, share: unit.arrivals.take_due(project, now, share))
    due.sort(key=lambda d: (d.project, d.id))
    for d in due:
        isolation.turns.charge(d.project, 1)

    def guilty(d: Due, error: Exception) -> None:
        isolation.set_aside(d.project, Kind.TRACE, d.id, error, partial(_failed, d, reason_of(error), now))

    return apart(due, partial(_settle, store, assemble, now, guilty), guilty) if due else 0


def _settle(
    store: Store, assemble: Assemble, now: datetime, guilty: Callable[[Due, Exception], None], due: Sequence[Due]
) -> int:
    with store.read() as unit:
        arrived = _parts(unit, due)
    built, broken = list[Built](), list[tuple[Due, Exception]]()
    for d in due:
        try:
            trace = assemble(d.project, d.id, arrived[d.project].get(d.id, []))
            built.append(Built(d, trace, cluster_of(trace)))
        except Exception as error:  # noqa: BLE001 - hostile traces must not stop the house
            broken.append((d, error))
    if built:
        with store.write() as unit:
            settled: dict[str, list[str]] = defaultdict(list)
            for d in unit.arrivals.settle_all(built, now):
                settled[d.project].append(d.id)
            for project, ids in sorted(settled.items()):
                unit.of(project).annotations.pass_on_feedback(ids)
    for d, why in broken:
        guilty(d, why)
    return len(due)


def _failed(due: Due, problem: str, now: datetime, unit: Unit) -> bool:
    return unit.arrivals.settle_failed(due, problem, now)


def _parts(unit: Unit, due: Sequence[Due]) -> dict[str, dict[str, list[Part]]]:
    """What has arrived for each trace, by project and id."""
    found = {}
    for project in {d.project for d in due}:
        days = {d.id: d.day for d in due if d.project == project}
        found[project] = unit.of(project).traces.parts_of(days)
    return found


def cluster_of(trace: Trace) -> int:
    """The key of the cluster that a trace belongs to: its session, else its user, else itself.

    A trace with a single answer that has neither stands alone (0).
    """
    if trace.session:
        key = ["session", trace.session]
    elif trace.user:
        key = ["user", trace.user]
    elif len(trace.answers) > 1:
        key = ["trace", trace.id]
    else:
        return 0
    return (int(content_hash([trace.project, *key])[:16], 16) >> 1) or 1
