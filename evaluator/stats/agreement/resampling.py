"""Intervals by a cluster bootstrap, of many statistics at once, that do not take what was never seen for impossible.

Each replicate gives every cluster a random weight of the exponential distribution: the Bayesian bootstrap (Rubin
1981), here over clusters. Unlike counts of a drawing with replacement these weights are never 0, so no replicate
loses a class that the sample has.

A bootstrap repeats what was seen: of forty pairs that agree all replicates agree, and the interval has width zero.
So each replicate also holds one **imagined cluster**, of a random weight like the others: for the low end of an
interval it is as bad as can be, for the high end as good. For a share among equal units this is the interval of
Clopper and Pearson (1934) exactly, since x + 1 of n + 1 exponential weights have a share of the distribution
Beta(x + 1, n - x); for means of bounded values it is that of Learned-Miller and Thomas (2019, 1905.06208). Its
influence fades as one over the number of clusters.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from evaluator.stats.agreement.measure import Measure
from evaluator.stats.columns import Floats, Index, totals

REPLICATES = 1000
MOST_CLUSTERS = 2048
"""More are joined at random in so many groups, whose spread estimates the same (see `evaluator.stats.groups`)."""
ONE_CLUSTER = "all pairs are of one cluster: what another would say is unknown"


@dataclass(frozen=True, slots=True, eq=False)
class Resampling:
    """r rows of weights for m clusters of n units; row 0 is the sample itself."""

    place: Index
    """[n] the cluster of each unit, 0 ... m - 1."""
    multipliers: Floats
    """[r, m] > 0; 1 in row 0."""
    imagined: Floats
    """[r] the weight of the imagined cluster, in units of its size; 0 in row 0."""
    clusters: int
    """Before any were joined."""

    @classmethod
    def of(cls, cluster: npt.ArrayLike, *, replicates: int = REPLICATES, seed: int = 0) -> Resampling:
        """For units of `cluster` [n] (any keys that can be compared), the same for the same `seed`.

        Raises ValueError for fewer than 100 replicates: the ends of an interval would be those of single ones.
        """
        if replicates < 100:
            raise ValueError(f"replicates must be at least 100, got {replicates}")
        found, place = np.unique(np.asarray(cluster), return_inverse=True)
        rng = np.random.default_rng(seed)
        size = min(found.size, MOST_CLUSTERS)
        if found.size > size:
            place = (rng.permutation(found.size) % size)[place]
        weights = rng.standard_exponential((replicates + 1, size + 1))
        weights[0] = 1.0
        weights[0, -1] = 0.0
        return cls(place.astype(np.intp).ravel(), weights[:, :-1], weights[:, -1], found.size)

    def sums(self, values: Floats) -> Floats:
        """[r, ...] sums of `values` [n, ...] over all units, with the weights of each row."""
        return self._spread(values, self.multipliers)

    def squares(self, values: Floats) -> Floats:
        """[r, ...] the same with the squares of the weights: for sums of squared weights."""
        return self._spread(values, self.multipliers**2)

    def of_clusters(self, values: Floats) -> Floats:
        """[m, ...] sums of `values` [n, ...] within each cluster."""
        size = self.multipliers.shape[1]
        columns = [totals(self.place, column, size) for column in _flat(values).T]
        return np.stack(columns, axis=1).reshape(size, *values.shape[1:])

    def size(self, weight: Floats) -> Floats:
        """[...] how much an imagined cluster weighs: the mean over the units of their cluster's `weight` [n, ...].

        Larger than the mean over clusters where they differ: one in an effective number of clusters (Kish 1965).
        0 where nothing weighs.
        """
        held = self.of_clusters(weight)
        total = held.sum(axis=0)
        return np.asarray((held**2).sum(axis=0) / np.where(total > 0.0, total, 1.0), dtype=np.float64)

    def _spread(self, values: Floats, multipliers: Floats) -> Floats:
        return (multipliers @ _flat(self.of_clusters(values))).reshape(len(multipliers), *values.shape[1:])

    def measure(self, worst: Floats, best: Floats, level: float) -> Measure:
        """A statistic with its interval from its values in each row [r]: with the imagined cluster at its worst for
        the low end, at its best for the high one. Row 0, in which it weighs nothing, is the statistic itself."""
        value = float(worst[0])
        if self.clusters < 2:
            return Measure(value, reason=ONE_CLUSTER)
        low = float(np.quantile(worst[1:], (1.0 - level) / 2.0))
        high = float(np.quantile(best[1:], (1.0 + level) / 2.0))
        return Measure(value, min(low, value), max(high, value))

    def ratios(
        self,
        above: Floats,
        below: Floats,
        level: float,
        reasons: tuple[str, ...],
        ends: tuple[float, float] = (0.0, 1.0),
    ) -> tuple[Measure, ...]:
        """q weighted means: sums of `above` [n, q] over sums of `below` [n, q], which is >= 0; `ends` are the least
        and the largest value that one unit can have. Where nothing is below, the reason [q] stands instead."""
        tops, bottoms, size = self.sums(above), self.sums(below), self.size(below)
        extra = self.imagined[:, None] * size
        whole = np.where(bottoms + extra > 0.0, bottoms + extra, 1.0)
        least, most = (tops + ends[0] * extra) / whole, (tops + ends[1] * extra) / whole
        return tuple(
            self.measure(least[:, i], most[:, i], level) if bottoms[0, i] > 0.0 else Measure(reason=reason)
            for i, reason in enumerate(reasons)
        )


def _flat(values: Floats) -> Floats:
    """[n, q], also where n is 0."""
    return values.reshape(len(values), math.prod(values.shape[1:]))
