"""Turns what has arrived for a trace into the trace, once it has gone quiet."""

from __future__ import annotations

import dataclasses
import time
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import cache, partial

from evaluator.core.errors import told
from evaluator.core.ids import cluster_key
from evaluator.core.people import PSEUDONYM, stored_name, unsealed
from evaluator.core.ports import Assemble, Clock, Meter, NoMeter
from evaluator.core.quarantine import Kind, Step
from evaluator.core.retry import RETRY, RetryPolicy
from evaluator.core.trace import Trace
from evaluator.core.turns import Turns
from evaluator.pipeline.isolation import Isolation, apart
from evaluator.store.repositories.traces.arrivals import Built, Due
from evaluator.store.store import Store, Unit

GROUP_BYTES = 64 * 2**20
"""Of parts whose traces are written together, unless those of a single one are more."""
UNKNOWN = "unknown"
"""The label of a sender that is not known."""
TURN_SECONDS = 10.0
"""For how long a project's turn takes further traces (s): it ends before others may take those that are left."""


def settle_due(
    store: Store,
    assemble: Assemble,
    clock: Clock,
    limit: int = 200,
    turns: Turns | None = None,
    retry: RetryPolicy = RETRY,
    meter: Meter | None = None,
) -> int:
    """Settle `limit` traces whose quiet period is over, of each project its share; returns how many.

    A trace that raises is set aside with the reason and does not hold up the others; one that received a part
    meanwhile stays open.
    """
    isolation = Isolation(store, clock, Step.SETTLE, turns or Turns(), retry)
    now = clock.now()
    return isolation.each(
        lambda unit: unit.arrivals.due_projects(now),
        partial(_project, isolation, assemble, meter or NoMeter()),
        limit,
    )


def _project(isolation: Isolation, assemble: Assemble, meter: Meter, project: str, limit: int) -> int:
    now, until = isolation.clock.now(), time.monotonic() + TURN_SECONDS
    with isolation.store.write() as unit:
        due = unit.arrivals.take_due(project, now, limit)

    def guilty(d: Due, error: Exception) -> None:
        isolation.set_aside(project, Kind.TRACE, d.id, error, partial(_failed, d, told(error), now))

    def settle(some: Sequence[Due]) -> int:
        left, broken = _settle(isolation.store, assemble, meter, project, some, until, now)
        for d, why in broken:
            guilty(d, why)
        if left:
            with isolation.store.write() as unit:
                unit.arrivals.put_back(left, now)
        return len(some) - len(left)

    return apart(due, settle, guilty) if due else 0


def _settle(
    store: Store,
    assemble: Assemble,
    meter: Meter,
    project: str,
    due: Sequence[Due],
    until: float,
    now: datetime,
) -> tuple[list[Due], list[tuple[Due, Exception]]]:
    """Settle traces of a project, the first in any case, and others while it is before `until`; returns the rest, and
    those that can not be put together with the reason."""
    left = {d.id: d for d in due}
    built, broken, held = list[Built](), list[tuple[Due, Exception]](), 0
    with store.read() as unit:
        secret = cache(unit.projects.secret)
        for arrived in unit.of(project).parts.arrived({d.id: d.day for d in due}):
            d = left.pop(arrived.trace_id)
            try:
                trace = _sealed(assemble(project, d.id, arrived.parts), secret)
                built.append(Built(d, trace, cluster_of(trace, secret)))
            except Exception as error:  # noqa: BLE001 - hostile traces must not stop the others
                broken.append((d, error))
            held += arrived.size
            if time.monotonic() > until:
                break
            if held > GROUP_BYTES:
                _write(store, meter, project, built, now)
                built, held = [], 0
    _write(store, meter, project, built, now)
    return list(left.values()), broken


def _write(store: Store, meter: Meter, project: str, built: Sequence[Built], now: datetime) -> None:
    if not built:
        return
    with store.write() as unit:
        settled = {due.id for due in unit.arrivals.settle_all(built, now)}
        unit.of(project).annotations.pass_on_feedback(list(settled))
        unit.after_commit(partial(_count, meter, [b.trace for b in built if b.due.id in settled]))


def _count(meter: Meter, traces: Sequence[Trace]) -> None:
    """Tell who watches by whom the traces were sent, and what they lack."""
    gaps = Counter((t.sender or UNKNOWN, gap.fact.value, gap.reason) for t in traces for gap in t.gaps)
    meter.settled(Counter(t.sender or UNKNOWN for t in traces), gaps)


def _failed(due: Due, problem: str, now: datetime, unit: Unit) -> bool:
    return unit.arrivals.settle_failed(due, problem, now)


def _sealed(trace: Trace, secret: Callable[[str], str]) -> Trace:
    """The trace without the name of a user that was stored before anybody knew it for one."""
    if not trace.user or PSEUDONYM.fullmatch(trace.user):
        return trace
    return dataclasses.replace(trace, user=stored_name(trace.project, secret(trace.project), trace.user))


def cluster_of(trace: Trace, secret: Callable[[str], str]) -> int:
    """The key of the cluster that a trace belongs to: its session, else its user, else itself.

    A trace with a single answer that has neither stands alone (0). A user's key is made of what they were called
    before they were sealed with the `secret` of the project: `core.people` says why.
    """
    if trace.session:
        key = ["session", trace.session]
    elif trace.user:
        key = ["user", unsealed(secret(trace.project), trace.user)]
    elif len(trace.answers) > 1:
        key = ["trace", trace.id]
    else:
        return 0
    return cluster_key([trace.project, *key])
