"""How many labels: for a rate as exact as wanted, or to see a change, with an evaluator and without.

A label is worth 1/(1 - r^2 (1 - n/N)) labels where N samples are scored, n of them are labelled at random, and r is
the correlation of score and judgement: the corrected rate is the mean over all scores, whose variance is that of N
samples, and the mean of what they miss, whose variance is that of n (control variates; Angelopoulos et al. 2023,
PPI++ 2311.01453). Unequal weights and clusters multiply both variances by the design effect. All variances are those
of the process: a window is a draw of its traffic.

Half widths are those that the intervals of `intervals` have on average at the expected rate; power is that of a
comparison of two windows by their standard errors.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from evaluator.stats.estimators import intervals
from evaluator.stats.estimators.rates import LEVEL

POWER = 0.8
LITTLE = 1.2
"""An evaluator that multiplies labels by less than this buys little."""
MORE = 50


@dataclass(frozen=True, slots=True)
class Learned:
    """What is known before labels are drawn: from earlier ones, or guessed.

    Raises ValueError for numbers outside their range.
    """

    rate: float
    """Share of bad that is expected, in [0, 1]. With n labels behind it, n p + 1/2 of n + 1 are taken."""
    scored: int
    """N: samples in the window that could be labelled, >= 0."""
    correlation: float | None = None
    """r, of the evaluator's score and people's judgement, in [-1, 1]; None without an evaluator."""
    labels: int = 0
    """n: that the window has already."""
    design_effect: float = 1.0
    """So many labels are worth one that is drawn alone and at random, >= 1."""
    response: float = 1.0
    """Share of those asked about which people answer, in (0, 1]."""

    def __post_init__(self) -> None:
        for name, fits, what in (
            ("rate", 0.0 <= self.rate <= 1.0, "in [0, 1]"),
            ("scored", self.scored >= 0, "0 or more"),
            ("correlation", self.correlation is None or -1.0 <= self.correlation <= 1.0, "in [-1, 1], or None"),
            ("labels", self.labels >= 0, "0 or more"),
            ("design_effect", 1.0 <= self.design_effect < math.inf, "1 or more"),
            ("response", 0.0 < self.response <= 1.0, "in (0, 1]"),
        ):
            if not fits:
                raise ValueError(f"{name} must be {what}, got {getattr(self, name)}")

    @property
    def smooth_rate(self) -> float:
        """The rate, held away from 0 and 1: forty good labels do not prove zero."""
        if not self.labels:
            return min(max(self.rate, 1e-6), 1.0 - 1e-6)
        return (self.labels * self.rate + 0.5) / (self.labels + 1.0)


@dataclass(frozen=True, slots=True)
class Need:
    """Labels for one aim."""

    labels: int | None
    """Answered ones in the window (in each of two), those that it has included; None: not even all that are scored
    do."""
    asked: int | None
    """Samples to be asked about for those that are missing, given that some stay without an answer."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What an aim costs, with the evaluator (`corrected`) and without (`human`)."""

    human: Need
    corrected: Need | None
    """None without an evaluator."""
    gain: float | None
    """So many labels one is worth with the evaluator, at the number that it needs; where no number is enough, at that
    of the labels there are."""
    best: float
    """What all scored samples, labelled, would give: half width, or change that can be seen."""
    words: tuple[str, ...]
    """What to know, in sentences."""


@dataclass(frozen=True, slots=True)
class Next:
    """What more labels would buy."""

    more: int
    """Answered ones."""
    half_width: float
    """As it is with those there are, in (0, 1/2]; the smaller one of `human` and `corrected`."""
    then: float
    corrected: bool
    """Whether the evaluator is what makes it so."""


def gain_bound(correlation: float, labels: float, scored: float) -> float:
    """1/(1 - r^2 (1 - n/N)), >= 1: what a label is worth at most in a uniform sample of n out of N scored.

    `correlation` r in [-1, 1]; infinite for r = 1 where nothing is labelled. 1 where `scored` is 0 or `labels` exceed
    it.
    """
    left = 1.0 - labels / scored if scored > 0 else 0.0
    known = correlation**2 * max(0.0, left)
    return 1.0 / (1.0 - known) if known < 1.0 else math.inf


def half_width(learned: Learned, labels: float, *, evaluator: bool, level: float = LEVEL) -> float:
    """Half the width, in (0, 1/2], of an interval of `level` in (0, 1) from `labels` > 0 at the expected rate."""
    rate, worth = learned.smooth_rate, labels / learned.design_effect
    gain = gain_bound(learned.correlation, labels, learned.scored) if evaluator and learned.correlation else 1.0
    effective, freedom = worth * gain, max(0.0, worth - 1.0) + intervals.PRIOR_FREEDOM
    if not math.isfinite(effective):
        return 0.0
    at, variance, known = np.array([rate]), np.array([rate * (1.0 - rate) / effective]), np.array([freedom])
    low, high = intervals.guarded(at, variance, known, np.array([min(1.0, 1.0 / worth)]), level)
    return float(high[0] - low[0]) / 2.0


def labels_for_half_width(wanted: float, learned: Learned, *, level: float = LEVEL) -> Plan:
    """Labels for an interval of `level` in (0, 1) that is the estimate ± `wanted`, in (0, 1/2).

    Raises ValueError for numbers outside their range.
    """
    if not 0.0 < wanted < 0.5:
        raise ValueError(f"half width must lie in (0, 0.5), got {wanted}")
    _check_level(level)

    def enough(evaluator: bool) -> Callable[[int], bool]:
        return lambda n: half_width(learned, n, evaluator=evaluator, level=level) <= wanted

    best = half_width(learned, learned.scored, evaluator=True, level=level) if learned.scored else 0.5
    return _plan(learned, enough, best, f"± {_percent(wanted)}", f"± {_percent(best)}")


