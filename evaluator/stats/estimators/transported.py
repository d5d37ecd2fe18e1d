"""Rates by the scores of other times: what an earlier label window says of the evaluator's errors, carried over.

If scores of good and of bad answers keep their distributions, a window whose mean score is a has the rate
(a - mu_0) / (mu_1 - mu_0), mu_1 and mu_0 the mean scores of what people called bad and good (Rogan and Gladen 1978,
for verdicts). The rate itself may have moved. The interval is Fieller's (1954), as both mu are estimated; where it is
not bounded, the labels do not tell good from bad by the scores, and nothing is said.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from evaluator.stats.clusters import starts, within
from evaluator.stats.columns import Floats
from evaluator.stats.design import kish
from evaluator.stats.estimators import intervals
from evaluator.stats.estimators.estimator import Estimator, Evidence
from evaluator.stats.estimators.labelled import LabelledUnits, Response
from evaluator.stats.estimators.rates import RateNumbers, Rates, ReviewNumbers
from evaluator.stats.estimators.raw import counted
from evaluator.stats.estimators.strata import Strata, positive, stratified_means
from evaluator.stats.units import ALONE

KINDS = ("none", "fieller")


@dataclass(frozen=True, slots=True)
class Bridge:
    """Mean scores of good and bad answers, with how well they are known; plain numbers."""

    good: float
    """mu_0"""
    apart: float
    """mu_1 - mu_0"""
    good_variance: float
    apart_variance: float
    covariance: float
    """Of both."""
    freedom: float
    labels: int


def bridge(units: LabelledUnits) -> Bridge | None:
    """What labelled units say of the scores of good and of bad answers; None where either has no scored unit.

    Weights are those of the design; failed units and those without a verdict are left out.
    """
    used = np.flatnonzero((units.response == Response.VERDICT) & ~np.isnan(units.bad))
    score, verdict, weight = units.bad[used], units.verdict[used], (units.weight / units.review)[used]
    sides = (weight * (1.0 - verdict), weight * verdict)
    if any(not side.any() for side in sides):
        return None
    key = units.cluster[used]
    means, moves, assumed, freedoms = [], [], [], []
    for side in sides:
        share = side / side.sum()
        mean = float((share * score).sum())
        size = float(kish(np.ones(1), np.asarray([(share**2).sum()]))[0])
        spread = float((share * (score - mean) ** 2).sum())
        # One imagined answer, as far off as can be: a few that agree do not prove that all do.
        kept = (size * spread + max(mean, 1.0 - mean) ** 2) / (size + 1.0)
        means.append(mean)
        moves.append(_by_cluster(key, share * (score - mean)))
        assumed.append(kept / size)
        freedoms.append(max(0.0, size - 1.0))
    (good, bad), (of_good, of_bad) = means, moves
    known = [_moderated(np.sum(move**2), f, a) for move, f, a in zip(moves, freedoms, assumed, strict=True)]
    together = float(np.sum(of_good * of_bad))
    return Bridge(
        good=good,
        apart=bad - good,
        good_variance=known[0][0],
        apart_variance=max(known[0][0] + known[1][0] - 2.0 * together, 1e-12),
        covariance=together - known[0][0],
        freedom=min(known[0][1], known[1][1]),
        labels=len(used),
    )


def _moderated(measured: float, freedom: float, assumed: float) -> tuple[float, float]:
    corrected = measured * (freedom + 1.0) / freedom if freedom > 0 else assumed
    columns = (np.asarray([value]) for value in (corrected, freedom, assumed))
    variance, whole = intervals.moderated(*columns)
    return float(variance[0]), float(whole[0])


def _by_cluster(key: np.ndarray, values: Floats) -> Floats:
    """Sums over equal keys, and each of what stands alone."""
    order = np.argsort(key, kind="stable")
    sorted_keys = key[order]
    new = starts(np.zeros(order.size, dtype=np.intp), sorted_keys) | (sorted_keys == ALONE)
    return within(np.flatnonzero(new), values[order])


def _transported(evidence: Evidence, level: float) -> Rates:
    carried = evidence.carried
    assert carried is not None  # `Estimator.rates` has asked
    counts, numbers, applicable = counted(evidence)
    size, over = evidence.size, bridge(carried.units)
    strata = Strata.of(carried.cells, carried.point, size, evidence.finite)
    fit = stratified_means(strata.take(strata.covered))
    known = strata.of_points(np.where(strata.covered, strata.weight, 0.0))
    share = np.minimum(1.0, known / positive(applicable))
    if over is None:
        estimate, low, high, bounded = np.zeros(size), np.zeros(size), np.ones(size), np.zeros(size, dtype=np.bool_)
    else:
        variance, freedom = intervals.moderated(fit.variance, fit.freedom, fit.assumed)
        estimate, low, high, bounded = _fieller(
            over, fit.estimate, variance, np.minimum(freedom, over.freedom), level
        )
    some = bounded & (known > 0.0)
    counts.interval[:] = np.where(some, KINDS.index("fieller"), KINDS.index("none"))
    numbers = RateNumbers.of(
        estimate=np.where(some, estimate, np.nan),
        low=np.where(some, np.minimum(low * share, estimate), 0.0),
        high=np.where(some, np.maximum(1.0 - (1.0 - high) * share, estimate), 1.0),
        effective=np.zeros(size),
        covered=np.where(some, share, 0.0),
        worst_low=numbers.worst_low,
        worst_high=numbers.worst_high,
        traffic=numbers.traffic,
    )
    labels = np.where(some, 0.0 if over is None else over.labels, 0.0)
    review = ReviewNumbers.of(labels=labels, effective=np.zeros(size))
    kind = "window" if evidence.finite else "process"
    return Rates(counts, numbers, TRANSPORTED.name, level, kind, intervals=KINDS, review=review)


def _fieller(
    over: Bridge, mean: Floats, variance: Floats, freedom: Floats, level: float
) -> tuple[Floats, Floats, Floats, np.ndarray]:
    """[size] estimates and ends, each in [0, 1], and whether the interval is bounded."""
    squared = intervals.quantile(freedom, level) ** 2
    above = mean - over.good
    a = over.apart**2 - squared * over.apart_variance
    b = above * over.apart + squared * over.covariance
    c = above**2 - squared * (variance + over.good_variance)
    bounded = a > 0.0
    root = np.sqrt(np.maximum(0.0, b * b - a * c))
    divisor = positive(a)
    ends = (np.clip((b - root) / divisor, 0.0, 1.0), np.clip((b + root) / divisor, 0.0, 1.0))
    apart = over.apart if over.apart != 0.0 else 1.0
    estimate = np.clip(above / apart, 0.0, 1.0)
    return estimate, np.minimum(ends[0], estimate), np.maximum(ends[1], estimate), bounded


TRANSPORTED = Estimator(
    name="transported",
    caveat="takes the evaluator’s errors from an earlier label window",
    explanation="The mean score, read by what scores good and bad answers had where people judged them. It stands "
    "while those keep their distributions, also when the rate moves; it says nothing of a model or prompt version "
    "that nobody has labelled.",
    estimate=_transported,
    needs_labels=True,
    carries=True,
)
