"""Turns what has arrived for a trace into the trace, once it has gone quiet."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import structlog

from evaluator.core.ids import content_hash
from evaluator.core.people import unsealed
from evaluator.core.ports import Assemble, Clock
from evaluator.core.trace import Part, Trace
from evaluator.store.repositories.traces.arrivals import Built, Due
from evaluator.store.store import Store, Unit

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
        arrived = _parts(unit, due)
    built: list[tuple[Due, Trace | str]] = []
    for d in due:
        try:
            trace = assemble(d.project, d.id, arrived[d.project].get(d.id, []))
            built.append((d, trace))
        except Exception as error:  # noqa: BLE001 - hostile traces must not stop the house
            log.warning("settle_failed", project=d.project, trace=d.id, error=type(error).__name__)
            built.append((d, f"{type(error).__name__}: {error}"))
    if built:
        _write(store, built, clock)
    return len(due)


def _write(store: Store, built: list[tuple[Due, Trace | str]], clock: Clock) -> None:
    now = clock.now()
    with store.write() as unit:
        for due, problem in built:
            if isinstance(problem, str):
                unit.arrivals.settle_failed(due, problem, now)
        secrets = {project: unit.projects.secret(project) for project in {due.project for due, _ in built}}
        whole = [
            Built(due, trace, cluster_of(trace, secrets[due.project]))
            for due, trace in built
            if isinstance(trace, Trace)
        ]
        settled: dict[str, list[Due]] = defaultdict(list)
        for due in unit.arrivals.settle_all(whole, now):
            settled[due.project].append(due)
        for project, group in sorted(settled.items()):
            unit.of(project).annotations.pass_on_feedback([due.id for due in group])


def _parts(unit: Unit, due: Sequence[Due]) -> dict[str, dict[str, list[Part]]]:
    """What has arrived for each trace, by project and id."""
    found = {}
    for project in {d.project for d in due}:
        days = {d.id: d.day for d in due if d.project == project}
        found[project] = unit.of(project).traces.parts_of(days)
    return found


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
