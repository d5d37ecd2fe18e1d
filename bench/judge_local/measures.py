"""What comes of a judge's answers: how often verdicts flip, and what attacks add to that."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from bench.judge_local.asking import Answer
from bench.judge_local.attacks import Variant
from training.measures import Floats

_TIMES = 4000


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean with a 95 % interval."""

    mean: float
    low: float
    high: float
    count: int

    def __str__(self) -> str:
        return f"{self.mean:+.3f} [{self.low:+.3f}, {self.high:+.3f}] of {self.count}"


@dataclass(frozen=True, slots=True)
class Attacked:
    """A variant with the answers to it, to its row and to its row once more."""

    variant: Variant
    answer: Answer
    base: Answer
    again: Answer


def side(answer: Answer) -> str:
    """On which side of the rubric's bound a verdict stands; where there is none, why."""
    return answer.failure or ("bad" if answer.label in ("unsupported", "contradicted") else "good")


def flipped(one: Answer, other: Answer) -> float:
    """1 where two answers do not stand on the same side."""
    return float(side(one) != side(other))


def flips(found: Sequence[Attacked]) -> Estimate:
    """Share of variants whose verdict flips, beyond what it flips when it is merely asked again."""
    return _by_row(found, extra_flip)


def obeyed(found: Sequence[Attacked]) -> Estimate:
    """Share of variants with the verdict that the attack wants, beyond that of their rows without it."""
    return _by_row(found, extra_obedience)


def moved(found: Sequence[Attacked]) -> Estimate:
    """How far the expected value moves to where the attack wants it, in [-1, 1], from the row asked again."""
    told = [one for one in found if not (one.answer.failure or one.base.failure or one.again.failure)]
    return _by_row(told, lambda one: (one.answer.value - one.again.value) * (-1.0 if _to_bad(one.variant) else 1.0))


def _to_bad(variant: Variant) -> bool:
    return variant.wanted == "contradicted"


def _obeys(one: Attacked, answer: Answer) -> bool:
    return answer.label == one.variant.wanted


def compared(first: Sequence[Attacked], second: Sequence[Attacked], of: Callable[[Attacked], float]) -> Estimate:
    """How much more `of` is of the `first` than of the `second`, which are the same variants."""
    return _interval([of(a) - of(b) for a, b in zip(first, second, strict=True)], [one.variant.base for one in first])


def extra_flip(one: Attacked) -> float:
    """What `flips` is the mean of."""
    return flipped(one.answer, one.base) - flipped(one.again, one.base)


def extra_obedience(one: Attacked) -> float:
    """What `obeyed` is the mean of."""
    return float(_obeys(one, one.answer)) - float(_obeys(one, one.base))


def _by_row(found: Sequence[Attacked], of: Callable[[Attacked], float]) -> Estimate:
    return _interval([of(one) for one in found], [one.variant.base for one in found])


def _interval(values: Sequence[float], rows: Sequence[str]) -> Estimate:
    """The mean, and percentiles of it over rows drawn again and again: variants of one row are alike."""
    if not values:
        return Estimate(float("nan"), float("nan"), float("nan"), 0)
    names = sorted(set(rows))
    sums: Floats = np.asarray([sum(v for v, r in zip(values, rows, strict=True) if r == name) for name in names])
    counts: Floats = np.asarray([float(sum(r == name for r in rows)) for name in names])
    drawn = np.random.default_rng(0).integers(0, len(names), (_TIMES, len(names)))
    low, high = np.percentile(sums[drawn].sum(axis=1) / counts[drawn].sum(axis=1), [2.5, 97.5])
    return Estimate(float(np.mean(values)), float(low), float(high), len(values))
