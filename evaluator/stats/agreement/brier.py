"""Scores as probabilities: the Brier score with its parts, and the calibration error, free of the bias of small bins.

The parts are those of Murphy (1973), with scores binned. What binning leaves out is put into the resolution, as
Stephenson, Coelho and Jolliffe (2008) do, so that brier = reliability - resolution + uncertainty holds exactly.

The mean of k scores in a bin differs from the share of bad there by chance alone, and squares of that add up to a
calibration error where there is none. The variance of each difference, measured between clusters, is subtracted
(Bröcker 2012; Ferro and Fricker 2012; Kumar, Liang and Ma 2019, 1909.10155), once for the sample and twice for its
replicates.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from evaluator.stats.agreement.confusion import NO_PAIRS
from evaluator.stats.agreement.measure import Measure
from evaluator.stats.agreement.pairs import Pairs
from evaluator.stats.agreement.resampling import ONE_CLUSTER, Resampling
from evaluator.stats.columns import Floats, Index

MOST_BINS = 10
LEAST_IN_BIN = 8.0
"""Effective pairs."""


@dataclass(frozen=True, slots=True)
class Bin:
    """The pairs of one range of scores."""

    low: float
    high: float
    """Of the scores in it."""
    count: int
    share: float
    """Of the weight."""
    score: float
    """Its weighted mean."""
    bad: Measure
    """The share of bad by people."""


@dataclass(frozen=True, slots=True)
class Brier:
    """Mean squared difference of score and people's judgement, and what it is made of."""

    score: Measure
    """In [0, 1]; 0 is perfect."""
    reliability: Measure
    """Squared calibration error less what chance adds to it: about 0, also a little below, where calibrated."""
    resolution: Measure
    """How much the share of bad moves with the score; the larger the better."""
    uncertainty: Measure
    """Variance of people's judgements: the score of whoever always says the rate."""
    calibration_error: Measure
    """Root mean square, in [0, 1]: how far scores are from the shares that they stand for."""
    bins: tuple[Bin, ...]


def brier(pairs: Pairs, resampling: Resampling, level: float) -> Brier:
    """The Brier score of `pairs` and its parts, with intervals of `level` in (0, 1)."""
    if not len(pairs):
        none = Measure(reason=NO_PAIRS)
        return Brier(none, none, none, none, none, ())
    f, y, w = pairs.score, pairs.people, pairs.weight
    place = binned(f, w, pairs.effective)
    # The imagined cluster has scores like the others, and is judged as far from them, or as near, as can be.
    near, far = np.minimum(f, 1.0 - f), np.maximum(f, 1.0 - f)
    ends = float(np.average(near**2, weights=w)), float(np.average(far**2, weights=w))
    (whole,) = resampling.ratios((w * (f - y) ** 2)[:, None], w[:, None], level, (NO_PAIRS,), ends)
    bins = _bins(pairs, place, resampling, level)
    if resampling.clusters < 2:
        one = Measure(reason=ONE_CLUSTER)
        return Brier(whole, one, one, one, one, bins)
    extra = resampling.imagined * float(resampling.size(w))
    share = extra / (resampling.sums(w) + extra)
    reliability, uncertainty = _reliability(f - y, w, place, resampling), _uncertainty(y, w, resampling)
    error = np.sqrt(np.maximum(0.0, reliability))
    resolution = reliability + uncertainty - resampling.sums(w * (f - y) ** 2) / resampling.sums(w)
    moved = share * float(np.average(far, weights=w))
    worse, better = error * (1.0 - share) + moved, np.maximum(0.0, error * (1.0 - share) - moved)
    least = np.where(better > 0.0, better**2, np.minimum(0.0, reliability))
    return Brier(
        score=whole,
        reliability=resampling.measure(least, worse**2, level),
        resolution=resampling.measure(resolution * (1.0 - share), resolution * (1.0 - share) + share / 4.0, level),
        uncertainty=_spread_of(y, w, uncertainty, share, resampling, level),
        calibration_error=resampling.measure(better, worse, level),
        bins=bins,
    )


