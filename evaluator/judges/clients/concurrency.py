"""How many calls of one model run at once: as many as its provider takes, which only trying tells."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable

START = 8.0
SHRINK = 0.7
NEAR, CAUTION = 0.85, 0.1
"""Within this share of where a complaint came last, it grows by so much of a call only: complaints cost pauses."""


class Gate:
    """Additive increase, multiplicative decrease, from `START` to `most`; whoever waits goes in the order of coming.

    For one loop. Until the first complaint it doubles within the time of a call; from then on it gains one,
    and less near to where complaints came.
    """

    def __init__(self, most: int, clock: Callable[[], float]) -> None:
        self.limit = min(START, float(most))
        self._most, self._clock = float(most), clock
        self._running = 0
        self._waiting = deque[asyncio.Future[None]]()
        self._shrunk_at: float | None = None
        self._ceiling = float("inf")

    @property
    def waiting(self) -> int:
        return len(self._waiting)

    async def enter(self, seconds: float) -> bool:
        """Whether there was room within `seconds`; whoever is in leaves by `leave`."""
        if self._running < int(self.limit) and not self._waiting:
            self._running += 1
            return True
        place = asyncio.get_running_loop().create_future()
        self._waiting.append(place)
        try:
            async with asyncio.timeout(seconds):
                await place
        except BaseException as error:
            if place.done() and not place.cancelled():  # let in, and gone at the same moment
                self.leave()
            else:
                self._waiting.remove(place) if place in self._waiting else None
            if isinstance(error, TimeoutError):
                return False
            raise
        return True

    def leave(self) -> None:
        self._running -= 1
        self._admit()

    def answered(self) -> None:
        """A call was answered: where room was short, there is more of it."""
        if self.limit < self._most and (self._waiting or self._running >= int(self.limit)):
            if self._shrunk_at is None:
                gain = 1.0
            else:
                gain = (CAUTION if self.limit > NEAR * self._ceiling else 1.0) / self.limit
            self.limit = min(self._most, self.limit + gain)
            if self.limit > self._ceiling:
                self._ceiling = float("inf")  # it takes more than it did
            self._admit()

    def refused(self, started: float) -> None:
        """A call that began at `started` was too much. Those that began before the last decrease say nothing new."""
        if self._shrunk_at is None or started > self._shrunk_at:
            self._ceiling = self.limit
            self.limit = max(1.0, self.limit * SHRINK)
            self._shrunk_at = self._clock()

    def _admit(self) -> None:
        while self._waiting and self._running < int(self.limit):
            place = self._waiting.popleft()
            if not place.done():
                self._running += 1
                place.set_result(None)
