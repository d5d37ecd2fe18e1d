"""Who speaks: keys, asked for at the door."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial

import structlog

from evaluator.core.access import ApiKey, Principal, secret_hash
from evaluator.core.errors import TooManyRequests, Unauthenticated
from evaluator.core.ports import Clock, Limiter
from evaluator.pipeline.access.keys import SECRET
from evaluator.pipeline.access.refusals import Refusals
from evaluator.store.store import Store, Unit

log = structlog.get_logger()

REMEMBERED_SECONDS = 2.0
"""How long a process may go on believing what it read of a key; a key that was revoked works no longer than that."""
MAX_REMEMBERED = 4096
"""Keys that are remembered, and as many again that are known to be none."""
USES_EVERY_SECONDS = 60.0
BURST_SECONDS = 2.0
"""A key may make the requests of so many seconds at once."""


class Authenticator:
    """Tells who speaks, by the key that came with a request, and how often that key may. Thread-safe.

    What it read of a key is believed for `REMEMBERED_SECONDS`, also that there is none. Keys that it never saw are
    looked up only as fast as `Refusals` lets them; beyond that a list of all valid keys tells those of many senders
    behind one address from those that somebody makes up. When keys were used last is written once a minute, by a
    thread of its own, so that no request waits for it.
    """

    def __init__(self, store: Store, clock: Clock, limiter: Limiter, rate: float) -> None:
        self._store, self._clock, self._limiter, self._rate = store, clock, limiter, rate
        self.refusals = Refusals()
        self._known: OrderedDict[str, tuple[float, ApiKey]] = OrderedDict()
        self._unknown: OrderedDict[str, tuple[float, None]] = OrderedDict()
        self._listed: frozenset[str] = frozenset()
        self._listed_at = float("-inf")
        self._listing = threading.Lock()
        self._used: dict[tuple[str, str], datetime] = {}
        self._lock = threading.Lock()
        self._closed = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin to write down when keys were used."""
        self._closed.clear()
        self._thread = threading.Thread(target=self._note_uses, name="key-uses", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Write down what is left of it, and end."""
        self._closed.set()
        if self._thread is not None:
            self._thread.join(timeout=60)

    def enter(self, secrets: Sequence[str], host: str | None) -> ApiKey:
        """The valid key among `secrets`, which came with a request from the address `host`.

        Raises:
            Unauthenticated: there is none.
            TooManyRequests: too many unknown keys came before.
        """
        hashes = [secret_hash(secret) for secret in secrets if SECRET.fullmatch(secret)]
        hashes.sort(key=lambda hashed: hashed not in self._known)
        if not any(hashed in self._known for hashed in hashes):
            self.refusals.admit(host, lambda: any(map(self._is_listed, hashes)))
        for hashed in hashes:
            if (key := self._valid(hashed, partial(_find, hashed))) is not None:
                return key
        self.refusals.refused(host, "key_refused")
        raise Unauthenticated(
            "this key is unknown, was revoked or has expired. Ask an admin of your project for another"
        )

    def named(self, project: str, key: str) -> ApiKey | None:
        """The valid key of this id; None where there is none."""
        return self._valid(f"{project} {key}", lambda unit: unit.of(project).keys.get(key))

    def admit(self, key: ApiKey) -> Principal:
        """Let a request with `key` pass.

        Raises:
            TooManyRequests: the key has used up its rate.
        """
        if self._rate:
            wait = self._limiter.take(f"key:{key.hash[:32]}", 1, self._rate, max(1.0, self._rate * BURST_SECONDS))
            if wait > 0:
                raise TooManyRequests(f"this key may make {self._rate:g} requests a second", wait)
        with self._lock:
            self._used[key.project, key.id] = self._clock.now()
        return key.principal

    def _is_listed(self, hashed: str) -> bool:
        """Whether a key is among the valid ones, read at most every `REMEMBERED_SECONDS`, whatever comes."""
        with self._listing:
            if (now := time.monotonic()) - self._listed_at >= REMEMBERED_SECONDS:
                self._listed_at = now  # also where reading fails: no crowd is to try it again
                with self._store.read() as unit:
                    self._listed = unit.key_ring.valid(self._clock.now())
            return hashed in self._listed

    def _valid(self, name: str, read: Callable[[Unit], ApiKey | None]) -> ApiKey | None:
        """The key that is remembered under `name`, else read anew, unless it is not valid now."""
        now = time.monotonic()
        with self._lock:
            remembered = self._known.get(name) or self._unknown.get(name)
        if remembered is not None and now - remembered[0] < REMEMBERED_SECONDS:
            key = remembered[1]
        else:
            with self._store.read() as unit:
                key = read(unit)
        if key is not None and not key.valid(self._clock.now()):
            key = None
        if remembered is None or remembered[1] is not key or now - remembered[0] >= REMEMBERED_SECONDS:
            self._remember(name, now, key)
        return key

    def _remember(self, name: str, now: float, key: ApiKey | None) -> None:
        with self._lock:
            self._known.pop(name, None)
            self._unknown.pop(name, None)
            if key is not None:
                self._known[name] = (now, key)
            else:
                self._unknown[name] = (now, None)
            for kept in (self._known, self._unknown):
                if len(kept) > MAX_REMEMBERED:
                    kept.popitem(last=False)

    def _note_uses(self) -> None:
        ended = False
        while not ended:
            ended = self._closed.wait(USES_EVERY_SECONDS)
            self.note_uses()
            self.refusals.sum_up()

    def note_uses(self) -> None:
        """Write down when keys were used last."""
        with self._lock:
            uses, self._used = self._used, {}
        if not uses:
            return
        try:
            with self._store.write() as unit:
                unit.key_ring.used(uses)
        except Exception as error:  # noqa: BLE001 - it is a convenience, and must not end the thread
            log.warning("key_uses_not_noted", error=type(error).__name__)


def _find(hashed: str, unit: Unit) -> ApiKey | None:
    return unit.key_ring.find(hashed)
