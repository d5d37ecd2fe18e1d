"""Places for requests that hold a thread and a connection: no project takes those that others need."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from evaluator.core import bounds
from evaluator.core.bounds import READ, SERVED
from evaluator.core.errors import TooManyRequests, Unavailable
from evaluator.store.store import Store, Unit

READ_SECONDS = READ.most
"""How long what one request reads may take (s)."""
OF_ONE, OF_ALL, SPARE = SERVED.size, 4, 2
"""Requests of one project, and of all, that are worked on at a time; and how many more there may be if they are of
projects that have no other. SQLite has eight connections that read, and the house needs some itself."""
WAITING, ALL_WAITING = bounds.WAITING.size, 24
"""Requests of one project, and of all, that wait for a place: each holds a thread, of which there are forty."""
PATIENCE = 5.0
"""How long a request waits for a place (s)."""


class Places:
    """Who is being served, by project. Thread-safe."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._changed = threading.Condition()
        self._served: Counter[str] = Counter()
        self._waiting: Counter[str] = Counter()

    @contextmanager
    def read(self, project: str) -> Iterator[Unit]:
        """A read-only transaction for a request of `project`, in a place of its own.

        Raises:
            TooManyRequests: the project has too many other requests.
            Unavailable: all projects together have, or others kept the places for too long.
            TooLong: it read for longer than `READ_SECONDS`.
        """
        with self.take(project), self._store.read(READ_SECONDS) as unit:
            yield unit

    @contextmanager
    def take(self, project: str) -> Iterator[None]:
        """A place until the block ends. Raises TooManyRequests and Unavailable as `read` does."""
        with self._changed:
            if not self._is_free(project):
                self._wait(project)
            self._served[project] += 1
        try:
            yield
        finally:
            with self._changed:
                _less(self._served, project)
                self._changed.notify_all()

    def _wait(self, project: str) -> None:
        if self._waiting[project] >= WAITING:
            raise TooManyRequests(f"{WAITING} requests of this project are waiting already", 1)
        if self._waiting.total() >= ALL_WAITING:
            raise Unavailable(f"{ALL_WAITING} requests are waiting already", 1)
        self._waiting[project] += 1
        try:
            started = time.monotonic()
            if not self._changed.wait_for(lambda: self._is_free(project), PATIENCE):
                waited = time.monotonic() - started
                if self._served[project] < OF_ONE:  # others have the places
                    raise Unavailable(f"no place for this request was free within {waited:.0f} s", 1)
                raise TooManyRequests(f"other requests of this project took longer than {waited:.0f} s", 1)
        finally:
            _less(self._waiting, project)

    def _is_free(self, project: str) -> bool:
        mine = self._served[project]
        return mine < OF_ONE and self._served.total() < (OF_ALL if mine else OF_ALL + SPARE)


def _less(counts: Counter[str], name: str) -> None:
    counts[name] -= 1
    if not counts[name]:
        del counts[name]
