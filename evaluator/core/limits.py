"""A token bucket inside one process: how fast something may be called."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable

from evaluator.core.errors import InvalidInput

MAX_KEYS = 4096
"""Buckets kept; past that the one that was unused for longest is forgotten, which fills it."""


class LocalLimiter:
    """Token buckets of this process (`core.ports.Limiter`). Thread-safe."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, key: str, tokens: float, rate_per_second: float, burst: float) -> float:
        check_request(tokens, rate_per_second, burst)
        with self._lock:
            now = self._clock()
            level, at = self._buckets.get(key, (burst, now))
            level = min(burst, level + (now - at) * rate_per_second)
            wait = max(0.0, (tokens - level) / rate_per_second)
            self._buckets[key] = (level - tokens if wait == 0.0 else level, now)
            self._buckets.move_to_end(key)
            if len(self._buckets) > MAX_KEYS:
                self._buckets.popitem(last=False)
            return wait


def check_request(tokens: float, rate_per_second: float, burst: float) -> None:
    """Raises InvalidInput for a request that no bucket could ever grant."""
    if not 0 < rate_per_second < float("inf"):
        raise InvalidInput("rate_per_second", f"is {rate_per_second}, must be above 0")
    if not 0 <= tokens <= burst:
        raise InvalidInput("tokens", f"are {tokens}, must be from 0 to the burst of {burst}")
