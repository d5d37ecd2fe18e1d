"""Rates from people's labels: what they say alone, and as corrections of the evaluator's scores."""

from __future__ import annotations

import numpy as np

from evaluator.stats.columns import Floats
from evaluator.stats.estimators import intervals
from evaluator.stats.estimators.difference import Difference, difference
from evaluator.stats.estimators.estimator import Estimator, Evidence
from evaluator.stats.estimators.rates import RateNumbers, Rates, ReviewNumbers
from evaluator.stats.estimators.raw import frame_of
from evaluator.stats.estimators.strata import positive, smoothed

KINDS = ("none", "beta")


def _human(evidence: Evidence, level: float) -> Rates:
    return _rates(evidence, level, HUMAN.name, use_scores=False)


def _corrected(evidence: Evidence, level: float) -> Rates:
    return _rates(evidence, level, CORRECTED.name, use_scores=True)


def _rates(evidence: Evidence, level: float, name: str, *, use_scores: bool) -> Rates:
    reviewed = evidence.reviewed
    assert reviewed is not None  # `Estimator.rates` has asked
    found = difference(reviewed, evidence.size, use_scores)
    counts, numbers, applicable = frame_of(evidence)
    some = found.labels > 0
    share = np.where(some, np.minimum(1.0, found.traffic / positive(applicable)), 0.0)
    estimate = np.clip(found.estimate, 0.0, 1.0)
    variance, freedom = intervals.moderated(found.variance, found.freedom, found.assumed)
    low, high = _interval(found, estimate, variance, freedom, level)
    near = smoothed(estimate, positive(found.labels))
    effective = np.where(some, near * (1.0 - near) / positive(variance), 0.0)
    numbers = RateNumbers.of(
        estimate=np.where(some, estimate, np.nan),
        low=np.where(some, np.minimum(low * share, estimate), 0.0),
        high=np.where(some, np.maximum(1.0 - (1.0 - high) * share, estimate), 1.0),
        effective=effective,
        covered=share,
        worst_low=numbers.worst_low,
        worst_high=numbers.worst_high,
        traffic=numbers.traffic,
    )
    counts.interval[:] = np.where(some, KINDS.index("beta"), KINDS.index("none"))
    variance_kind = "window" if reviewed.finite else "process"
    review = ReviewNumbers.of(labels=found.labels, effective=effective)
    return Rates(counts, numbers, name, level, variance_kind, intervals=KINDS, review=review)


def _interval(
    found: Difference, estimate: Floats, variance: Floats, freedom: Floats, level: float
) -> tuple[Floats, Floats]:
    """Where scores are used, a label that was not seen yet may be further off than a verdict by itself can be: by
    half of what the evaluator can be wrong. (All of it covers no better where labels are few, and is up to a fifth
    wider; none of it covers too little for verdicts that are rarely wrong.)"""
    rise = 1.0 - estimate + found.scale * found.scores / 2.0
    fall = estimate + found.scale * (1.0 - found.scores) / 2.0
    return intervals.guarded(estimate, variance, freedom, found.step, level, rise, fall)


HUMAN = Estimator(
    name="human",
    caveat="is what people say of the samples that they were asked about",
    explanation="The share that people call bad, each label weighted by how likely its sample was to be drawn for "
    "review. Right whatever the evaluator does, and wide: it uses the labels alone.",
    estimate=_human,
    needs_labels=True,
)
CORRECTED = Estimator(
    name="corrected",
    caveat="is the evaluator’s rate, moved by what people say of a part of it",
    explanation="All scores, and for the samples that people have judged, how far the evaluator was off. Right on "
    "average whatever the evaluator’s errors are; the better it agrees with people, the narrower the interval.",
    estimate=_corrected,
    needs_labels=True,
)
