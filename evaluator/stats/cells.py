"""Cells: the sufficient statistics of one part of one stratum, exact when parts are joined.

A cell holds what every design-weighted estimate needs and nothing of the single units: counts, weighted sums, the
cross-products of units that stand alone, and the partial sums of each cluster under its key. Cells of several parts
merge to the cell of all their units, so that an hour is exactly sixty minutes, also for the interval: a cluster that
goes on over midnight is one cluster of the week. A cell of more than `groups.EXACT` clusters keeps the sums of random
groups of them instead (see `groups`), and is then called coarse.

Many cells are one set of arrays, so that a thousand rates cost little more than one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from evaluator.stats import clusters, codec, groups
from evaluator.stats.clusters import Clusters, Groups
from evaluator.stats.columns import Bools, Column, Floats, Index, Ints, Keys, Table, totals
from evaluator.stats.units import ALONE, STATES, State, problems


class UnitCounts(Table[np.int64]):
    """Units of each cell."""

    settled = Column[np.int64]()
    """Selected or not."""
    alone_scored = Column[np.int64]()
    """SCORED ones that are their own cluster."""
    selected = Column[np.int64](STATES)
    """By state."""


class UnitSums(Table[np.float64]):
    """Sums over units of each cell: w is the weight of a selected one, 1/(inclusion x sender's probability), f its
    bad in [0, 1]. What begins with `alone` is of those that are their own cluster."""

    traffic = Column[np.float64]()
    """Over the settled: sum of 1/(sender's probability)."""
    weighted_bad = Column[np.float64]()
    """Over SCORED: sum of w f."""
    weight = Column[np.float64](STATES)
    """Sum of w by state."""
    alone_squared_weight = Column[np.float64](STATES)
    """Sum of w^2 by state."""
    alone_squared_weight_bad = Column[np.float64]()
    """Over SCORED: sum of w^2 f."""
    alone_squared_weighted_bad = Column[np.float64]()
    """Over SCORED: sum of (w f)^2."""
    alone_fourth_weight = Column[np.float64]()
    """Over SCORED: sum of w^4."""


@dataclass(frozen=True, slots=True, eq=False)
class Cells:
    """n cells over disjoint sets of settled units, each of one stratum. Build with `of`, merge with `join`."""

    counts: UnitCounts
    """[n]"""
    sums: UnitSums
    """[n]"""
    coarse: Bools
    """[n] whether the clusters are random groups of clusters."""
    sizes: Ints
    """[n] clusters (or groups) with a selected unit."""
    keys: Keys
    """[m] their keys (or groups), strictly ascending within each cell, never 0."""
    clusters: Groups
    """[m] what is kept of each of them."""

    @classmethod
    def of(
        cls,
        weight: npt.ArrayLike,
        bad: npt.ArrayLike,
        state: npt.ArrayLike,
        cluster: npt.ArrayLike,
        upstream: npt.ArrayLike | None = None,
        place: npt.ArrayLike | None = None,
        size: int = 1,
        before: npt.ArrayLike | None = None,
    ) -> Cells:
        """The `size` cells of n settled units, unit i in cell `place`[i].

        `weight` [n] is 1/(inclusion x sender's probability), > 0, read where selected; `bad` [n] in [0, 1], read
        where SCORED; `state` [n] of `State`; `cluster` [n] unsigned keys, 0 = its own cluster; `upstream` [n] is
        1/(sender's probability), > 0, all 1 when left out. `before` [n], 0 where left out, is what a unit weighs
        among those that a first step of selection drew (`weight` is that over the probability of the second step): it
        is > 0 where there were two steps, also for what the second passed over, which is UNSELECTED, and `cluster` is
        then a key. Raises ValueError for units that are not `valid_units`, and for two steps without a key.
        """
        states, keys = np.asarray(state, dtype=np.int8), np.asarray(cluster, dtype=np.uint64)
        weights, values = np.asarray(weight, dtype=np.float64), np.asarray(bad, dtype=np.float64)
        ahead = np.ones(states.shape) if upstream is None else np.asarray(upstream, dtype=np.float64)
        _check(weights, values, states, keys, ahead)
        cell = np.zeros(states.shape, dtype=np.intp) if place is None else np.asarray(place, dtype=np.intp)
        settled, traffic = np.bincount(cell, minlength=size), totals(cell, ahead, size)
        drawn = states != State.UNSELECTED
        chosen = (weights[drawn], values[drawn], states[drawn].astype(np.intp), keys[drawn], cell[drawn])
        found = _cells(settled, traffic, *chosen)
        if before is None:
            return found
        first = np.asarray(before, dtype=np.float64)
        return found._stood_for(first, np.where(drawn, weights, 0.0), keys, cell)

    def __len__(self) -> int:
        return len(self.counts)

    def _stood_for(self, before: Floats, weight: Floats, key: Keys, cell: Index) -> Cells:
        """These cells, in which the units that a second step drew stand for all that the first one drew.

        What the cell weighs is then what the first step says, as if those that were passed over were pending: each
        unit adds to the PENDING weight what it weighed `before`, less its `weight` [n], 0 where it was passed over.
        Every estimate that is made of sums of weights, its variance by clusters too, is so one of double sampling
        (Särndal, Swensson and Wretman 1992, ch. 9). Counts are those of the second step.
        """
        two = np.flatnonzero(before > 0.0)
        if not two.size:
            return self
        if (key[two] == ALONE).any():
            raise ValueError("cluster must be a key wherever `before` is above 0")
        missing, size = before[two] - weight[two], len(self)
        self.sums.weight[:, State.PENDING] += totals(cell[two], missing, size)
        rows = Groups(np.zeros((two.size, Groups.width)))
        rows.weight[:, State.PENDING] = missing
        every = Groups.concat([self.clusters, rows])
        place, keys = np.concatenate([self.owner, cell[two]]), np.concatenate([self.keys, key[two]])
        return Cells(self.counts, self.sums, self.coarse, *clusters.join(place, keys, every, size))

    def as_drawn(self, chosen: Bools) -> Cells:
        """These cells, those `chosen` [n] without what `before` said of them: what is pending weighs like what is
        decided."""
        sums, decided = UnitSums(self.sums.numbers.copy()), slice(State.PENDING + 1, None)
        counts, weight = self.counts.selected, self.sums.weight[:, decided].sum(axis=1)
        known = np.maximum(1, counts[:, decided].sum(axis=1))
        sums.weight[:, State.PENDING] = np.where(
            chosen, counts[:, State.PENDING] * weight / known, self.sums.weight[:, State.PENDING]
        )
        return Cells(self.counts, sums, self.coarse, self.sizes, self.keys, self.clusters)

    @property
    def owner(self) -> Index:
        """[m] the cell of each cluster."""
        return np.repeat(np.arange(len(self)), self.sizes)

    def take(self, index: Index) -> Cells:
        """The cells at `index` [j], which may repeat."""
        sizes = self.sizes[index]
        skipped = np.cumsum(self.sizes)[index] - self.sizes[index] - (np.cumsum(sizes) - sizes)
        mine = np.repeat(skipped, sizes) + np.arange(int(sizes.sum()))
        return Cells(
            self.counts.take(index), self.sums.take(index), self.coarse[index], sizes,
            self.keys[mine], self.clusters.take(mine),
        )  # fmt: skip

    @classmethod
    def concat(cls, parts: Sequence[Cells]) -> Cells:
        """The cells of all `parts`, one after the other; of none: no cells."""
        parts = parts or [cls.of([], [], [], [], size=0)]
        return cls(
            counts=UnitCounts.concat([part.counts for part in parts]),
            sums=UnitSums.concat([part.sums for part in parts]),
            coarse=np.concatenate([part.coarse for part in parts]),
            sizes=np.concatenate([part.sizes for part in parts]),
            keys=np.concatenate([part.keys for part in parts]),
            clusters=Groups.concat([part.clusters for part in parts]),
        )

    def join(self, place: Index, size: int) -> Cells:
        """`size` cells out of these: cell i becomes part of `place`[i]; a cluster that occurs in several is joined.

        Where one of the parts is coarse, so is the whole.
        """
        coarse = np.bincount(place[self.coarse], minlength=size) > 0
        joined = clusters.join(place[self.owner], *self._with_groups(coarse[place]), size)
        return Cells(self.counts.joined(place, size), self.sums.joined(place, size), coarse, *joined).capped()

    @classmethod
    def merge(cls, parts: Sequence[Cells]) -> Cells:
        """The one cell of all units of `parts` (of one stratum); of none: the empty cell."""
        every = cls.concat(parts)
        return every.join(np.zeros(len(every), dtype=np.intp), 1)

    def level(self, place: Index, size: int) -> Cells:
        """These cells, all coarse where another cell of the same `place` [n] is."""
        return self._grouped((np.bincount(place[self.coarse], minlength=size) > 0)[place])

    def capped(self, limit: int = groups.EXACT) -> Cells:
        """These cells, those with more than `limit` clusters coarse."""
        return self._grouped(self.sizes > limit)

    def _grouped(self, chosen: Bools) -> Cells:
        """These cells, those `chosen` [n] coarse."""
        if not (chosen & ~self.coarse).any():
            return self
        joined = clusters.join(self.owner, *self._with_groups(chosen), len(self))
        return Cells(self.counts, self.sums, self.coarse | chosen, *joined)

    def _with_groups(self, chosen: Bools) -> tuple[Keys, Groups]:
        """The keys [m] and clusters [m], those of `chosen` [n] cells with their group for a key, not joined yet."""
        these = np.flatnonzero((chosen & ~self.coarse)[self.owner])
        return clusters.grouped(self.keys, self.clusters, these) if these.size else (self.keys, self.clusters)

    def to_bytes(self) -> bytes:
        """Compact bytes with a version; `from_bytes` gives back exactly these cells."""
        kept = Groups.width if self.coarse.any() else Clusters.width
        heads = np.column_stack([self.counts.numbers, self.coarse, self.sizes]).T.ravel()
        rows = self.clusters.numbers[:, :kept].T.ravel()
        return codec.pack(heads, self.keys, self.sums.numbers.T.ravel(), rows)

    @classmethod
    def from_bytes(cls, data: bytes) -> Cells:
        """The cells that `to_bytes` wrote.

        Raises ValueError for bytes that are torn, foreign or of another version.
        """
        heads, keys, sums, rows = codec.unpack(data, (np.int64, np.uint64, np.float64, np.float64))
        head = heads.reshape(UnitCounts.width + 2, -1).T
        wide = np.zeros((keys.size, Groups.width))
        if keys.size:
            narrow = rows.reshape(-1, keys.size).T
            wide[:, : narrow.shape[1]] = narrow
        counts, coarse, sizes = UnitCounts(head[:, :-2]), head[:, -2].astype(np.bool_), head[:, -1]
        return cls(counts, UnitSums(sums.reshape(UnitSums.width, -1).T), coarse, sizes, keys, Groups(wide))

    def is_close(self, other: Cells, rtol: float = 1e-9) -> bool:
        """Whether both hold the same counts and keys, and sums that agree within `rtol` (relative)."""
        exact = [(self.counts.numbers, other.counts.numbers)]
        exact += [(getattr(self, name), getattr(other, name)) for name in ("coarse", "sizes", "keys")]
        if not all(np.array_equal(mine, its) for mine, its in exact):
            return False
        pairs = ((self.sums.numbers, other.sums.numbers), (self.clusters.numbers, other.clusters.numbers))
        return all(np.allclose(mine, its, rtol=rtol, atol=1e-300) for mine, its in pairs)


def _cells(
    settled: Ints, traffic: Floats, weight: Floats, bad: Floats, state: Index, key: Keys, cell: Index
) -> Cells:
    """Cells of which `settled` [size] and `traffic` [size] are known; the others are of selected units, [n]."""
    size, scored, alone, by_state = settled.size, state == State.SCORED, key == ALONE, cell * STATES + state
    weighted_bad = np.where(scored, weight * np.where(scored, bad, 0.0), 0.0)
    judged, linked = alone & scored, ~alone
    own, weights, bads = cell[judged], weight[judged], weighted_bad[judged]
    counts = UnitCounts.of(
        settled=settled,
        alone_scored=np.bincount(own, minlength=size),
        selected=np.bincount(by_state, minlength=STATES * size).reshape(-1, STATES),
    )
    squares = totals(by_state[alone], weight[alone] ** 2, STATES * size)
    sums = UnitSums.of(
        traffic=traffic,
        weighted_bad=totals(cell, weighted_bad, size),
        weight=totals(by_state, weight, STATES * size).reshape(-1, STATES),
        alone_squared_weight=squares.reshape(-1, STATES),
        alone_squared_weight_bad=totals(own, weights * bads, size),
        alone_squared_weighted_bad=totals(own, bads * bads, size),
        alone_fourth_weight=totals(own, weights**4, size),
    )
    rows = Groups(np.zeros((int(linked.sum()), Groups.width)))
    rows.weight[np.arange(len(rows)), state[linked]] = weight[linked]
    rows.weighted_bad[:] = weighted_bad[linked]
    rows.squared_weight[:] = np.where(scored, weight * weight, 0.0)[linked]
    joined = clusters.join(cell[linked], key[linked], rows, size)
    return Cells(counts, sums, np.zeros(size, dtype=np.bool_), *joined)


def finite_cells(
    weight: npt.ArrayLike, bad: npt.ArrayLike, state: npt.ArrayLike, upstream: npt.ArrayLike | None = None,
    place: npt.ArrayLike | None = None, size: int = 1,
) -> Cells:  # fmt: skip
    """`Cells.of`, for a variance that speaks of these units of traffic only: each was drawn by itself.

    What is squared of a unit that stands alone is w (w - 1) in place of w^2, the variance of a Poisson draw
    (Särndal, Swensson and Wretman 1992, ch. 3.5): a unit that was sure to be drawn adds nothing. Such cells are not
    to be merged with others.
    """
    states, weights = np.asarray(state, dtype=np.int8), np.asarray(weight, dtype=np.float64)
    cells = Cells.of(weights, bad, states, np.zeros(states.shape, dtype=np.uint64), upstream, place, size)
    cell = np.zeros(states.shape, dtype=np.intp) if place is None else np.asarray(place, dtype=np.intp)
    scored = states == State.SCORED
    values = np.where(scored, np.asarray(bad, dtype=np.float64), 0.0)
    sums = cells.sums
    sums.alone_squared_weight[:] -= sums.weight
    sums.alone_squared_weight_bad[:] -= sums.weighted_bad
    sums.alone_squared_weighted_bad[:] -= totals(cell, np.where(scored, weights * values**2, 0.0), size)
    return cells


def _check(weight: Floats, bad: Floats, state: npt.NDArray[np.int8], key: Keys, upstream: Floats) -> None:
    if state.ndim != 1 or not (weight.shape == bad.shape == state.shape == key.shape == upstream.shape):
        raise ValueError("weight, bad, state, cluster and upstream must be one-dimensional and equally long")
    for problem, wrong in problems(weight, bad, state, upstream):
        if wrong.any():
            raise ValueError(problem)
