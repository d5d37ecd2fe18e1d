"""A plain share of independent trials, with its interval."""

from __future__ import annotations

from dataclasses import dataclass

from scipy import stats


@dataclass(frozen=True, slots=True)
class Share:
    """`count` of `size` trials: `estimate` in [0, 1] within [`low`, `high`]; None where there were none."""

    count: int
    size: int
    estimate: float | None
    low: float
    high: float


def share(count: int, size: int, level: float = 0.95) -> Share:
    """The share `count` / `size` with its interval by Wilson (1927), which covers well from a few trials on.

    Raises:
        ValueError: not 0 <= `count` <= `size`, or `level` not in (0, 1).
    """
    if not 0 <= count <= size:
        raise ValueError(f"{count} of {size} trials can not be")
    if size == 0:
        return Share(0, 0, None, 0.0, 1.0)
    found = stats.binomtest(count, size).proportion_ci(level, method="wilson")
    return Share(count, size, count / size, float(found.low), float(found.high))
