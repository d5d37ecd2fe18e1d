"""What raises takes nobody along: a batch is halved until the guilty one stands alone, and that one is set aside.

Projects take turns. What a whole project stumbles over, rather than one of its items, pauses that project.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from typing import TypeVar

import structlog

from evaluator.core.errors import is_away, told
from evaluator.core.ports import Clock
from evaluator.core.quarantine import Kind, Quarantined, Step, minute_of
from evaluator.core.retry import RETRY, RetryPolicy
from evaluator.core.turns import Turns
from evaluator.store.store import Store, Unit

log = structlog.get_logger()

T = TypeVar("T")


def apart(items: Sequence[T], work: Callable[[Sequence[T]], int], guilty: Callable[[T, Exception], None]) -> int:
    """`work(items)`, a transaction of its own; where that raises, each half by itself, and so on.

    What raises alone is handed to `guilty`, and counts as one that was handled. Raises DatabaseAway as soon as it is
    met: nobody is guilty of that.
    """
    try:
        return work(items)
    except Exception as error:
        if is_away(error):
            raise
        if len(items) == 1:
            guilty(items[0], error)
            return 1
        middle = len(items) // 2
        return apart(items[:middle], work, guilty) + apart(items[middle:], work, guilty)


def one_by_one(items: Sequence[T], work: Callable[[T], int], guilty: Callable[[T, Exception], None]) -> int:
    """`work` on each of the items; what raises is handed to `guilty`, and the others go on.

    Raises DatabaseAway where every one of them met that.
    """
    handled, away = 0, 0
    for item in items:
        try:
            handled += work(item)
        except Exception as error:
            if not is_away(error):
                guilty(item, error)
                continue
            away += 1
            if away == len(items):
                raise
            log.warning("put_off", item=item, error=type(error).__name__)
    return handled


def _share_of(limit: int, waiting: Collection[str]) -> int:
    """How many of the `limit` items of a round each of the projects that wait may give: an even part, but enough of
    them that what a batch costs whatever its size is not most of it."""
    return max(limit // 3, -(-limit // max(1, len(waiting))))


@dataclass(frozen=True, slots=True)
class Isolation:
    """Who takes turns at a step, and who is set aside from it."""

    store: Store
    clock: Clock
    step: Step
    turns: Turns = field(default_factory=Turns)
    retry: RetryPolicy = RETRY

    def each(self, find: Callable[[Unit], Collection[str]], work: Callable[[str, int], int], limit: int = 0) -> int:
        """`work(project, share)` for the projects that wait, as `find` tells, in turn; returns what they handled
        together. The share is that of the `limit` items of a round.

        A project that raises is paused, and the others go on. Raises DatabaseAway where every one of them met that.
        """
        now = self.clock.now()
        with self.store.read() as unit:
            if not (waiting := find(unit)):
                return 0
            known = unit.quarantine.projects(self.step, waiting)
        share = _share_of(limit, waiting)

        def serve(project: str) -> int:
            started = time.monotonic()
            try:
                done = work(project, share)
            finally:
                self.turns.charge(project, time.monotonic() - started)
            if project in known:
                self.forget(project, Kind.PROJECT, project)
            return done

        order = self.turns.order([p for p in waiting if p not in known or not known[p].waits(now)])
        return one_by_one(order, serve, lambda project, error: self.set_aside(project, Kind.PROJECT, project, error))

    def forget(self, project: str, kind: Kind, subject: str) -> None:
        """What was set aside has gone through."""
        with self.store.write() as unit:
            unit.of(project).quarantine.clear(self.step, kind, [subject])

    def set_aside(
        self, project: str, kind: Kind, subject: str, error: Exception, move: Callable[..., bool] = lambda _: True
    ) -> None:
        """Note what failed, if `move` (given the unit of work, to take it out of the way) finds it as it was."""
        with self.store.write() as unit:
            if not move(unit):
                return
            noted = unit.of(project).quarantine.put(
                self.step, kind, subject, told(error), self.clock.now(), self.retry
            )
        event = log.bind(step=self.step, project=project, kind=kind, subject=subject, attempts=noted.attempts)
        event.warning("set_aside" if noted.given_up else "failed_for_now", error=type(error).__name__)


def release_due(store: Store, clock: Clock) -> int:
    """Bring back what is to be tried again; returns how much that was."""
    now = clock.now()
    with store.read() as unit:
        if not unit.quarantine.due(now, limit=1):
            return 0
    with store.write() as unit:
        due = unit.quarantine.due(now)
        for project, group in groupby(sorted(due, key=lambda q: q.project), key=lambda q: q.project):
            _release(unit, project, list(group), now)
    return len(due)


def _release(unit: Unit, project: str, due: Sequence[Quarantined], now: datetime) -> None:
    mine = unit.of(project)
    traces: dict[Step, list[str]] = defaultdict(list)
    for found in due:
        if found.trace is not None:
            traces[found.step].append(found.trace)
    for step in (Step.SETTLE, Step.SELECT):
        unit.arrivals.try_again(project, traces[step], step, now)
    if traces[Step.AGGREGATE]:
        days = mine.traces.days(traces[Step.AGGREGATE])
        mine.marks.traces(list(days), now, set(days.values()))
    if traces[Step.REVIEW]:
        mine.waves.note_again(traces[Step.REVIEW])
    if traces[Step.CASCADE]:
        mine.cascades.note_again(traces[Step.CASCADE])
    minutes = [minute_of(found.subject) for found in due if found.kind is Kind.MINUTE]
    unit.marks.mark([(project, *minute) for minute in minutes], now)
    mine.quarantine.begin([found.id for found in due])
