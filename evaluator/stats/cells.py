"""Cells: the sufficient statistics of one bucket of one stratum, exact at coarser grains.

A cell holds what every design-weighted estimate needs and nothing of the single traces: counts, weighted sums, the
cross-products of traces that stand alone, and the partial sums of each session or user under its key. Cells of
several buckets merge to the cell of all their traces, so that an hour is exactly sixty minutes, also for the
interval: a session that runs over midnight is one cluster of the week.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import reduce

import numpy as np
import numpy.typing as npt

from evaluator.stats import codec

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
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
_SCALARS = 13
"""Floats of a cell before those of its clusters."""
ALONE = 0
"""The cluster key of a unit that is its own cluster."""


@dataclass(frozen=True, slots=True, eq=False)
class Cell:
    """Sums over the settled units of one bucket of one stratum.

    `w` is 1/(inclusion x sender's probability) of a selected unit, `f` its bad in [0, 1]. Arrays with a leading 4
    are indexed by `State` (PENDING, SCORED, FAILED, SKIPPED). Build with `of`, join with `merge`; cells compare with
    `is_close`.
    """

    settled: int
    """Settled units, selected or not, >= 0."""
    settled_weight: float
    """Sum of 1/(sender's probability) over the settled: the traffic that they stand for, in units."""
    counts: Ints
    """[4] selected units by state."""
    weight: Floats
    """[4] sum of w by state."""
    bad: float
    """Sum of w f over SCORED."""
    alone: int
    """SCORED units that are their own cluster."""
    alone_w2: Floats
    """[4] sum of w^2 by state over units that are their own cluster."""
    alone_moments: Floats
    """[3] sums of w^2 f, w^2 f^2 and w^4 over SCORED units that are their own cluster."""
    keys: Keys
    """[k] clusters with a selected unit, strictly ascending, never 0."""
    cluster_weight: Floats
    """[4, k] sum of w by state within each cluster."""
    cluster_bad: Floats
    """[k] sum of w f over SCORED within each cluster."""
    cluster_w2: Floats
    """[k] sum of w^2 over SCORED within each cluster."""

    @classmethod
    def of(
        cls,
        weight: npt.ArrayLike,
        bad: npt.ArrayLike,
        state: npt.ArrayLike,
        cluster: npt.ArrayLike,
        upstream: npt.ArrayLike | None = None,
    ) -> Cell:
        """The cell of n settled units of one stratum.

        `weight` [n] is 1/(inclusion x sender's probability), > 0, read where selected; `bad` [n] in [0, 1], read
        where SCORED; `state` [n] of `State`; `cluster` [n] unsigned keys, 0 = its own cluster; `upstream` [n] is
        1/(sender's probability), > 0, all 1 when left out. Raises ValueError for arrays that break these ranges.
        """
        s = np.asarray(state, dtype=np.int8)
        up = np.ones(s.shape) if upstream is None else np.asarray(upstream, dtype=np.float64)
        w, f = np.asarray(weight, dtype=np.float64), np.asarray(bad, dtype=np.float64)
        k = np.asarray(cluster, dtype=np.uint64)
        _check(w, f, s, k, up)
        drawn = s != State.UNSELECTED
        w, s, k = w[drawn], s[drawn].astype(np.intp), k[drawn]
        wf = np.where(s == State.SCORED, w * np.where(s == State.SCORED, f[drawn], 0.0), 0.0)
        one = k == ALONE
        lone = one & (s == State.SCORED)
        moments = [(w * wf)[lone].sum(), (wf * wf)[lone].sum(), (w[lone] ** 4).sum()]
        w2 = np.where(s == State.SCORED, w * w, 0.0)
        keys, cluster_weight, cluster_bad, cluster_w2 = _by_key(
            k[~one], [*_by_state(s[~one], w[~one]), wf[~one], w2[~one]]
        )
        return cls(
            settled=int(drawn.size), settled_weight=float(up.sum()),
            counts=np.bincount(s, minlength=STATES).astype(np.int64),
            weight=sums(s, w, STATES), bad=float(wf.sum()), alone=int(lone.sum()),
            alone_w2=sums(s[one], w[one] ** 2, STATES), alone_moments=np.asarray(moments),
            keys=keys, cluster_weight=cluster_weight, cluster_bad=cluster_bad, cluster_w2=cluster_w2,
        )  # fmt: skip

    @classmethod
    def merge(cls, cells: Sequence[Cell]) -> Cell:
        """The cell of all units of `cells` (disjoint sets of units of one stratum); of none: the empty cell.

        A cluster that occurs in several cells is joined by its key.
        """
        if not cells:
            return cls.of([], [], [], [])
        rows = np.concatenate([np.vstack([c.cluster_weight, c.cluster_bad, c.cluster_w2]) for c in cells], axis=1)
        keys, cluster_weight, cluster_bad, cluster_w2 = _by_key(np.concatenate([c.keys for c in cells]), rows)
        return cls(
            settled=sum(c.settled for c in cells), settled_weight=sum(c.settled_weight for c in cells),
            counts=reduce(np.add, [c.counts for c in cells]), weight=reduce(np.add, [c.weight for c in cells]),
            bad=sum(c.bad for c in cells), alone=sum(c.alone for c in cells),
            alone_w2=reduce(np.add, [c.alone_w2 for c in cells]),
            alone_moments=reduce(np.add, [c.alone_moments for c in cells]),
            keys=keys, cluster_weight=cluster_weight, cluster_bad=cluster_bad, cluster_w2=cluster_w2,
        )  # fmt: skip

    @property
    def selected(self) -> int:
        """Units drawn, whatever became of them."""
        return int(self.counts.sum())

    @property
    def clusters(self) -> int:
        """Clusters with at least one SCORED unit."""
        return self.alone + int((self.cluster_weight[State.SCORED] > 0).sum())

    def is_close(self, other: Cell, rtol: float = 1e-9) -> bool:
        """Whether both hold the same counts and keys, and sums that agree within `rtol` (relative)."""
        same = np.array_equal(self.counts, other.counts) and np.array_equal(self.keys, other.keys)
        if not same or (self.settled, self.alone) != (other.settled, other.alone):
            return False
        return bool(np.allclose(self._floats(), other._floats(), rtol=rtol, atol=1e-300))

    def _floats(self) -> Floats:
        scalars = np.asarray([self.settled_weight, self.bad])
        clusters = (self.cluster_weight.ravel(), self.cluster_bad, self.cluster_w2)
        return np.concatenate([scalars, self.weight, self.alone_w2, self.alone_moments, *clusters])

    def to_bytes(self) -> bytes:
        """Compact bytes with a version, for a database column; `from_bytes` gives back exactly this cell."""
        whole = np.concatenate([np.asarray([self.settled, self.alone], dtype=np.int64), self.counts])
        return codec.pack(whole, self.keys, self._floats())

    @classmethod
    def from_bytes(cls, data: bytes) -> Cell:
        """The cell that `to_bytes` wrote.

        Raises ValueError for bytes that are torn, foreign or of another version.
        """
        whole, keys, floats = codec.unpack(data, whole=2 + STATES, floats=lambda k: _SCALARS + (STATES + 2) * k)
        table = floats[_SCALARS:].reshape(STATES + 2, keys.size)
        return cls(
            settled=int(whole[0]), settled_weight=float(floats[0]), counts=whole[2:], weight=floats[2:6],
            bad=float(floats[1]), alone=int(whole[1]), alone_w2=floats[6:10], alone_moments=floats[10:_SCALARS],
            keys=keys, cluster_weight=table[:STATES], cluster_bad=table[STATES], cluster_w2=table[STATES + 1],
        )  # fmt: skip


def _by_state(state: npt.NDArray[np.intp], weight: Floats) -> Floats:
    """[4, n] `weight` in the row of each unit's state, zero elsewhere."""
    table = np.zeros((STATES, state.size))
    table[state, np.arange(state.size)] = weight
    return table


def _by_key(keys: Keys, rows: Sequence[Floats] | Floats) -> tuple[Keys, Floats, Floats, Floats]:
    """Sums over equal `keys` [n]: distinct keys [k] ascending, and the 4 + 1 + 1 `rows` [n] as [4, k], [k], [k]."""
    distinct, place = np.unique(keys, return_inverse=True)
    table = np.asarray([sums(place, row, distinct.size) for row in rows])
    return distinct, table[:STATES], table[STATES], table[STATES + 1]


def sums(place: npt.NDArray[np.intp], values: Floats, size: int) -> Floats:
    """[size] sums of `values` [n] over equal `place` [n] in 0 ... size - 1."""
    return np.bincount(place, values, size).astype(np.float64)


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
