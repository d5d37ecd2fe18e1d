"""Rates from people's labels: what they say alone, and as corrections of the evaluator's scores."""

from __future__ import annotations

import numpy as np

from evaluator.stats.columns import Floats
from evaluator.stats.estimators import intervals
from evaluator.stats.estimators.difference import Difference, difference, people_alone
from evaluator.stats.estimators.estimator import Estimator, Evidence
from evaluator.stats.estimators.rates import RateNumbers, Rates, ReviewNumbers
from evaluator.stats.estimators.raw import counted
from evaluator.stats.estimators.strata import positive

KINDS = ("none", "beta")


def _human(evidence: Evidence, level: float) -> Rates:
    return _rates(evidence, level, HUMAN.name, use_scores=False)


def _corrected(evidence: Evidence, level: float) -> Rates:
    return _rates(evidence, level, CORRECTED.name, use_scores=True)


def _rates(evidence: Evidence, level: float, name: str, *, use_scores: bool) -> Rates:
    reviewed = evidence.reviewed
    assert reviewed is not None  # `Estimator.rates` has asked
    found = (difference if use_scores else people_alone)(reviewed, evidence.size)
    return rates_of(found, evidence, level, name)


def rates_of(found: Difference, evidence: Evidence, level: float, name: str, *, by_people: bool = True) -> Rates:
    """Estimates and what is known of them, as rates of the method `name`; where they are not `by_people`, what counts
    as labels are an evaluator's scores."""
    counts, numbers, applicable = counted(evidence)
    some = found.labels > 0
    share = np.where(some, np.minimum(1.0, found.traffic / positive(applicable)), 0.0)
    estimate = np.clip(found.estimate, 0.0, 1.0)
    variance, freedom = intervals.moderated(found.variance, found.freedom, found.assumed)
    rise, fall = _reach(found, estimate)
    low, high = intervals.guarded(estimate, variance, freedom, found.step, level, rise, fall)
    effective = np.where(some, intervals.plain_size(estimate, variance, found.step, rise, fall), 0.0)
    numbers = RateNumbers.of(
        estimate=np.where(some, estimate, np.nan),
        low=np.where(some, np.minimum(low * share, estimate), 0.0),
        high=np.where(some, np.maximum(1.0 - (1.0 - high) * share, estimate), 1.0),
        effective=effective,
        covered=share,
        worst_low=np.where(some & by_people, estimate, numbers.worst_low),
        worst_high=np.where(some & by_people, estimate, numbers.worst_high),
        traffic=numbers.traffic,
    )
    counts.clusters[:] = found.clusters
    counts.interval[:] = np.where(some, KINDS.index("beta"), KINDS.index("none"))
    kind = "window" if evidence.finite else "process"
    review = ReviewNumbers.of(labels=found.labels, effective=effective) if by_people else None
    return Rates(counts, numbers, name, level, kind, intervals=KINDS, review=review)


def _reach(found: Difference, estimate: Floats) -> tuple[Floats, Floats]:
    """How far up and down a label that was not seen yet may move an estimate of weight 1. Where scores are used, it
    may be further off than a verdict by itself can be: by half of what the evaluator can be wrong. (All of it covers
    no better where labels are few, and is up to a fifth wider; none of it covers too little for verdicts that are
    rarely wrong.)"""
    beyond = found.scale / 2.0
    return 1.0 - estimate + beyond * found.scores, estimate + beyond * (1.0 - found.scores)


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
