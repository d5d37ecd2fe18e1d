"""Rates of units that were judged in steps, each step by something dearer on a part of those before.

A cascade: a cheap evaluator judges all that were selected, a costly one a part of them, people a part of that. With
f_1, ..., f_K the badness by the scores of each step and Y the last one's, the estimate is

    mean_K+1(Y) + sum_k lambda_k (mean_k(f_k) - mean_k+1(f_k)),

each mean over the units of its step, by design weights: a difference estimator of several phases (Särndal, Swensson
and Wretman 1992, ch. 9), which is right on average whatever the lambdas in [0, 1] are. They minimise the measured
variance, as in PPI++ (2311.01453). With two steps it is `difference`, but by one mean over all strata.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from evaluator.stats.clusters import starts
from evaluator.stats.columns import Bools, Floats, Index, Keys, totals
from evaluator.stats.estimators.difference import Difference, kept
from evaluator.stats.estimators.strata import few_clusters, positive
from evaluator.stats.estimators.weighted import Weighted
from evaluator.stats.units import ALONE

ROUNDS = 100
"""Of minimising over one lambda after the other; scores that correlate by 0.9 are through after 50."""


@dataclass(frozen=True, slots=True, eq=False)
class Phase:
    """One step, for all n units."""

    inside: Bools
    """[n] whether the unit is in it, and so in all before."""
    weight: Floats
    """[n] so much traffic a unit of this step stands for, >= that of the step before; read where inside."""
    bad: Floats
    """[n] by the score of this step, in [0, 1]; read where inside."""


def phased(phases: Sequence[Phase], point: Index, cluster: Keys, size: int, *, finite: bool = False) -> Difference:
    """The estimates of `size` points, by two phases or more; `point` and `cluster` (as in `Cells.of`) are [n].

    `finite`: variances speak of these units of traffic only, where each was drawn by itself. `labels` of the result
    counts the units of the last phase; `scores` and `scale` are the mean score and the lambda of the one before.
    Each phase is drawn from all of the one before, so the frame is everything that was selected.
    """
    cluster = np.zeros_like(cluster) if finite else cluster
    steps = [_Step.of(phases, number, point, cluster, size) for number in range(len(phases))]
    squares = _finite(steps, phases, point) if finite else _clustered(steps, point, cluster)
    factors = _factors(squares)
    estimate = (factors * sum(step.means for step in steps)).sum(axis=0)
    scored, last = steps[-2:]
    freedom, spread = last.sample.spread(finite)
    # What was fitted to the labels costs degrees of freedom.
    left = np.maximum(0.0, freedom - (factors[1:] > 0.0).sum(axis=0))
    of_people = kept(last.sample, estimate, last.residual(factors)) * spread
    parts = [(of_people, left), *(step.part(factors, finite) for step in steps[:-1])]
    assumed = np.sum([part for part, _ in parts], axis=0)
    known = positive(np.sum([part**2 / positive(free) for part, free in parts], axis=0))
    variance = np.maximum(0.0, np.einsum("is,ijs,js->s", factors, squares, factors))
    return Difference(
        estimate=estimate,
        variance=variance * few_clusters(freedom + 1.0, left),
        assumed=assumed,
        freedom=np.where(left > 0, assumed**2 / known, 0.0),
        step=last.sample.step,
        scale=factors[-1],
        labels=last.sample.count,
        clusters=last.sample.clusters,
        scores=scored.means[-1],
        traffic=np.full(size, np.inf),
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Step:
    """What the k units of one phase add to an estimate, for each of its 1 + K factors: 1, lambda_1, ..., lambda_K."""

    sample: Weighted
    place: Index
    """[k] of each among all units."""
    told: Floats
    """[1 + K, k]"""

    @classmethod
    def of(cls, phases: Sequence[Phase], number: int, point: Index, cluster: Keys, size: int) -> _Step:
        place = np.flatnonzero(phases[number].inside)
        told = np.zeros((len(phases), place.size))
        told[(number + 1) % len(phases)] = phases[number].bad[place]
        if number:
            told[number] -= phases[number - 1].bad[place]
        sample = Weighted.units(size, point[place], phases[number].weight[place], cluster[place])
        return cls(sample, place, told)

    @property
    def means(self) -> Floats:
        """[1 + K, size]"""
        return np.stack([self.sample.mean(row) for row in self.told])

    def moves(self, n: int) -> Floats:
        """[1 + K, n] by how much each unit moves each part of the estimate, linearised."""
        found = np.zeros((len(self.told), n))
        found[:, self.place] = self.sample.share * np.stack([self.sample.centred(row) for row in self.told])
        return found

    def residual(self, factors: Floats) -> Floats:
        """[k] what a unit adds by `factors` [1 + K, size], less the mean of its point."""
        return self.sample.centred((factors[:, self.sample.point] * self.told).sum(axis=0))

    def part(self, factors: Floats, finite: bool) -> tuple[Floats, Floats]:
        """[size] its assumed part of the variance, and how many degrees of freedom tell it."""
        freedom, spread = self.sample.spread(finite)
        return self.sample.mean(self.residual(factors) ** 2) * spread, freedom


def _clustered(steps: Sequence[_Step], point: Index, cluster: Keys) -> Floats:
    """[1 + K, 1 + K, size] the variance as a square in the factors: over clusters, which hold units of all steps."""
    moved = np.sum([step.moves(point.size) for step in steps], axis=0)
    order = np.lexsort((cluster, point))
    ordered = cluster[order]
    first = np.flatnonzero(starts(point[order], ordered) | (ordered == ALONE))
    sums = np.add.reduceat(moved[:, order], first, axis=1) if first.size else moved[:, :0]
    return _products(sums, sums, point[order][first], steps[0].sample.size)


def _finite(steps: Sequence[_Step], phases: Sequence[Phase], point: Index) -> Floats:
    """The same of the draws alone. Of what a unit does in two steps, the draws of the earlier one are all that both
    leave to chance: as w^2 becomes w (w - 1) for one step, u w becomes w (u - 1) for an earlier u."""
    size, every = steps[0].sample.size, [step.moves(point.size) for step in steps]
    found = np.zeros((len(steps), len(steps), size))
    for number, own in enumerate(every):
        weight = np.where(phases[number].inside, phases[number].weight, 1.0)
        left = own * (1.0 - 1.0 / np.maximum(1.0, weight))
        later = sum(every[number + 1 :], np.zeros_like(own))
        cross = _products(left, later, point, size)
        found += _products(left, own, point, size) + cross + np.swapaxes(cross, 0, 1)
    return found


def _products(left: Floats, right: Floats, point: Index, size: int) -> Floats:
    """[1 + K, 1 + K, size] sums of the products of all rows of two [1 + K, m]."""
    return np.asarray([[totals(point, a * b, size) for b in right] for a in left])


def _factors(squares: Floats) -> Floats:
    """[1 + K, size] 1 and the lambdas in [0, 1] that minimise the measured variance."""
    found = np.zeros(squares.shape[1:])
    found[0] = 1.0
    for _ in range(ROUNDS if len(found) > 2 else 1):
        for k in range(1, len(found)):
            rest = (squares[k] * found).sum(axis=0) - squares[k, k] * found[k]
            found[k] = np.where(squares[k, k] > 0.0, np.clip(-rest / positive(squares[k, k]), 0.0, 1.0), 0.0)
    return found
