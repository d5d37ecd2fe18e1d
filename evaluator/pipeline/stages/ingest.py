"""Takes requests in and acknowledges them once their parts are on the disk (law 13).

A request waits as the bytes that came, and is read (decoded, parsed) only when its turn has come: bytes are counted
easily, and what is made of them takes many times their room. Many requests share one commit: while one group is
written, the next one gathers. Reading and writing take turns on one thread, because a thread that computes beside
one that writes takes the interpreter's lock from it at every row. What waits is bounded; past that, callers are told
to come back rather than kept in memory.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Protocol, TypeVar

import structlog

from evaluator.core.errors import FaithlineError, NoRoom, Unavailable
from evaluator.core.ports import Clock, Hints, Redact, keep
from evaluator.core.trace import Part
from evaluator.store.store import Store

log = structlog.get_logger()

MAX_WAITING = 10_000
"""Requests that may wait for a commit."""
MAX_HELD = 128 * 2**20
"""Bytes of request bodies that may be held, from the first that is read until all are on the disk."""
MAX_GROUP = 4 * 2**20
"""Bytes of the bodies that share one commit, unless a single one is larger. Those of a packed body are known when it
has been read: what is too much by then is written before more is read."""
LINGER_SECONDS = 0.002
"""How long a group waits for as many requests as the last one had (s): those who were answered together come back
together, and a commit costs about the same for one as for all of them."""


class Read(Protocol):
    """What was made of a request."""

    @property
    def parts(self) -> Sequence[Part]: ...

    @property
    def size(self) -> int:
        """Bytes of what it was made of, when unpacked; 0 where nobody counted them."""


R = TypeVar("R", bound=Read)


class Room:
    """How much is held, and how much may be: by all, and by each who sends. What is counted are the bytes of bodies,
    or what `unit` says. Thread-safe."""

    def __init__(self, size: int, unit: str = "bytes of requests") -> None:
        self.size, self.unit, self.held = size, unit, 0
        self.of: dict[str, int] = {}
        self.lock = threading.Lock()

    def hold(self, **shares: tuple[str, int]) -> Held:
        """Somewhere to count the bytes of a body as they come; they are let go of together at its end.

        `shares` name who sends (a key, its project, an address) and the part of the room, 1/n, that is theirs.
        """
        return Held(self, [(f"{kind} {name}", self.size // part) for kind, (name, part) in shares.items()])


class Held:
    """The bytes of one body in a room, until the block ends."""

    __slots__ = ("_mine", "_owners", "_room")

    def __init__(self, room: Room, owners: Sequence[tuple[str, int]]) -> None:
        self._room, self._owners, self._mine = room, owners, 0

    def __enter__(self) -> Held:
        return self

    def more(self, count: int) -> None:
        """Count that many more bytes. A body that nobody else is held beside always has room, however small the room
        is, and so it is within each share.

        Raises:
            Unavailable: there is no room for them.
        """
        room = self._room
        with room.lock:
            self._check(room.held, count, room.size, "")
            for owner, size in self._owners:
                self._check(room.of.get(owner, 0), count, size, " of yours")
            self._count(count)

    def __exit__(self, *error: object) -> None:
        with self._room.lock:
            self._count(-self._mine)
            for owner, _ in self._owners:
                if not self._room.of[owner]:
                    del self._room.of[owner]

    def _check(self, held: int, count: int, size: int, whose: str) -> None:
        if held > self._mine and held + count > size:
            raise Unavailable(f"{held} {self._room.unit}{whose} are waiting to be written", retry_after=1)

    def _count(self, count: int) -> None:
        self._mine += count
        self._room.held += count
        for owner, _ in self._owners:
            self._room.of[owner] = self._room.of.get(owner, 0) + count


@dataclass(slots=True)
class _Request:
    read: Callable[[], Read]
    size: int
    done: Future[Any] = field(default_factory=Future)
    found: Read | None = None


def store_parts(store: Store, parts: Sequence[Part], clock: Clock, quiet: timedelta, redact: Redact = keep) -> int:
    """Make `parts`, as `redact` leaves them, durable in one transaction; returns how many there were."""
    parts = redact(parts)  # before the transaction, which others wait for
    with store.write() as unit:
        projects = sorted({p.project for p in parts})
        secrets = {project: unit.projects.ensure(project, clock.now()) for project in projects}
        unit.arrivals.arrive(parts, secrets, clock.now(), quiet)
    return len(parts)


class Intake:
    """Group commit over a thread of its own; `redact` is asked about every group. Thread-safe.

    Whoever reads a body counts its bytes in `room`, until the request is answered.
    """

    def __init__(self, store: Store, clock: Clock, quiet: timedelta, hints: Hints, redact: Redact = keep) -> None:
        self._store, self._clock, self._quiet, self._hints, self._redact = store, clock, quiet, hints, redact
        self.room = Room(MAX_HELD)
        self._waiting: deque[_Request] = deque()
        self._changed = threading.Condition()
        self._closed = False
        self._wanted = self._last = 1  # requests to wake up for, and of the last group
        self._thread = threading.Thread(target=self._run, name="intake", daemon=True)
        self._thread.start()

    @property
    def waiting(self) -> int:
        """How many requests wait for a commit."""
        return len(self._waiting)

    def submit(self, read: Callable[[], R], size: int = 0) -> Future[R]:
        """Queue a request of `size` bytes; the future is what `read` made of it once that is durable, or the error.

        Raises:
            Unavailable: too much is waiting already.
        """
        request = _Request(read, size)
        with self._changed:
            if self._closed:
                raise Unavailable("the service is shutting down", retry_after=5)
            if len(self._waiting) >= MAX_WAITING:
                raise Unavailable(f"{len(self._waiting)} requests are waiting to be written", retry_after=1)
            self._waiting.append(request)
            if len(self._waiting) >= self._wanted:
                self._changed.notify()
        return request.done

    def close(self) -> None:
        """Write what is waiting, then stop."""
        with self._changed:
            self._closed = True
            self._changed.notify()
        self._thread.join(timeout=60)

    def _run(self) -> None:
        while taken := self._take():
            group: list[_Request] = []
            size = 0
            while taken:
                request = taken.popleft()
                if _read(request):
                    group.append(request)
                    size += request.size
                del request  # nothing here refers to what was written when more is read
                if group and (size > MAX_GROUP or not taken):
                    self._write(group)
                    group, size = [], 0

    def _take(self) -> deque[_Request]:
        """The next group, waiting for one; empty when closed and nothing is left."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._closed)
            self._wanted = self._last
            self._changed.wait_for(lambda: len(self._waiting) >= self._wanted or self._closed, LINGER_SECONDS)
            self._wanted = 1
            group: deque[_Request] = deque()
            size = 0
            while self._waiting and (not group or size + self._waiting[0].size <= MAX_GROUP):
                group.append(self._waiting.popleft())
                size += group[-1].size
            self._last = len(group)
            return group

    def _write(self, group: Sequence[_Request]) -> None:
        parts = [p for r in group if r.found is not None for p in r.found.parts]
        try:
            store_parts(self._store, parts, self._clock, self._quiet, self._redact)
        except Exception as error:  # noqa: BLE001 - whatever it was, it belongs to the callers
            self._write_each(group, error)
            return
        for request in group:
            request.done.set_result(request.found)
        if any(p.complete for p in parts):  # the others are not due before their quiet period is over
            self._hints.wake("settle")

    def _write_each(self, group: Sequence[_Request], error: Exception) -> None:
        """One request's trouble is not its neighbours': write each alone. But for none of them there is room."""
        if isinstance(error, NoRoom) or len(group) == 1:
            if not isinstance(error, NoRoom):  # the store tells of it, once
                log.error("ingest_failed", bytes=group[0].size, error=type(error).__name__)
            for request in group:
                request.done.set_exception(error)
            return
        for request in group:
            self._write([request])


def _read(request: _Request) -> bool:
    """Read a request; returns whether it has parts to be written. One that has none, or fails, is done with."""
    if not request.done.set_running_or_notify_cancel():
        return False
    try:
        request.found = request.read()
    except Exception as error:  # noqa: BLE001 - whatever it was, it belongs to the caller
        if isinstance(error, FaithlineError):
            # Its frames hold all that was unpacked, for as long as whoever is told takes to answer.
            error.__traceback__ = error.__context__ = None
        else:
            log.error("request_not_read", bytes=request.size, error=type(error).__name__)
        request.done.set_exception(error)
        return False
    request.size = max(request.size, request.found.size)
    if not request.found.parts:
        request.done.set_result(request.found)
    return bool(request.found.parts)
