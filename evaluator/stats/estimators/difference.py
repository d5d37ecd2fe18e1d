"""Rates corrected by labels: the mean of the scores, and how far people say that it is off.

With f the evaluator's badness, Y a person's, S the scored and L the labelled of a frame, the estimate is
lambda mean_S(f) + mean_L(Y - lambda f), each mean weighted by design (Angelopoulos et al. 2023; lambda after PPI++,
2311.01453; weights of an active design after Zrnic and Candès, 2403.03208; the two phases as in Särndal, Swensson and
Wretman 1992, ch. 9). With lambda = 0 it is what people alone say. Whatever the evaluator's errors are, it is right on
average; they decide only how much labels are worth.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from evaluator.stats.clusters import starts, within
from evaluator.stats.columns import Bools, Floats, Index, Keys, totals
from evaluator.stats.estimators.labelled import Reviewed
from evaluator.stats.estimators.sample import Sample
from evaluator.stats.estimators.strata import (
    Influence,
    Strata,
    StratifiedMeans,
    few_clusters,
    positive,
    smoothed,
    squared_alone,
    stratified_means,
)
from evaluator.stats.estimators.weighted import Weighted
from evaluator.stats.units import ALONE, State

SHARED = 30.0
"""Labels that what the whole series says of lambda is worth beside what a point's own say."""


@dataclass(frozen=True, slots=True)
class Difference:
    """Estimates of many points, all [size]; they mean nothing where `labels` is 0."""

    estimate: Floats
    """Not always in [0, 1]."""
    variance: Floats
    """Measured, linearised and clustered, >= 0."""
    assumed: Floats
    """What it would be if clusters were independent."""
    freedom: Floats
    step: Floats
    """By how much a label that was not seen yet would move the estimate, were it as wrong as can be."""
    scale: Floats
    """The weight of the scores, in [0, 1]. (lambda)"""
    labels: Floats
    clusters: Floats
    """How many hold a label."""
    scores: Floats
    """Mean of the scores. (mean_S f)"""
    traffic: Floats
    """Applicable traffic of the frame; infinite where that holds all there is."""


@dataclass(frozen=True, slots=True)
class _Joint:
    """[size] sums over clusters of squares of influences, as a square in lambda: constant + 2 linear + squared."""

    constant: Floats
    linear: Floats
    squared: Floats

    def at(self, scale: Floats) -> Floats:
        return np.maximum(0.0, self.constant + 2.0 * scale * self.linear + scale**2 * self.squared)


def difference(reviewed: Reviewed, size: int) -> Difference:
    """The estimates of `size` points."""
    strata = Strata.of(reviewed.cells, reviewed.point, size, reviewed.finite)
    scored = stratified_means(strata.take(strata.covered))
    coarse = np.bincount(scored.strata.point[scored.strata.cells.coarse], minlength=size) > 0
    sample = Sample.of(reviewed, size, coarse)
    guessed = _scores_of(reviewed, scored, sample)
    human, applies = people(sample)
    joint = _joint(reviewed, scored, sample, guessed, human, applies)
    scale = _scale(joint, sample, reviewed.pooled)
    estimate = human + scale * (scored.estimate - sample.mean(guessed)) / applies
    freedom, assumed = sample.spread(reviewed.finite)
    # What was fitted to the labels costs a degree of freedom.
    left = np.maximum(0.0, freedom - (scale > 0.0))
    residual = _verdicts(sample, human) - sample.centred(scale[sample.point] * guessed)
    labels = kept(sample, estimate, residual, applies) * assumed
    scores = scale**2 * scored.assumed
    known = positive(labels**2 / positive(left) + scores**2 / positive(scored.freedom))
    return Difference(
        estimate=estimate,
        variance=joint.at(scale) * few_clusters(freedom + 1.0, left),
        assumed=labels + scores,
        freedom=np.where(left > 0, (labels + scores) ** 2 / known, 0.0),
        step=sample.step,
        scale=scale,
        labels=sample.count,
        clusters=sample.clusters,
        scores=scored.estimate,
        traffic=strata.of_points(strata.weight),
    )


def people_alone(reviewed: Reviewed, size: int) -> Difference:
    """The same with lambda = 0: what people say, whatever the scores are."""
    strata = Strata.of(reviewed.cells, reviewed.point, size, reviewed.finite, clusters=False)
    nothing = np.zeros(size)
    sample = Sample.of(reviewed, size, np.zeros(size, dtype=np.bool_))
    human, applies = people(sample)
    freedom, assumed = sample.spread(reviewed.finite)
    moves = _verdicts(sample, human) * sample.share / applies[sample.point]
    return Difference(
        estimate=human,
        variance=sample.squares(moves, reviewed.finite) * few_clusters(freedom + 1.0, freedom),
        assumed=kept(sample, human, _verdicts(sample, human), applies) * assumed,
        freedom=freedom,
        step=sample.step,
        scale=nothing,
        labels=sample.count,
        clusters=sample.clusters,
        scores=nothing,
        traffic=strata.of_points(strata.weight),
    )


def people(sample: Sample) -> tuple[Floats, Floats]:
    """[size] what people call bad of that to which it applies, and the share of that; 0 and 1 where it is none."""
    applies = sample.mean(sample.applies)
    applies = np.where(applies > 0.0, applies, 1.0)
    return sample.mean(sample.verdict) / applies, applies


