"""Fair turns between projects that share a process: whoever has used least goes first."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager

MAX_KEPT = 4096
"""Projects whose use is remembered, unless more than half as many wait; those ahead by least are forgotten."""


class Turns:
    """How much each project has used, and who goes next (start-time fair queueing). Thread-safe.

    What counts is a lead over the one that waits and has used least. Who was away begins level with that one: absence
    earns no credit, and ends no debt.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._used: dict[str, float] = {}
        """Only of those above the level."""
        self._level = 0.0
        """The least that anyone who waited had used; never falls."""
        self._last = ""
        self._running: dict[object, tuple[str, float]] = {}
        """The project of each turn that is being served, and since when."""

    @property
    def fresh(self) -> bool:
        """Whether nothing is known of anybody yet."""
        return not self._used and not self._level

    def order(self, waiting: Collection[str]) -> list[str]:
        """The waiting projects, whoever has used least first; of equals, the next by name after the last charged."""
        with self._lock:
            used = {project: self._at(project) for project in waiting}
            if used:
                self._level = min(used.values())
            self._forget(len(used))
            now = self._clock()
            for project, since in self._running.values():
                if project in used:
                    used[project] += now - since
            return sorted(used, key=lambda project: (used[project], project <= self._last, project))

    def charge(self, project: str, cost: float) -> None:
        """Note what a turn cost (seconds or items, >= 0; one unit for all of a kind)."""
        if not 0.0 <= cost < math.inf:
            raise ValueError(f"a turn can not cost {cost}")
        with self._lock:
            self._used[project] = self._at(project) + cost
            self._last = project

    @contextmanager
    def serving(self, project: str) -> Iterator[None]:
        """Charge the seconds that a turn takes, already while it takes them: other threads then serve others."""
        turn = object()
        with self._lock:
            begun = self._clock()
            self._running[turn] = project, begun
            self._last = project
        try:
            yield
        finally:
            with self._lock:
                del self._running[turn]
            self.charge(project, self._clock() - begun)

    def _at(self, project: str) -> float:
        return max(self._level, self._used.get(project, 0.0))

    def _forget(self, waiting: int) -> None:
        if len(self._used) <= max(MAX_KEPT, 2 * waiting):
            return
        ahead = sorted((used, project) for project, used in self._used.items() if used > self._level)
        self._used = {project: used for used, project in ahead[-max(MAX_KEPT // 2, waiting) :]}
