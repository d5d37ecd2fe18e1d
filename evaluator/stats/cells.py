"""Cells: the sufficient statistics of one bucket of one stratum, exact at coarser grains.

A cell holds what every design-weighted estimate needs and nothing of the single traces: counts, weighted sums, the
cross-products of traces that stand alone, and the partial sums of each session or user under its key. Cells of
several buckets merge to the cell of all their traces, so that an hour is exactly sixty minutes, also for the
interval: a session that runs over midnight is one cluster of the week. A cell of more than `groups.EXACT` clusters
keeps the sums of random groups of them instead (see `evaluator.stats.groups`), and is then called coarse.

Many cells are one set of arrays, so that a thousand points cost little more than one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
import numpy.typing as npt

from evaluator.stats import codec, groups

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Keys = npt.NDArray[np.uint64]


class State(IntEnum):
    """Where a settled unit stands. The four states of a selected unit are also the columns of a cell's arrays."""

    UNSELECTED = -1
    PENDING = 0
    """Selected, no outcome yet."""
    SCORED = 1
    FAILED = 2
    SKIPPED = 3
    """The criterion does not apply to it (there is nothing to judge): outside the domain of the rate."""


STATES = 4
ALONE = 0
"""The cluster key of a unit that is its own cluster."""
_WHOLE, _SUMS = 2 + STATES, 5 + 2 * STATES
_DENSE = 32
"""So many places a row may be tried instead of sorting the rows."""
BAD, W2, S2, RANK = 4, 5, 6, 7
"""Columns of a cluster's row behind its weights by state."""
_EXACT_COLUMNS, _COLUMNS = 6, 8