def kept(sample: Weighted, estimate: Floats, residual: Floats, applies: Floats | float = 1.0) -> Floats:
    """[size] variance of what a label says beyond the score (`residual` [k], 0 on average) where it `applies`, which
    is in a share of (0, 1], with one verdict added."""
    near = smoothed(np.clip(estimate, 0.0, 1.0), sample.count)
    return (sample.count * sample.mean(residual**2) / applies + near * (1.0 - near)) / (sample.count + 1.0)


def _verdicts(sample: Sample, human: Floats) -> Floats:
    """[k] verdicts, less what people say on the whole; 0 on average."""
    return sample.centred(sample.verdict) - human[sample.point] * sample.centred(sample.applies)


def _scores_of(reviewed: Reviewed, scored: StratifiedMeans, sample: Sample) -> Floats:
    """[k] the evaluator's badness of each labelled unit; of a failed one, what its stratum has on average."""
    units, strata = reviewed.units, scored.strata
    mean = scored.estimate[reviewed.point]
    mean[strata.cell] = strata.mean
    own = units.bad[sample.place]
    return np.where(np.isnan(own), mean[units.cell[sample.place]], own)


def _joint(
    reviewed: Reviewed, scored: StratifiedMeans, sample: Sample, guessed: Floats, human: Floats, applies: Floats
) -> _Joint:
    """What clusters say of the variance: a cluster moves the estimate by lambda a + b - lambda c, where a is what its
    scored units do to mean_S(f), and b and c what its labelled ones do to mean_L(Y) and mean_L(f)."""
    whole = applies[sample.point]
    b, c = sample.share * _verdicts(sample, human) / whole, sample.share * sample.centred(guessed) / whole
    alone = sample.key == ALONE
    strata, influence = scored.strata, scored.influence.imputed(scored.strata)
    linked = _linked(strata, influence, sample.point[~alone], sample.key[~alone], b[~alone], c[~alone], applies)
    single = _alone(reviewed, strata, influence, sample, guessed, alone, b[alone], c[alone], applies)
    return _Joint(*(x + y for x, y in zip(linked, single, strict=True)))


Sums = tuple[Floats, Floats, Floats]


def _linked(
    strata: Strata, influence: Influence, point: Index, key: Keys, b: Floats, c: Floats, applies: Floats
) -> Sums:
    """[size] each, over the clusters of more than one unit."""
    size = strata.size
    owner, clusters = strata.cells.owner, strata.cells.clusters
    a = influence.of_clusters(owner, clusters) / applies[strata.point[owner]]
    points = np.concatenate([strata.point[owner], point])
    keys = np.concatenate([strata.cells.keys, key])
    nothing = np.zeros(a.size)
    order = np.lexsort((keys, points))
    first = np.flatnonzero(starts(points[order], keys[order]))
    of_scores = within(first, np.concatenate([a, -c])[order])
    of_people = within(first, np.concatenate([nothing, b])[order])
    at = points[order][first]
    return (
        totals(at, of_people**2, size),
        totals(at, of_people * of_scores, size),
        totals(at, of_scores**2, size),
    )


def _alone(
    reviewed: Reviewed, strata: Strata, influence: Influence, sample: Sample, guessed: Floats, alone: Bools,
    b: Floats, c: Floats, applies: Floats,
) -> Sums:  # fmt: skip
    """[size] each, over the units that are their own cluster: those that are scored, as the cells have them, and what
    the labelled of them add to it."""
    units, size = reviewed.units, sample.size
    place, point = sample.place[alone], sample.point[alone]
    cell, n = units.cell[place], len(reviewed.point)
    constant, failed, slope = np.zeros(n), np.zeros(n), np.zeros(n)
    constant[strata.cell] = influence.constant[:, State.SCORED]
    failed[strata.cell] = influence.constant[:, State.FAILED]
    slope[strata.cell] = influence.slope
    has_score = ~np.isnan(units.bad[place])
    per_weight = np.where(has_score, constant[cell] + slope[cell] * guessed[alone], failed[cell]) / applies[point]
    w, v = sample.weight[alone], sample.value[alone]
    s = w * per_weight
    # In a finite population a unit adds to the variance only by what was left to chance: w^2 becomes w (w - 1).
    of_draw = 1.0 - 1.0 / np.maximum(1.0, w) if reviewed.finite else 1.0
    of_review = 1.0 - 1.0 / np.maximum(1.0, v) if reviewed.finite else 1.0
    squares = squared_alone(strata, influence) / applies**2
    return (
        totals(point, b * b * of_review, size),
        totals(point, b * s * of_draw - b * c * of_review, size),
        squares + totals(point, c * c * of_review - 2.0 * s * c * of_draw, size),
    )


def _scale(joint: _Joint, sample: Sample, pooled: bool) -> Floats:
    """[size] the lambda in [0, 1] that minimises the measured variance; any is right, this one is the narrowest."""
    linear, squared = joint.linear * sample.count, joint.squared * sample.count
    if pooled:
        every = max(1.0, float(sample.count.sum()))
        linear = linear * sample.count + SHARED * float((linear * sample.count).sum()) / every
        squared = squared * sample.count + SHARED * float((squared * sample.count).sum()) / every
    return np.where(squared > 0.0, np.clip(-linear / positive(squared), 0.0, 1.0), 0.0)
