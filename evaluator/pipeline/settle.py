"""Turns what has arrived for a trace into the trace, once it has gone quiet."""

from __future__ import annotations

from collections import defaultdict

import structlog

from evaluator.core.ids import content_hash
from evaluator.core.ports import Assemble, Clock
from evaluator.core.trace import Trace
from evaluator.store.repositories.arrivals import Due
from evaluator.store.store import Store

log = structlog.get_logger()


def settle_due(store: Store, assemble: Assemble, clock: Clock, limit: int = 200) -> int:
    """Settle up to `limit` traces whose quiet period is over; returns how many were looked at.

    A trace whose parts can not be put together is set aside with the reason and does not hold up the others; one
    that received a part meanwhile stays open.
    """
    with store.read() as unit:
        if not unit.arrivals.is_due(clock.now()):
            return 0
    with store.write() as unit:
        due = unit.arrivals.take_due(clock.now(), limit)
    with store.read() as unit:
        arrived = {(d.project, d.id): unit.of(d.project).traces.parts(d.id) for d in due}
    built: list[tuple[Due, Trace | str]] = []
    for d in due:
        try:
            built.append((d, assemble(d.project, d.id, arrived[d.project, d.id])))
        except Exception as error:  # noqa: BLE001 - hostile traces must not stop the house
            log.warning("settle_failed", project=d.project, trace=d.id, error=type(error).__name__)
            built.append((d, f"{type(error).__name__}: {error}"))
    if built:
        _write(store, built, clock)
    return len(due)


def _write(store: Store, built: list[tuple[Due, Trace | str]], clock: Clock) -> None:
    now = clock.now()
    with store.write() as unit:
        settled: dict[str, list[Due]] = defaultdict(list)
        # In the order in which everybody locks traces.
        for due, trace in sorted(built, key=lambda pair: (pair[0].project, pair[0].id)):
            if isinstance(trace, str):
                unit.arrivals.settle_failed(due, trace, now)
            elif unit.arrivals.settle(due, trace, cluster_of(trace), now):
                settled[due.project].append(due)
        for project, group in settled.items():
            unit.of(project).annotations.pass_on_feedback([due.id for due in group])
            # What rates are sliced by may have changed even where the content did not.
            unit.of(project).rollups.mark_traces([due.id for due in group if due.planned_hash], now)


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
