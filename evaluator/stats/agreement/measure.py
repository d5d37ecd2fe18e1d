"""A number with its interval, or the reason why there is none."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Measure:
    """One statistic of a sample.

    `value` is None where the sample does not tell it, and `low` and `high` where it does not tell how sure it is;
    `reason` says why, in words that stand for themselves.
    """

    value: float | None = None
    low: float | None = None
    high: float | None = None
    reason: str | None = None