@dataclass(frozen=True, slots=True, eq=False)
class Cells:
    """n cells over disjoint sets of settled units, each of one bucket of one stratum.

    `w` is 1/(inclusion x sender's probability) of a selected unit, `f` its bad in [0, 1]. Arrays with a trailing 4
    are indexed by `State` (PENDING, SCORED, FAILED, SKIPPED). Build with `of`, merge with `join`.
    """

    whole: Ints
    """[n, 6] settled units (selected or not), SCORED units that are their own cluster, [4] selected by state."""
    sums: Floats
    """[n, 13] sum of 1/(sender's probability) over the settled; of w f over SCORED; [4] of w by state; over units
    that are their own cluster: [4] of w^2 by state and, over SCORED, [3] of w^2 f, w^2 f^2 and w^4."""
    coarse: Bools
    """[n] whether the clusters are random groups of clusters."""
    sizes: Ints
    """[n] clusters (or groups) with a selected unit."""
    keys: Keys
    """[m] their keys (or groups), strictly ascending within each cell, never 0."""
    rows: Floats
    """[m, 8] of each cluster: [4] sum of w by state; of w f and of w^2 over SCORED; and of a group, the sum of the
    squares of its clusters' SCORED w, and the largest rank among those that have any."""

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
        1/(sender's probability), > 0, all 1 when left out. Raises ValueError for arrays that break these ranges.
        """
        s = np.asarray(state, dtype=np.int8)
        up = np.ones(s.shape) if upstream is None else np.asarray(upstream, dtype=np.float64)
        w, f = np.asarray(weight, dtype=np.float64), np.asarray(bad, dtype=np.float64)
        k = np.asarray(cluster, dtype=np.uint64)
        _check(w, f, s, k, up)
        p = np.zeros(s.shape, dtype=np.intp) if place is None else np.asarray(place, dtype=np.intp)
        settled, settled_weight, drawn = np.bincount(p, minlength=size), sums(p, up, size), s != State.UNSELECTED
        w, s, k, p = w[drawn], s[drawn].astype(np.intp), k[drawn], p[drawn]
        scored = s == State.SCORED
        wf = np.where(scored, w * np.where(scored, f[drawn], 0.0), 0.0)
        one = k == ALONE
        lone, at = one & scored, p * STATES + s
        whole = [settled, np.bincount(p[lone], minlength=size), *_table(np.bincount(at, minlength=STATES * size))]
        squares = _table(sums(at[one], w[one] ** 2, STATES * size))
        moments = [sums(p[lone], x[lone], size) for x in (w * wf, wf * wf, w**4)]
        found = [settled_weight, sums(p, wf, size), *_table(sums(at, w, STATES * size)), *squares, *moments]
        rows = np.zeros((int((~one).sum()), _COLUMNS))
        rows[np.arange(len(rows)), s[~one]] = w[~one]
        rows[:, BAD], rows[:, W2] = wf[~one], np.where(scored, w * w, 0.0)[~one]
        clusters = _by_key(p[~one], k[~one], rows, size)
        return cls(np.stack(whole, axis=1), np.stack(found, axis=1), np.zeros(size, dtype=np.bool_), *clusters)

    def __len__(self) -> int:
        return len(self.whole)

    @property
    def counts(self) -> Ints:
        """[n, 4] selected units by state."""
        return self.whole[:, 2:]

    @property
    def weight(self) -> Floats:
        """[n, 4] sum of w by state."""
        return self.sums[:, 2 : 2 + STATES]

    @property
    def alone_w2(self) -> Floats:
        """[n, 4] sum of w^2 by state over units that are their own cluster."""
        return self.sums[:, 2 + STATES : 2 + 2 * STATES]

    @property
    def alone_moments(self) -> Floats:
        """[n, 3] sums of w^2 f, w^2 f^2 and w^4 over SCORED units that are their own cluster."""
        return self.sums[:, 2 + 2 * STATES :]

    @property
    def owner(self) -> npt.NDArray[np.intp]:
        """[m] the cell of each cluster."""
        return np.repeat(np.arange(len(self)), self.sizes)

    def take(self, index: npt.NDArray[np.intp]) -> Cells:
        """The cells at `index` [j], which may repeat."""
        sizes = self.sizes[index]
        skipped = np.cumsum(self.sizes)[index] - self.sizes[index] - (np.cumsum(sizes) - sizes)
        rows = np.repeat(skipped, sizes) + np.arange(int(sizes.sum()))
        return Cells(
            self.whole[index], self.sums[index], self.coarse[index], sizes, self.keys[rows], self.rows[rows]
        )  # fmt: skip

    @classmethod
    def concat(cls, parts: Sequence[Cells]) -> Cells:
        """The cells of all `parts`, one after the other; of none: no cells."""
        parts = parts or [cls.of([], [], [], [], size=0)]
        names = ("whole", "sums", "coarse", "sizes", "keys", "rows")
        return cls(*(np.concatenate([getattr(p, name) for p in parts]) for name in names))

    def join(self, place: npt.NDArray[np.intp], size: int) -> Cells:
        """`size` cells out of these: cell i becomes part of `place`[i]; a cluster that occurs in several is joined.

        Where one of the parts is coarse, so is the whole.
        """
        coarse = np.bincount(place[self.coarse], minlength=size) > 0
        keys, rows = self._coarser(coarse[place])
        whole = np.stack([_add(place, column, size) for column in self.whole.T], axis=1)
        found = np.stack([sums(place, column, size) for column in self.sums.T], axis=1)
        return Cells(whole, found, coarse, *_by_key(place[self.owner], keys, rows, size)).capped()

    @classmethod
    def merge(cls, parts: Sequence[Cells]) -> Cells:
        """The one cell of all units of `parts` (of one stratum); of none: the empty cell."""
        every = cls.concat(parts)
        return every.join(np.zeros(len(every), dtype=np.intp), 1)

    def level(self, place: npt.NDArray[np.intp], size: int) -> Cells:
        """These cells, all coarse where another cell of the same `place` [n] is."""
        return self._grouped((np.bincount(place[self.coarse], minlength=size) > 0)[place])

    def capped(self, limit: int = groups.EXACT) -> Cells:
        """These cells, those with more than `limit` clusters coarse."""
        return self._grouped(self.sizes > limit)

    def _grouped(self, chosen: Bools) -> Cells:
        """These cells, those `chosen` [n] coarse."""
        if not (chosen & ~self.coarse).any():
            return self
        clusters = _by_key(self.owner, *self._coarser(chosen), len(self))
        return Cells(self.whole, self.sums, self.coarse | chosen, *clusters)

    def _coarser(self, chosen: Bools) -> tuple[Keys, Floats]:
        """The keys [m] and rows [m, 8], those of `chosen` [n] cells with their group for a key, not joined yet."""
        these = np.flatnonzero((chosen & ~self.coarse)[self.owner])
        if not these.size:
            return self.keys, self.rows
        keys, rows = self.keys.copy(), self.rows.copy()
        scored = rows[these, State.SCORED]
        rows[these, S2], rows[these, RANK] = scored**2, np.where(scored > 0, groups.rank(keys[these]), 0.0)
        keys[these] = groups.group(keys[these])
        return keys, rows

    def to_bytes(self) -> bytes:
        """Compact bytes with a version, for a database column; `from_bytes` gives back exactly these cells."""
        columns = _COLUMNS if self.coarse.any() else _EXACT_COLUMNS
        heads = np.column_stack([self.whole, self.coarse, self.sizes]).T.ravel()
        return codec.pack(heads, self.keys, self.sums.T.ravel(), self.rows[:, :columns].T.ravel())

    @classmethod
    def from_bytes(cls, data: bytes) -> Cells:
        """The cells that `to_bytes` wrote.

        Raises ValueError for bytes that are torn, foreign or of another version.
        """
        heads, keys, found, rows = codec.unpack(data, (np.int64, np.uint64, np.float64, np.float64))
        head = heads.reshape(_WHOLE + 2, -1).T
        wide = np.zeros((keys.size, _COLUMNS))
        if keys.size:
            narrow = rows.reshape(-1, keys.size).T
            wide[:, : narrow.shape[1]] = narrow
        coarse, sizes = head[:, _WHOLE].astype(np.bool_), head[:, _WHOLE + 1]
        return cls(head[:, :_WHOLE], found.reshape(_SUMS, -1).T, coarse, sizes, keys, wide)

    def is_close(self, other: Cells, rtol: float = 1e-9) -> bool:
        """Whether both hold the same counts and keys, and sums that agree within `rtol` (relative)."""
        exact = ((getattr(self, name), getattr(other, name)) for name in ("whole", "coarse", "sizes", "keys"))
        if not all(np.array_equal(a, b) for a, b in exact):
            return False
        pairs = ((self.sums, other.sums), (self.rows, other.rows))
        return all(bool(np.allclose(a, b, rtol=rtol, atol=1e-300)) for a, b in pairs)


def _table(flat: npt.NDArray[np.generic]) -> npt.NDArray[np.generic]:
    """[4, n] of what is counted at cell x 4 + state."""
    return flat.reshape(-1, STATES).T


def _by_key(place: npt.NDArray[np.intp], keys: Keys, rows: Floats, size: int) -> tuple[Ints, Keys, Floats]:
    """Joins equal `keys` [m] of an equal `place` [m]: clusters of each place [size], their keys and their rows."""
    if keys.size and size * groups.GROUPS <= _DENSE * keys.size and keys.max() <= groups.GROUPS:
        return _by_group(place, keys.astype(np.intp) - 1, rows, size)
    order = np.lexsort((keys, place))
    at, k, table = place[order], keys[order], rows[order]
    first = np.flatnonzero(starts(at, k))
    if first.size < k.size:
        added = np.add.reduceat(table[:, :RANK], first, axis=0)
        table = np.column_stack([added, np.maximum.reduceat(table[:, RANK], first)])
    return np.bincount(at[first], minlength=size), k[first], table


def _by_group(
    place: npt.NDArray[np.intp], group: npt.NDArray[np.intp], rows: Floats, size: int
) -> tuple[Ints, Keys, Floats]:
    """`_by_key` for few keys, 1 ... GROUPS (given as `group` [m] from 0): without sorting."""
    at, room = place * groups.GROUPS + group, size * groups.GROUPS
    found = np.flatnonzero(np.bincount(at, minlength=room))
    rank = np.zeros(room)
    np.maximum.at(rank, at, rows[:, RANK])
    added = [sums(at, column, room)[found] for column in rows[:, :RANK].T]
    table = np.column_stack([*added, rank[found]])
    return np.bincount(found // groups.GROUPS, minlength=size), (found % groups.GROUPS + 1).astype(np.uint64), table


def starts(place: npt.NDArray[np.intp], keys: Keys) -> Bools:
    """[m] where, in arrays sorted by both, another pair of place and key begins."""
    new = np.ones(keys.size, dtype=np.bool_)
    new[1:] = (keys[1:] != keys[:-1]) | (place[1:] != place[:-1])
    return new


def sums(place: npt.NDArray[np.intp], values: Floats, size: int) -> Floats:
    """[size] sums of `values` [n] over equal `place` [n] in 0 ... size - 1."""
    return np.bincount(place, values, size).astype(np.float64)


def _add(place: npt.NDArray[np.intp], values: Ints, size: int) -> Ints:
    """[size] whole sums of `values` [n] over equal `place` [n]."""
    total = np.zeros(size, dtype=np.int64)
    np.add.at(total, place, values)
    return total


def _check(w: Floats, f: Floats, s: npt.NDArray[np.int8], k: Keys, up: Floats) -> None:
    if s.ndim != 1 or not (w.shape == f.shape == s.shape == k.shape == up.shape):
        raise ValueError("weight, bad, state, cluster and upstream must be one-dimensional and equally long")
    if s.size and (s.min() < State.UNSELECTED or s.max() > State.SKIPPED):
        raise ValueError("state holds a value that is no State")
    drawn, scored = w[s != State.UNSELECTED], f[s == State.SCORED]
    if not (np.isfinite(drawn).all() and (drawn > 0).all() and np.isfinite(up).all() and (up > 0).all()):
        raise ValueError("weights must be finite and > 0: each is one over a probability")
    if not ((scored >= 0) & (scored <= 1)).all():
        raise ValueError("bad must lie in [0, 1] wherever a unit is scored")
