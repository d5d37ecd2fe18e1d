"""What raises takes nobody along: a batch is halved until the guilty one stands alone, and that one is set aside.

Projects take turns. What a whole project stumbles over, rather than one of its items, pauses that project.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import structlog

from evaluator.core.errors import DatabaseAway
from evaluator.core.ports import Clock
from evaluator.core.quarantine import Kind, Step, minute_of, reason_of
from evaluator.core.retry import RETRY, RetryPolicy
from evaluator.core.turns import Turns
from evaluator.store.store import Store

log = structlog.get_logger()

T = TypeVar("T")


def apart(items: Sequence[T], work: Callable[[Sequence[T]], int], guilty: Callable[[T, Exception], None]) -> int:
    """`work(items)`, a transaction of its own; where that raises, each half by itself, and so on.

    What raises alone is handed to `guilty`, and counts as one that was handled. Raises DatabaseAway as soon as it is
    met: nobody is guilty of that.
    """
    try:
        return work(items)
    except DatabaseAway:
        raise
    except Exception as error:  # noqa: BLE001 - whatever it is, it is the guilty one's
        if len(items) == 1:
            guilty(items[0], error)
            return 1
        middle = len(items) // 2
        return apart(items[:middle], work, guilty) + apart(items[middle:], work, guilty)


def share_of(limit: int, waiting: Collection[str]) -> int:
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

    def each(self, waiting: Collection[str], work: Callable[[str], int]) -> int:
        """`work(project)` for those that wait, in turn; returns what they handled together.

        One that raises is paused, and the others go on. Raises DatabaseAway where every one of them met that.
        """
        order = self.order(waiting)
        handled, away = 0, 0
        for project in order:
            started = time.monotonic()
            try:
                handled += work(project)
            except DatabaseAway as error:
                away += 1
                if away == len(order):
                    raise
                log.warning("step_put_off", step=self.step, project=project, error=type(error).__name__)
            except Exception as error:  # noqa: BLE001 - whatever it is, it is this project's
                self.set_aside(project, Kind.PROJECT, project, error)
            self.turns.charge(project, time.monotonic() - started)
        return handled

    def order(self, waiting: Collection[str]) -> list[str]:
        """Those that wait and are not paused, whose turn it is first."""
        if not waiting:
            return []
        with self.store.read() as unit:
            paused = {p for p, kind, _ in unit.quarantine.paused(self.step, self.clock.now()) if kind is Kind.PROJECT}
        return self.turns.order([project for project in waiting if project not in paused])

    def set_aside(
        self, project: str, kind: Kind, subject: str, error: Exception, move: Callable[..., bool] = lambda _: True
    ) -> None:
        """Note what failed, if `move` (given the unit of work, to take it out of the way) finds it as it was."""
        reason = reason_of(error)
        with self.store.write() as unit:
            if not move(unit):
                return
            noted = unit.of(project).quarantine.put(self.step, kind, subject, reason, self.clock.now(), self.retry)
        told = log.bind(step=self.step, project=project, kind=kind, subject=subject, attempts=noted.attempts)
        told.warning("set_aside" if noted.given_up else "failed_for_now", error=type(error).__name__)


def release_due(store: Store, clock: Clock) -> int:
    """Bring back what is to be tried again; returns how much that was."""
    now = clock.now()
    with store.read() as unit:
        if not unit.quarantine.due(now, limit=1):
            return 0
    with store.write() as unit:
        due = unit.quarantine.due(now)
        for found in due:
            mine = unit.of(found.project)
            if found.kind is Kind.TRACE and found.step in (Step.SETTLE, Step.SELECT):
                unit.arrivals.try_again(found.project, found.subject, found.step, now)
            elif found.kind is Kind.TRACE:
                mine.marks.traces([found.subject], now)
            elif found.kind is Kind.MINUTE:
                series, minute = minute_of(found.subject)
                unit.marks.mark([(found.project, series, minute)], now)
            mine.quarantine.begin(found)
    return len(due)
