"""Ends what SQLite is asked once its time is over."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count

TICK_SECONDS = 0.1
"""How often it is looked whose time is over, and how often those are interrupted (s)."""
IDLE_TICKS = 50
"""After so many looks at nothing, the thread sleeps until it is woken."""


class Deadlines:
    """One thread that interrupts connections. While there are any it looks by itself: waking it costs a switch.

    Thread-safe. Not across a fork.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._due: dict[int, tuple[float, sqlite3.Connection]] = {}
        self._keys = count()
        self._thread: threading.Thread | None = None
        self._asleep = False

    @contextmanager
    def interrupted(self, connection: sqlite3.Connection, until: float) -> Iterator[None]:
        """Whatever `connection` does in the block is interrupted from `until` (monotonic, s) on, nothing after it."""
        with self._changed:
            key = next(self._keys)
            self._due[key] = (until, connection)
            self._wake()
        try:
            yield
        finally:
            with self._changed:
                del self._due[key]

    def _wake(self) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="deadlines", daemon=True)
            self._thread.start()
        elif self._asleep:
            self._changed.notify()

    def _run(self) -> None:
        idle = 0
        with self._changed:
            while True:
                now = time.monotonic()
                for until, connection in self._due.values():
                    if until <= now:  # again and again: between two statements there is nothing to interrupt
                        connection.interrupt()
                idle = 0 if self._due else idle + 1
                self._asleep = idle > IDLE_TICKS
                self._changed.wait(None if self._asleep else TICK_SECONDS)


DEADLINES = Deadlines()
