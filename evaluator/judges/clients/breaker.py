"""Whether a provider is worth asking at all: after several failures in a row only one call at a time finds out."""

from __future__ import annotations

from collections.abc import Callable

FAILURES = 5
FIRST_PAUSE, MOST_PAUSE = 2.0, 300.0
_PROBE_SECONDS = 600.0
"""After so long a probe that told nothing is forgotten."""


class Breaker:
    """Of one provider, on one loop."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._failures, self._pause = 0, 0.0
        self._opened_at, self._until = 0.0, 0.0
        self._probe_at: float | None = None

    def ahead(self) -> float:
        """Seconds for which nobody is to ask; 0 where one may try. Changes nothing."""
        if not self._pause:
            return 0.0
        now = self._clock()
        if now < self._until:
            return self._until - now
        probed = self._probe_at is not None and now - self._probe_at < _PROBE_SECONDS
        return min(self._pause, FIRST_PAUSE) if probed else 0.0

    def admit(self) -> float:
        """As `ahead`; whoever is let in while it is open is the probe, and tells what came of it."""
        wait = self.ahead()
        if self._pause and not wait:
            self._probe_at = self._clock()
        return wait

    def succeeded(self) -> None:
        self._failures, self._pause, self._probe_at = 0, 0.0, None

    def failed(self, started: float) -> None:
        """A call that began at `started` failed by the provider's own fault. Those that began before it opened do not
        make the pause longer."""
        self._failures += 1
        if not self._pause and self._failures >= FAILURES:
            self._open(FIRST_PAUSE)
        elif self._pause and started >= self._opened_at and self._probe_at is not None:
            self._open(min(self._pause * 2, MOST_PAUSE))

    def untold(self, started: float) -> None:
        """A call that began at `started` ended without telling anything: another may be the probe."""
        if self._probe_at is not None and started >= self._probe_at:
            self._probe_at = None

    def _open(self, pause: float) -> None:
        now = self._clock()
        self._pause, self._opened_at, self._until, self._probe_at = pause, now, now + pause, None
