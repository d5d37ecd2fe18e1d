"""What the rooms that are strangers to each other meet through; `bootstrap` hands the implementations in."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Protocol

from evaluator.core.evaluator import Evaluator
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


Assemble = Callable[[str, str, Sequence[Part]], Trace]
"""Puts a trace (project, id) together from its parts."""

Redact = Callable[[Sequence[Part]], Sequence[Part]]
"""Takes out of parts what their projects do not want to be stored."""


def keep(parts: Sequence[Part]) -> Sequence[Part]:
    """The parts as they are: nothing is taken out."""
    return parts


OpenEvaluator = Callable[[str, str], Evaluator]
"""Builds, from a project and a fingerprint, the evaluator that was pinned. Raises NotFound if it can not."""
