"""What is asked for often and costs something, read so seldom that it takes little of the time."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Generic, TypeVar
from weakref import WeakKeyDictionary

from sqlalchemy import Engine

T = TypeVar("T")

SPARE = 100
"""Of the time in which something is asked for again and again, reading it takes at most one part in so many."""


class Spared(Generic[T]):
    """Values by database and name, each kept for `SPARE` times as long as reading it took."""

    def __init__(self) -> None:
        self._kept: WeakKeyDictionary[Engine, dict[str, tuple[T, float]]] = WeakKeyDictionary()

    def get(self, engine: Engine, name: str, read: Callable[[], T]) -> T:
        """The value that is kept, or that `read` gives."""
        kept = self._kept.setdefault(engine, {})
        if name not in kept or kept[name][1] <= time.monotonic():
            started = time.monotonic()
            value = read()
            now = time.monotonic()
            kept[name] = value, now + SPARE * (now - started)
        return kept[name][0]
