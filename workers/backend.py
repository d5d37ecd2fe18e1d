"""What processes share in Redis, as `bootstrap` finds it through the entry points ``faithline.backends``."""

from __future__ import annotations

from redis.exceptions import ResponseError

from evaluator.core.ports import Hints, Limiter
from workers.application import make_app
from workers.broker import ERRORS, connect
from workers.hints import RedisHints
from workers.limiter import RedisLimiter


class RedisBackend:
    """Hints and rates in Redis (`core.ports.Backend`)."""

    def __init__(self, url: str) -> None:
        self._client = connect(url)
        self.sender = RedisHints(make_app(url), self._client)
        self._limiter = RedisLimiter(self._client)

    @property
    def hints(self) -> Hints:
        return self.sender

    @property
    def limiter(self) -> Limiter:
        return self._limiter

    @property
    def lost_hints(self) -> int:
        return self.sender.lost

    def reachable(self) -> bool:
        try:
            return bool(self._client.ping())
        except ERRORS:
            return False

    def setting(self, name: str) -> str | None:
        try:
            found = self._client.config_get(name)
        except ResponseError:  # as managed servers answer
            return None
        return str(found[name]) if name in found else None

    def close(self) -> None:
        self.sender.close()
        self._client.close()


def open_backend(url: str) -> RedisBackend:
    """Open what processes share at a ``redis://`` address, without waiting for the server."""
    return RedisBackend(url)
