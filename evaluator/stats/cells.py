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

from evaluator.stats import clusters, codec, columns, groups
from evaluator.stats.clusters import CLUSTER
from evaluator.stats.columns import (
    Bools,
    Floats,
    Ints,
    Keys,
    Places,
    Table,
    named,
    plain,
    totals,
    whole_totals,
    width,
)
from evaluator.stats.units import ALONE, STATES, State, problems

COUNTS = np.dtype(
    [
        ("settled", np.int64),  # units, selected or not
        ("alone_scored", np.int64),  # SCORED units that are their own cluster
        ("selected", np.int64, (STATES,)),  # selected units by state
    ]
)
SUMS = np.dtype(
    [
        ("traffic", np.float64),  # over the settled: sum of 1/(sender's probability)
        ("weighted_bad", np.float64),  # over SCORED: sum of w f
        ("weight", np.float64, (STATES,)),  # sum of w by state
        # Over units that are their own cluster (the last three over SCORED ones):
        ("alone_squared_weight", np.float64, (STATES,)),  # sum of w^2 by state
        ("alone_squared_weight_bad", np.float64),  # sum of w^2 f
        ("alone_squared_weighted_bad", np.float64),  # sum of (w f)^2
        ("alone_fourth_weight", np.float64),  # sum of w^4
    ]
)
"""w is the weight of a selected unit, 1/(inclusion x sender's probability), f its bad in [0, 1]."""
_EXACT_WIDTH = CLUSTER.fields["squared_totals"][1] // 8  # type: ignore[index]
"""Columns of a cluster that is no group."""


@dataclass(frozen=True, slots=True, eq=False)
class Cells:
    """n cells over disjoint sets of settled units, each of one stratum. Build with `of`, merge with `join`."""

    counts: Table
    """[n] `COUNTS`."""
    sums: Table
    """[n] `SUMS`."""
    coarse: Bools
    """[n] whether the clusters are random groups of clusters."""
    sizes: Ints
    """[n] clusters (or groups) with a selected unit."""
    keys: Keys
    """[m] their keys (or groups), strictly ascending within each cell, never 0."""
    clusters: Table
    """[m] `CLUSTER`, of each of them."""

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
    ) -> Cells:
        """The `size` cells of n settled units, unit i in cell `place`[i].

        `weight` [n] is 1/(inclusion x sender's probability), > 0, read where selected; `bad` [n] in [0, 1], read
        where SCORED; `state` [n] of `State`; `cluster` [n] unsigned keys, 0 = its own cluster; `upstream` [n] is
        1/(sender's probability), > 0, all 1 when left out. Raises ValueError for units that are not `valid_units`.
        """
        states, keys = np.asarray(state, dtype=np.int8), np.asarray(cluster, dtype=np.uint64)
        weights, values = np.asarray(weight, dtype=np.float64), np.asarray(bad, dtype=np.float64)
        ahead = np.ones(states.shape) if upstream is None else np.asarray(upstream, dtype=np.float64)
        _check(weights, values, states, keys, ahead)
        cell = np.zeros(states.shape, dtype=np.intp) if place is None else np.asarray(place, dtype=np.intp)
        settled, traffic = np.bincount(cell, minlength=size), totals(cell, ahead, size)
        drawn = states != State.UNSELECTED
        selected = (weights[drawn], values[drawn], states[drawn].astype(np.intp), keys[drawn], cell[drawn])
        return _cells(settled, traffic, *selected)

    def __len__(self) -> int:
        return len(self.counts)

    @property
    def owner(self) -> Places:
        """[m] the cell of each cluster."""
        return np.repeat(np.arange(len(self)), self.sizes)

    def take(self, index: Places) -> Cells:
        """The cells at `index` [j], which may repeat."""
        sizes = self.sizes[index]
        skipped = np.cumsum(self.sizes)[index] - self.sizes[index] - (np.cumsum(sizes) - sizes)
        mine = np.repeat(skipped, sizes) + np.arange(int(sizes.sum()))
        return Cells(
            self.counts.take(index), self.sums.take(index), self.coarse[index], sizes, self.keys[mine],
            self.clusters.take(mine),
        )  # fmt: skip

    @classmethod
    def concat(cls, parts: Sequence[Cells]) -> Cells:
        """The cells of all `parts`, one after the other; of none: no cells."""
        parts = parts or [cls.of([], [], [], [], size=0)]
        return cls(
            counts=columns.concat([part.counts for part in parts]),
            sums=columns.concat([part.sums for part in parts]),
            coarse=np.concatenate([part.coarse for part in parts]),
            sizes=np.concatenate([part.sizes for part in parts]),
            keys=np.concatenate([part.keys for part in parts]),
            clusters=columns.concat([part.clusters for part in parts]),
        )

    def join(self, place: Places, size: int) -> Cells:
        """`size` cells out of these: cell i becomes part of `place`[i]; a cluster that occurs in several is joined.

        Where one of the parts is coarse, so is the whole.
        """
        coarse = np.bincount(place[self.coarse], minlength=size) > 0
        counts = [whole_totals(place, column, size) for column in plain(self.counts, np.int64).T]
        sums = [totals(place, column, size) for column in plain(self.sums, np.float64).T]
        joined = clusters.join(place[self.owner], *self._with_groups(coarse[place]), size)
        return Cells(
            named(np.stack(counts, axis=1), COUNTS), named(np.stack(sums, axis=1), SUMS), coarse, *joined
        ).capped()

    @classmethod
    def merge(cls, parts: Sequence[Cells]) -> Cells:
        """The one cell of all units of `parts` (of one stratum); of none: the empty cell."""
        every = cls.concat(parts)
        return every.join(np.zeros(len(every), dtype=np.intp), 1)

    def level(self, place: Places, size: int) -> Cells:
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

    def _with_groups(self, chosen: Bools) -> tuple[Keys, Table]:
        """The keys [m] and clusters [m], those of `chosen` [n] cells with their group for a key, not joined yet."""
        these = np.flatnonzero((chosen & ~self.coarse)[self.owner])
        return clusters.grouped(self.keys, self.clusters, these) if these.size else (self.keys, self.clusters)

    def to_bytes(self) -> bytes:
        """Compact bytes with a version; `from_bytes` gives back exactly these cells."""
        kept = width(CLUSTER) if self.coarse.any() else _EXACT_WIDTH
        heads = np.column_stack([plain(self.counts, np.int64), self.coarse, self.sizes])
        sums, rows = plain(self.sums, np.float64), plain(self.clusters, np.float64)[:, :kept]
        return codec.pack(heads.T.ravel(), self.keys, sums.T.ravel(), rows.T.ravel())

    @classmethod
    def from_bytes(cls, data: bytes) -> Cells:
        """The cells that `to_bytes` wrote.

        Raises ValueError for bytes that are torn, foreign or of another version.
        """
        heads, keys, sums, rows = codec.unpack(data, (np.int64, np.uint64, np.float64, np.float64))
        head = heads.reshape(width(COUNTS) + 2, -1).T
        table = np.zeros(keys.size, dtype=CLUSTER)
        if keys.size:
            narrow = rows.reshape(-1, keys.size).T
            plain(table, np.float64)[:, : narrow.shape[1]] = narrow
        counts, coarse, sizes = head[:, :-2], head[:, -2].astype(np.bool_), head[:, -1]
        return cls(named(counts, COUNTS), named(sums.reshape(width(SUMS), -1).T, SUMS), coarse, sizes, keys, table)

    def is_close(self, other: Cells, rtol: float = 1e-9) -> bool:
        """Whether both hold the same counts and keys, and sums that agree within `rtol` (relative)."""
        exact = [(plain(self.counts, np.int64), plain(other.counts, np.int64))]
        exact += [(getattr(self, name), getattr(other, name)) for name in ("coarse", "sizes", "keys")]
        if not all(np.array_equal(mine, its) for mine, its in exact):
            return False
        pairs = ((self.sums, other.sums), (self.clusters, other.clusters))
        numbers = [(plain(mine, np.float64), plain(its, np.float64)) for mine, its in pairs]
        return all(np.allclose(mine, its, rtol=rtol, atol=1e-300) for mine, its in numbers)


