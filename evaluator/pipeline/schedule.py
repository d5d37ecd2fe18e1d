"""The one table of what is to be done how often: for beat, for watchdogs, and for the embedded control thread."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

SETTLE: Final = "settle"
"""Settling what has gone quiet, then deciding what of it is scored."""
SCORE: Final = "score"
JUDGE: Final = "judge"
AGGREGATE: Final = "aggregate"
MAINTAIN: Final = "maintain"


@dataclass(frozen=True, slots=True)
class Entry:
    """A stage, the queue that its hints wait in, and how often it is looked after without being asked (s)."""

    stage: str
    queue: str
    every: float


SCHEDULE: Final = (
    Entry(SETTLE, "control", 1.0),
    Entry(SCORE, "score", 2.0),
    Entry(JUDGE, "judge", 2.0),
    Entry(AGGREGATE, "aggregate", 1.0),
    Entry(MAINTAIN, "alert", 60.0),
)

QUEUES: Final = tuple(entry.queue for entry in SCHEDULE)


def entry_of(stage: str) -> Entry:
    """The entry of a stage. Raises KeyError for one that there is not."""
    for entry in SCHEDULE:
        if entry.stage == stage:
            return entry
    raise KeyError(stage)
