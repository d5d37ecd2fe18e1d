"""The connection to Redis: short timeouts, and nobody waits for a server that is not there."""

from __future__ import annotations

import threading
import time

import structlog
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

log = structlog.get_logger()

TIMEOUT_SECONDS = 0.5
PAUSE_SECONDS = 1.0
"""After a failure nothing is asked of the server for so long (s)."""
COMPLAIN_SECONDS = 60.0

ERRORS = (RedisError, OSError)


def connect(url: str) -> Redis:
    """A client that answers or fails within two timeouts: one retry finds the connection that a restart broke."""
    return Redis.from_url(
        url,
        socket_timeout=TIMEOUT_SECONDS,
        socket_connect_timeout=TIMEOUT_SECONDS,
        retry=Retry(NoBackoff(), 1),
        health_check_interval=30,
        decode_responses=True,
    )


class Breaker:
    """Whether a server is worth asking; complains of one that is not, once in a while. Thread-safe."""

    def __init__(self, event: str, pause: float = PAUSE_SECONDS) -> None:
        self._event, self._pause = event, pause
        self._lock = threading.Lock()
        self._closed_until = 0.0
        self._complained = float("-inf")
        self.failures = 0

    @property
    def open(self) -> bool:
        """Whether to ask: false for a while after a failure."""
        return time.monotonic() >= self._closed_until

    def failed(self, error: Exception) -> None:
        """Note a failure."""
        with self._lock:
            now = time.monotonic()
            self.failures += 1
            self._closed_until = now + self._pause
            if now - self._complained < COMPLAIN_SECONDS:
                return
            self._complained = now
        log.warning(self._event, error=type(error).__name__, failures=self.failures)