def _cells(
    settled: Ints, traffic: Floats, weight: Floats, bad: Floats, state: Places, key: Keys, cell: Places
) -> Cells:
    """Cells of which `settled` [size] and `traffic` [size] are known, and their selected units [n]."""
    size = settled.size
    scored, alone, by_state = state == State.SCORED, key == ALONE, cell * STATES + state
    weighted_bad = np.where(scored, weight * np.where(scored, bad, 0.0), 0.0)
    judged = alone & scored
    counts, sums = np.zeros(size, dtype=COUNTS), np.zeros(size, dtype=SUMS)
    counts["settled"], sums["traffic"] = settled, traffic
    counts["alone_scored"] = np.bincount(cell[judged], minlength=size)
    counts["selected"] = np.bincount(by_state, minlength=STATES * size).reshape(-1, STATES)
    sums["weighted_bad"] = totals(cell, weighted_bad, size)
    sums["weight"] = totals(by_state, weight, STATES * size).reshape(-1, STATES)
    squared = totals(by_state[alone], weight[alone] ** 2, STATES * size)
    sums["alone_squared_weight"] = squared.reshape(-1, STATES)
    for name, values in (
        ("alone_squared_weight_bad", weight * weighted_bad),
        ("alone_squared_weighted_bad", weighted_bad * weighted_bad),
        ("alone_fourth_weight", weight**4),
    ):
        sums[name] = totals(cell[judged], values[judged], size)
    linked = np.flatnonzero(~alone)
    table = np.zeros(linked.size, dtype=CLUSTER)
    table["weight"][np.arange(linked.size), state[linked]] = weight[linked]
    table["weighted_bad"], table["squared_weight"] = weighted_bad[linked], np.where(scored, weight**2, 0.0)[linked]
    joined = clusters.join(cell[linked], key[linked], table, size)
    return Cells(counts, sums, np.zeros(size, dtype=np.bool_), *joined)


def _check(weight: Floats, bad: Floats, state: npt.NDArray[np.int8], key: Keys, upstream: Floats) -> None:
    if state.ndim != 1 or not (weight.shape == bad.shape == state.shape == key.shape == upstream.shape):
        raise ValueError("weight, bad, state, cluster and upstream must be one-dimensional and equally long")
    for problem, wrong in problems(weight, bad, state, upstream):
        if wrong.any():
            raise ValueError(problem)