def labels_for_change(change: float, learned: Learned, *, power: float = POWER, level: float = LEVEL) -> Plan:
    """Labels in **each** of two windows of N scored samples to see that the rate changed by `change`.

    `change` is in (-1, 1), not 0, and rate + `change` in (0, 1). A change is seen where the difference of the rates
    is beyond the two-sided normal quantile of `level` in (0, 1) of its standard error; `power`, in (0.5, 1), is how
    often that is so. Raises ValueError for numbers outside their range.
    """
    rate = learned.smooth_rate
    if change == 0.0 or not 0.0 < rate + change < 1.0:
        raise ValueError(f"change must not be 0 and leave the rate of {rate:.3f} within (0, 1), got {change}")
    if not 0.5 < power < 1.0:
        raise ValueError(f"power must lie in (0.5, 1), got {power}")
    _check_level(level)
    spread = learned.design_effect * (rate * (1.0 - rate) + (rate + change) * (1.0 - rate - change))
    quantiles = float(ndtri((1.0 + level) / 2.0) + ndtri(power))

    def seen(n: int, evaluator: bool) -> float:
        gain = gain_bound(learned.correlation, n, learned.scored) if evaluator and learned.correlation else 1.0
        return quantiles * math.sqrt(spread / (n * gain))

    def enough(evaluator: bool) -> Callable[[int], bool]:
        return lambda n: seen(n, evaluator) <= abs(change)

    best = seen(learned.scored, True) if learned.scored else 1.0
    goal = f"a change by {_percent(abs(change))}"
    return _plan(learned, enough, best, goal, f"about {_percent(best)}")


def next_labels(
    learned: Learned, more: int = MORE, *, now: float | None = None, covered: float = 1.0, level: float = LEVEL
) -> Next:
    """What `more` >= 1 answered labels would do to the half width of an interval of `level` in (0, 1).

    `now`, in (0, 1/2], is what that half width is; where it is not given, what it is on average. What an interval
    allows for traffic outside of the frames, a share of 1 - `covered`, no label within them takes away. With no
    labels yet, everything is possible: ± 1/2. Raises ValueError for numbers outside their range.
    """
    if more < 1:
        raise ValueError(f"more must be 1 or more, got {more}")
    if now is not None and not 0.0 < now <= 0.5:
        raise ValueError(f"now must lie in (0, 0.5], got {now}")
    if not 0.0 <= covered <= 1.0:
        raise ValueError(f"covered must lie in [0, 1], got {covered}")
    _check_level(level)
    usual, _ = _narrower(learned, learned.labels, level)
    reached = learned.labels + min(more, max(0, learned.scored - learned.labels))
    then, corrected = _narrower(learned, reached, level)
    if now is None or not learned.labels:
        return Next(reached - learned.labels, usual, min(usual, then), corrected)
    outside = min(now, (1.0 - covered) / 2.0)
    left = outside + (now - outside) * min(1.0, then / usual if usual > 0.0 else 1.0)
    return Next(reached - learned.labels, now, left, corrected)


def _narrower(learned: Learned, labels: int, level: float) -> tuple[float, bool]:
    if not labels:
        return 0.5, False
    human, corrected = (half_width(learned, labels, evaluator=one, level=level) for one in (False, True))
    return min(human, corrected), corrected < human


def _plan(
    learned: Learned, enough: Callable[[bool], Callable[[int], bool]], best: float, goal: str, reach: str
) -> Plan:
    human = _need(learned, enough(False))
    if learned.correlation is None:
        return Plan(human, None, None, best, _words(learned, human, None, None, goal, reach))
    corrected = _need(learned, enough(True))
    # Where not even all labels do: what a label is worth beside those that there are.
    at = corrected.labels or max(1, learned.labels)
    gain = gain_bound(learned.correlation, at, learned.scored)
    return Plan(human, corrected, gain, best, _words(learned, human, corrected, gain, goal, reach))


def _need(learned: Learned, enough: Callable[[int], bool]) -> Need:
    """The fewest labels that are enough, by bisection: more of them never widen an interval by much."""
    low, high = 0, learned.scored
    if high < 1 or not enough(high):
        return Need(None, None)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return Need(high, math.ceil(max(0, high - learned.labels) / learned.response - 1e-9))


def _words(
    learned: Learned, human: Need, corrected: Need | None, gain: float | None, goal: str, reach: str
) -> tuple[str, ...]:
    found = []
    if not learned.scored:
        found.append("Nothing in this window is scored yet, so there is nothing to label.")
    elif human.labels is None:
        found.append(
            f"{goal[0].upper()}{goal[1:]} is out of reach: all {learned.scored:,} scored samples, labelled, "
            f"show {reach}. Take a longer window, or score more of the traffic."
        )
    if gain is not None and gain < LITTLE:
        found.append(
            f"The evaluator buys little: at a correlation of {learned.correlation:.2f} with people, a label is worth "
            f"{gain:.2f} labels at most."
        )
    if corrected is not None and corrected.labels is not None and learned.labels >= corrected.labels:
        found.append("The labels that there are suffice.")
    return tuple(found)


def _percent(share: float) -> str:
    return f"{100.0 * share:.3g} points"


def _check_level(level: float) -> None:
    if not 0.0 < level < 1.0:
        raise ValueError(f"level must lie in (0, 1), got {level}")
