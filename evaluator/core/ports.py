"""What the rooms that are strangers to each other meet through; `bootstrap` hands the implementations in."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, datetime
from typing import Protocol

from evaluator.core.evaluator import Evaluator
from evaluator.core.explained import Explanation
from evaluator.core.trace import Part, Trace


class Clock(Protocol):
    """The time, so that tests can hand in another one."""

    def now(self) -> datetime:
        """The current time, in UTC with its zone."""
        ...


class SystemClock:
    def now(self) -> datetime:
        return datetime.now(UTC)


class Hints(Protocol):
    """Wake-up calls without payload: losing one costs a little time and nothing else (law 1)."""

    def wake(self, stage: str) -> None: ...


class NoHints:
    def wake(self, stage: str) -> None:
        """Nobody listens; whoever drains, polls."""


class Limiter(Protocol):
    """Token buckets by key: a bucket holds up to `burst` tokens and gains `rate_per_second` of them."""

    def take(self, key: str, tokens: float, rate_per_second: float, burst: float) -> float:
        """Take `tokens` from a bucket: 0 where they were granted, else the seconds after which to ask again.

        Raises:
            InvalidInput: the rate is not positive, or more than `burst` is asked for.
        """
        ...


class Backend(Protocol):
    """What processes share beside the database: hints and rates. Losing it costs time and nothing else."""

    @property
    def hints(self) -> Hints: ...

    @property
    def limiter(self) -> Limiter: ...

    @property
    def lost_hints(self) -> int:
        """Hints that this process could not send so far."""
        ...

    def reachable(self) -> bool:
        """Whether it answers now, asked with a short timeout."""
        ...

    def setting(self, name: str) -> str | None:
        """A setting of the server; None where it does not let us see. Raises what keeps it from answering."""
        ...

    def close(self) -> None: ...


class Meter(Protocol):
    """Counts what a process does, for whoever watches it. Labels are names of ours, never content of traces."""

    def scored(self, evaluator: str, seconds: float, results: Mapping[str, int]) -> None:
        """A batch was scored in `seconds`; `results` counts ``scored`` and reasons of failures, retries each time."""
        ...

    def settled(self, traces: Mapping[str, int], gaps: Mapping[tuple[str, str, str], int]) -> None:
        """So many traces were settled, by sender, and so many of them lack a fact, by (sender, fact, reason)."""
        ...


class NoMeter:
    def scored(self, evaluator: str, seconds: float, results: Mapping[str, int]) -> None:
        """Nobody watches."""

    def settled(self, traces: Mapping[str, int], gaps: Mapping[tuple[str, str, str], int]) -> None:
        """Nobody watches."""


class Guard(Protocol):
    """Ends this process from outside when a piece of work outlives its limit: some code can not be stopped within."""

    def watch(self, owner: str, seconds: float) -> AbstractContextManager[None]:
        """Within it, what `owner` (who holds the leases) does may take so long (s)."""
        ...


class NoGuard:
    def watch(self, owner: str, seconds: float) -> AbstractContextManager[None]:
        """Nobody watches, and nothing is ended."""
        del owner, seconds
        return nullcontext()


Assemble = Callable[[str, str, Sequence[Part]], Trace]
"""Puts a trace (project, id) together from its parts."""

Explain = Callable[[str, str, Sequence[Part]], Explanation]
"""Says where what a trace (project, id) tells came from."""

Secret = Callable[[str], str]
"""The secret of a project, which is made where there is none."""

Redact = Callable[[Sequence[Part]], Sequence[Part]]
"""Takes out of parts what their projects do not want to be stored."""


def keep(parts: Sequence[Part]) -> Sequence[Part]:
    """The parts as they are: nothing is taken out."""
    return parts


OpenEvaluator = Callable[[str, str], Evaluator]
"""Builds, from a project and a fingerprint, the evaluator that was pinned. Raises NotFound if it can not."""
