"""Turns what has arrived for a trace into the trace, once it has gone quiet."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from functools import partial
from itertools import groupby

from evaluator.core.ids import content_hash
from evaluator.core.people import unsealed
from evaluator.core.ports import Assemble, Clock
from evaluator.core.quarantine import Kind, Step, reason_of
from evaluator.core.retry import RETRY, RetryPolicy
from evaluator.core.trace import Trace
from evaluator.core.turns import Turns
from evaluator.pipeline.isolation import Isolation, apart, shares
from evaluator.store.repositories.traces.arrivals import Built, Due
from evaluator.store.repositories.traces.parts import Arrived
from evaluator.store.store import Store, Unit

GROUP_BYTES = 64 * 2**20
"""Of parts whose traces are written together, unless those of a single one are more."""


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
    built, broken, held = list[Built](), list[tuple[Due, Exception]](), 0
    with store.read() as unit:
        secrets = {project: unit.projects.secret(project) for project in {d.project for d in due}}
        for d, arrived in _arrived(unit, due):
            try:
                trace = assemble(d.project, d.id, arrived.parts)
                built.append(Built(d, trace, cluster_of(trace, secrets[d.project])))
            except Exception as error:  # noqa: BLE001 - hostile traces must not stop the house
                broken.append((d, error))
            held += arrived.size
            if held > GROUP_BYTES:
                _write(store, built, now)
                built, held = [], 0
    _write(store, built, now)
    for d, why in broken:
        guilty(d, why)
    return len(due)


def _arrived(unit: Unit, due: Sequence[Due]) -> Iterator[tuple[Due, Arrived]]:
    """What has arrived for each trace, one after the other."""
    for project, group in groupby(due, key=lambda d: d.project):
        wanted = {d.id: d for d in group}
        for arrived in unit.of(project).parts.arrived({d.id: d.day for d in wanted.values()}):
            yield wanted.pop(arrived.trace_id), arrived
        for d in wanted.values():
            yield d, Arrived(d.id, [], 0)


def _write(store: Store, built: Sequence[Built], now: datetime) -> None:
    if not built:
        return
    with store.write() as unit:
        settled: dict[str, list[str]] = defaultdict(list)
        for d in unit.arrivals.settle_all(built, now):
            settled[d.project].append(d.id)
        for project, ids in sorted(settled.items()):
            unit.of(project).annotations.pass_on_feedback(ids)


def _failed(due: Due, problem: str, now: datetime, unit: Unit) -> bool:
    return unit.arrivals.settle_failed(due, problem, now)


def cluster_of(trace: Trace, secret: str) -> int:
    """The key of the cluster that a trace belongs to: its session, else its user, else itself.

    A trace with a single answer that has neither stands alone (0). A user's key is made of what they were called
    before they were sealed with `secret`: `core.people` says why.
    """
    if trace.session:
        key = ["session", trace.session]
    elif trace.user:
        key = ["user", unsealed(secret, trace.user)]
    elif len(trace.answers) > 1:
        key = ["trace", trace.id]
    else:
        return 0
    return (int(content_hash([trace.project, *key])[:16], 16) >> 1) or 1
