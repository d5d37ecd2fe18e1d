"""How fast a provider is called by all processes together.

A limit that the operator has set is always kept to. One that only the provider knows is met, and from then on all
processes that met it share a bucket whose rate falls with complaints, once a second at most, and grows in seconds
without one; after a minute without any nothing is asked of the bucket any more, so a provider without limits costs
nothing. It begins with the rate that met the limit, which is rather too high than too low: complaints cost nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from evaluator.core.ports import Limiter

RECENT_SECONDS = 60.0
GROWTH = 1.1
MOST_FALL, LEAST_FALL = 0.25, 0.9
"""A rate falls to the share of calls that were answered since it fell before, within these."""
_ROUND_SECONDS = 1.0
_MEASURED_SECONDS = 5.0
_LEAST_MEASURED = 0.1
_LEAST = 1 / 60
_CHUNK_SECONDS = 0.1
"""Tokens of so much time are taken at once, to ask a shared bucket less often."""


class Pace:
    """Of one provider, on one loop."""

    def __init__(self, limiter: Limiter, key: str, per_minute: float | None, clock: Callable[[], float]) -> None:
        self._limiter, self._key, self._clock = limiter, key, clock
        self._most = None if per_minute is None else per_minute / 60
        self._rate = self._most
        self._paused_until = 0.0
        self._met_at: float | None = None
        self._grown_at = self._fallen_at = 0.0
        self._answers = self._complaints = 0
        self._measured_at, self._measured, self._speed = clock(), 0, 0.0
        self._turn = asyncio.Lock()
        self._held = 0

    @property
    def rate(self) -> float | None:
        """Calls a second that all processes may make together; None: nothing is known of a limit."""
        recent = self._met_at is not None and self._clock() - self._met_at < RECENT_SECONDS
        return self._rate if recent else self._most

    async def wait(self, seconds: float) -> float:
        """Wait for a turn: 0 once it has come, else the seconds after which to ask again, where that is longer than
        `seconds`."""
        until = self._clock() + seconds
        while (pause := self._paused_until - self._clock()) > 0:
            if pause > until - self._clock():
                return pause
            await asyncio.sleep(pause)
        if self.rate is not None:
            try:
                async with asyncio.timeout(until - self._clock()), self._turn:
                    if wait := await self._take(until):
                        return wait
            except TimeoutError:
                return max(1.0, 1.0 / (self.rate or 1.0))
        self._count()
        return 0.0

    def _count(self) -> None:
        """One more is sent."""
        self._measured += 1
        if (past := self._clock() - self._measured_at) > _MEASURED_SECONDS:
            self._speed = self._measured / past
            self._measured, self._measured_at = 0, self._clock()

    async def _take(self, until: float) -> float:
        while not self._held:
            rate = self.rate
            if rate is None:
                return 0.0
            burst = max(1.0, rate)
            chunk = max(1, int(rate * _CHUNK_SECONDS))
            # The bucket may lie in Redis: the loop is not to stand still for it.
            wait = await asyncio.to_thread(self._limiter.take, self._key, chunk, rate, burst)
            if wait <= 0:
                self._held = chunk
            elif wait > until - self._clock():
                return wait
            else:
                await asyncio.sleep(wait)
        self._held -= 1
        return 0.0

    def answered(self) -> None:
        """A call was answered: after a second without a complaint the rate grows."""
        now = self._clock()
        self._answers += 1
        if self._met_at is not None and now - self._grown_at >= _ROUND_SECONDS and self._rate is not None:
            grown = self._rate * GROWTH
            self._rate = grown if self._most is None else min(grown, self._most)
            self._grown_at = now

    def limited(self, started: float, pause: float, granted: float | None) -> None:
        """A call that began at `started` met a limit: nobody calls for `pause` (s); `granted` is the rate that the
        provider says it grants."""
        now = self._clock()
        self._paused_until = max(self._paused_until, now + pause)
        known, recent = self.rate, self._met_at is not None and now - self._met_at < RECENT_SECONDS
        self._grown_at = now
        self._complaints += 1
        if recent and (started <= self._fallen_at or now - self._fallen_at < _ROUND_SECONDS):
            self._met_at = now
            return
        if recent and known is not None:
            share = self._answers / (self._answers + self._complaints)
            rate = max(_LEAST, known * min(max(share, MOST_FALL), LEAST_FALL))
        else:
            seen = max(self._speed, self._measured / max(_LEAST_MEASURED, now - self._measured_at))
            rate = granted or max(1.0, seen)
        self._rate = rate if self._most is None else min(rate, self._most)
        self._met_at = self._fallen_at = now
        self._held = self._answers = self._complaints = 0
