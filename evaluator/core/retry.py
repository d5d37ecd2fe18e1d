"""How failure is bounded: what one try may take, how often work is tried, and after which pauses."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

MAX_ATTEMPTS = 4
"""How often work is tried unless a deployment chooses otherwise."""
RESTART_SECONDS = 30.0
"""What the end of a scoring process costs everybody else (s): it starts anew and loads its models again."""
LONGEST_REST = timedelta(minutes=5)
"""Of a whole project or series."""
TIMED_OUT = "outlived its limit"
"""Tells, in what is kept of a job's last try, that it took too long."""
_DOUBLINGS = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryPolicy:
    """How often what failed is tried, and the pauses in between, each twice as long as the one before.

    What has failed so often is set aside for people to look at: a job becomes a dead letter.
    """

    attempts: int = MAX_ATTEMPTS
    first_pause: float = 5.0
    """After the first try (s)."""
    longest_pause: float = 600.0
    """(s)."""

    def pause(self, attempts: int) -> timedelta:
        """How long to wait after so many tries (>= 1)."""
        doubled = self.first_pause * 2.0 ** min(max(0, attempts - 1), _DOUBLINGS)
        return timedelta(seconds=min(self.longest_pause, doubled))

    def rest(self, attempts: int) -> timedelta:
        """How long a whole project or series waits after so many tries (>= 1): it is never given up."""
        return min(LONGEST_REST, self.pause(attempts))


RETRY = RetryPolicy()
"""Where a deployment chooses nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What scoring a batch once may take, opening its evaluator included. Held from outside the process."""

    batch_seconds: float = 300.0
    """Of several jobs."""
    sample_seconds: float = 120.0
    """Of a job alone, as after a failure."""
    memory_mb: int = 6144
    """Resident memory of the process (MiB); 0 does not bound it."""

    def seconds(self, jobs: int) -> float:
        """How long a batch of so many jobs may take (s)."""
        return self.sample_seconds if jobs == 1 else self.batch_seconds