def binned(score: Floats, weight: Floats, effective: float) -> Index:
    """[n] the bin of each score, 0 ... b - 1: ranges of about equal weight, equal scores together.

    At most `MOST_BINS`, and at least `LEAST_IN_BIN` of the `effective` pairs a bin on average.
    """
    wanted = int(np.clip(effective / LEAST_IN_BIN, 1.0, MOST_BINS))
    _, place = np.unique(score, return_inverse=True)
    held = np.bincount(place, weight)
    if held.size <= wanted:
        return place.astype(np.intp)
    middle = (np.cumsum(held) - held / 2.0) / held.sum()
    _, joined = np.unique(np.minimum(wanted - 1, (middle * wanted).astype(np.intp)), return_inverse=True)
    return joined[place].astype(np.intp)


def _reliability(residual: Floats, weight: Floats, place: Index, resampling: Resampling) -> Floats:
    """[r] the squared calibration error less what chance adds to it; it may be below 0."""
    inside = weight[:, None] * (place[:, None] == np.arange(place.max() + 1))
    sizes, sums = resampling.sums(inside), resampling.sums(inside * residual[:, None])
    held = np.where(sizes > 0.0, sizes, 1.0)
    mean = sums / held
    noise = _noise(inside, residual, mean[0], resampling)
    times = np.where(np.arange(len(mean)) == 0, 1.0, 2.0)[:, None]
    return np.asarray((sizes * (mean**2 - times * noise)).sum(axis=1) / sizes.sum(axis=1))


def _noise(inside: Floats, values: Floats, mean: Floats, resampling: Resampling) -> Floats:
    """[b] clustered, linearised variance of the mean of `values` [n] in each bin of weights `inside` [n, b].

    Of a bin with a single cluster nothing is known: its squared `mean` [b] is taken for chance.
    """
    held = resampling.of_clusters(inside * (values[:, None] - mean))
    clusters = (resampling.of_clusters(inside) > 0.0).sum(axis=0)
    known = clusters > 1
    whole = (held**2).sum(axis=0) / inside.sum(axis=0) ** 2
    return np.asarray(np.where(known, whole * clusters / np.where(known, clusters - 1, 1), mean**2))


def _uncertainty(people: Floats, weight: Floats, resampling: Resampling) -> Floats:
    """[r] variance of the judgements, less the bias of small samples."""
    whole = resampling.sums(weight)
    mean = resampling.sums(weight * people) / whole
    noise = _noise(weight[:, None], people, mean[:1], resampling)[0]
    times = np.where(np.arange(len(mean)) == 0, 1.0, 2.0)
    return np.asarray(resampling.sums(weight * people**2) / whole - mean**2 + times * noise)


def _spread_of(
    people: Floats, weight: Floats, variance: Floats, share: Floats, resampling: Resampling, level: float
) -> Measure:
    """The uncertainty, with an imagined cluster that is all bad or all good: whichever narrows or widens it."""
    mean = resampling.sums(weight * people) / resampling.sums(weight)
    ends = [(1.0 - share) * (variance + share * (mean - end) ** 2) for end in (0.0, 1.0)]
    return resampling.measure(np.minimum(*ends), np.maximum(*ends), level)


def _bins(pairs: Pairs, place: Index, resampling: Resampling, level: float) -> tuple[Bin, ...]:
    f, w = pairs.score, pairs.weight
    count = int(place.max()) + 1
    inside = w[:, None] * (place[:, None] == np.arange(count))
    bad = resampling.ratios(inside * pairs.people[:, None], inside, level, (NO_PAIRS,) * count)
    held = inside.sum(axis=0)
    return tuple(
        Bin(
            low=float(f[place == b].min()),
            high=float(f[place == b].max()),
            count=int((place == b).sum()),
            share=float(held[b] / held.sum()),
            score=float(inside[:, b] @ f / held[b]),
            bad=bad[b],
        )
        for b in range(count)
    )
