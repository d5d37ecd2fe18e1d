"""Takes parts in and acknowledges them once they are on the disk (law 13).

Many requests share one commit: while one group is being written, the next one gathers. What waits is bounded; past
that, callers are told to come back rather than kept in memory.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import timedelta

import structlog

from evaluator.core.errors import Unavailable
from evaluator.core.ports import Clock, Hints, Redact, keep
from evaluator.core.trace import Part
from evaluator.store.store import Store

log = structlog.get_logger()

MAX_WAITING = 50_000
"""Parts that may wait for a commit."""
MAX_GROUP = 5_000
"""Parts in one commit, unless a single request brings more."""


@dataclass(slots=True)
class _Request:
    parts: Sequence[Part]
    done: Future[int] = field(default_factory=Future)


def store_parts(store: Store, parts: Sequence[Part], clock: Clock, quiet: timedelta, redact: Redact = keep) -> int:
    """Make `parts`, as `redact` leaves them, durable in one transaction; returns how many there were."""
    parts = redact(parts)  # before the transaction, which others wait for
    with store.write() as unit:
        for project in sorted({p.project for p in parts}):
            unit.projects.ensure(project, clock.now())
        unit.arrivals.arrive(parts, clock.now(), quiet)
    return len(parts)


class Intake:
    """Group commit over a writer thread of its own; `redact` is asked about every group. Thread-safe."""

    def __init__(self, store: Store, clock: Clock, quiet: timedelta, hints: Hints, redact: Redact = keep) -> None:
        self._store, self._clock, self._quiet, self._hints, self._redact = store, clock, quiet, hints, redact
        self._waiting: deque[_Request] = deque()
        self._n_waiting = 0
        self._changed = threading.Condition()
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="intake", daemon=True)
        self._thread.start()

    @property
    def waiting(self) -> int:
        """Parts that wait for a commit."""
        return self._n_waiting

    def submit(self, parts: Sequence[Part]) -> Future[int]:
        """Queue `parts`; the future is done when they are durable, or holds the error.

        Raises:
            Unavailable: too much is waiting already.
        """
        request = _Request(parts)
        if not parts:
            request.done.set_result(0)
            return request.done
        with self._changed:
            if self._closed:
                raise Unavailable("the service is shutting down", retry_after=5)
            if self._n_waiting and self._n_waiting + len(parts) > MAX_WAITING:
                raise Unavailable(f"{self._n_waiting} parts are waiting to be written", retry_after=1)
            self._waiting.append(request)
            self._n_waiting += len(parts)
            self._changed.notify()
        return request.done

    def close(self) -> None:
        """Write what is waiting, then stop."""
        with self._changed:
            self._closed = True
            self._changed.notify()
        self._thread.join(timeout=60)

    def _run(self) -> None:
        while group := self._take():
            self._write(group)
            self._hints.wake("settle")

    def _take(self) -> list[_Request]:
        """The next group, waiting for one; empty when closed and nothing is left."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._closed)
            group: list[_Request] = []
            size = 0
            while self._waiting and (not group or size + len(self._waiting[0].parts) <= MAX_GROUP):
                group.append(self._waiting.popleft())
                size += len(group[-1].parts)
            self._n_waiting -= size
            return group

    def _write(self, group: Sequence[_Request]) -> None:
        try:
            parts = [p for r in group for p in r.parts]
            store_parts(self._store, parts, self._clock, self._quiet, self._redact)
        except Exception as error:  # noqa: BLE001 - whatever it was, it belongs to the callers
            self._write_each(group, error)
            return
        for request in group:
            request.done.set_result(len(request.parts))

    def _write_each(self, group: Sequence[_Request], error: Exception) -> None:
        """One request's trouble is not its neighbours': write each alone."""
        if len(group) == 1:
            log.error("ingest_failed", parts=len(group[0].parts), error=type(error).__name__)
            group[0].done.set_exception(error)
            return
        for request in group:
            self._write([request])
