"""What scoring has cost and how fast it went, from the outcomes that there are."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from evaluator.core.times import floor_minute
from evaluator.store.store import Unit

RECENT = 10_000
"""Outcomes looked at."""


@dataclass(frozen=True, slots=True)
class Pace:
    """`mean_cost` of an outcome in US dollars; `per_second` outcomes in the busiest minute.

    That is a lower bound of what the workers can do, so that times made of it are rather too long than too short.
    """

    mean_cost: float
    per_second: float


def read_pace(unit: Unit, project: str, fingerprint: str) -> Pace | None:
    """The pace of an evaluator version among its recent outcomes; None where it has none."""
    recent = unit.of(project).outcomes.recent(fingerprint, RECENT)
    if not recent:
        return None
    busiest = max(Counter(floor_minute(at) for at, _ in recent).values())
    return Pace(sum(cost for _, cost in recent) / len(recent), busiest / 60)
