"""Keys that nobody knows: guessing them is slow, and costs the database little however many come."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable

import structlog

from evaluator.core.access import network_of
from evaluator.core.bounds import GUESSES
from evaluator.core.errors import TooManyRequests

log = structlog.get_logger()

OF_ONE, OF_ONE_BURST = 1.0, GUESSES.most
"""Refusals a second that an address may run up, and so many at once, before its unknown keys are not looked up."""
OF_ALL, OF_ALL_BURST = 30.0, 300.0
"""The same for all addresses together."""
MAX_ADDRESSES = 4096
SHOWN = 64
"""Characters of an address that are logged: behind a proxy, it is whatever a header says."""


class Refusals:
    """What refused keys run up, by address and in all, in this process. Thread-safe.

    A key that is let in costs its address nothing: many senders may stand behind one.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._of: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._all = (0.0, clock())
        self._unheard = 0

    def admit(self, host: str | None, valid: Callable[[], bool] = lambda: False) -> None:
        """Let a key be looked up that this process does not know.

        Raises:
            TooManyRequests: too many were refused from there, or from everywhere, and this key is not `valid` either.
        """
        with self._lock:
            one, everyone = self._left(self._of.get(network_of(host)), OF_ONE), self._left(self._all, OF_ALL)
            wait = max((one + 1 - OF_ONE_BURST) / OF_ONE, (everyone + 1 - OF_ALL_BURST) / OF_ALL)
        if wait <= 0 or valid():
            return
        with self._lock:
            self._unheard += 1
        raise TooManyRequests("too many unknown keys came from there: none is looked up for now", wait)

    def refused(self, host: str | None, what: str, **facts: object) -> None:
        """Count and log that somebody was refused; `facts` are never the key."""
        network = network_of(host)
        with self._lock:
            now = self._clock()
            self._of[network] = (self._left(self._of.get(network), OF_ONE) + 1, now)
            self._of.move_to_end(network)
            self._all = (self._left(self._all, OF_ALL) + 1, now)
            if len(self._of) > MAX_ADDRESSES:
                self._of.popitem(last=False)
        log.warning(what, address="".join(c for c in str(host)[:SHOWN] if c.isprintable()), **facts)

    def sum_up(self) -> None:
        """Log how many were not even looked up since the last time."""
        with self._lock:
            unheard, self._unheard = self._unheard, 0
        if unheard:
            log.warning("keys_not_looked_at", requests=unheard)

    def _left(self, run_up: tuple[float, float] | None, rate: float) -> float:
        """What is left of what was run up before."""
        return 0.0 if run_up is None else max(0.0, run_up[0] - (self._clock() - run_up[1]) * rate)
