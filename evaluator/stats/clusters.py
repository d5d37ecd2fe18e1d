"""What is kept of each cluster (or group of clusters), and how those of an equal key are joined."""

from __future__ import annotations

import numpy as np

from evaluator.stats import groups
from evaluator.stats.columns import Bools, Column, Floats, Index, Ints, Keys, Table, totals
from evaluator.stats.units import STATES, State

_DENSE = 32
"""So many places a row may be tried instead of sorting the rows."""


class Clusters(Table[np.float64]):
    """Sums over the selected units of each cluster; w is a unit's weight, f its bad."""

    weight = Column[np.float64](STATES)
    """Sum of w by state."""
    weighted_bad = Column[np.float64]()
    """Over SCORED: sum of w f."""
    squared_weight = Column[np.float64]()
    """Over SCORED: sum of w^2."""


class Groups(Clusters):
    """The same of clusters that may be groups of clusters; the columns of groups alone are 0 for others."""

    squared_totals = Column[np.float64]()
    """Sum over the members of the square of their SCORED weight."""
    rank = Column[np.float64]()
    """The largest `groups.rank` among the members with SCORED weight: the one column that is no sum, and the last."""


def join(place: Index, keys: Keys, clusters: Groups, size: int) -> tuple[Ints, Keys, Groups]:
    """Joins equal `keys` [m] of an equal `place` [m]: how many are at each place [size], their keys, and they."""
    if keys.size and size * groups.GROUPS <= _DENSE * keys.size and keys.max() <= groups.GROUPS:
        return _join_groups(place, keys.astype(np.intp) - 1, clusters, size)
    order = np.lexsort((keys, place))
    place, keys, clusters = place.take(order), keys.take(order), clusters.take(order)
    first = np.flatnonzero(starts(place, keys))
    if first.size < keys.size:
        added = np.add.reduceat(clusters.numbers[:, :-1], first, axis=0)
        clusters = Groups(np.column_stack([added, np.maximum.reduceat(clusters.rank, first)]))
    return np.bincount(place[first], minlength=size), keys[first], clusters


def _join_groups(place: Index, group: Index, clusters: Groups, size: int) -> tuple[Ints, Keys, Groups]:
    """`join` for few keys, 1 ... GROUPS (given as `group` [m] from 0): without sorting."""
    at, room = place * groups.GROUPS + group, size * groups.GROUPS
    found = np.flatnonzero(np.bincount(at, minlength=room))
    highest = np.zeros(room)
    np.maximum.at(highest, at, clusters.rank)
    added = [totals(at, column, room)[found] for column in clusters.numbers.T[:-1]]
    joined = Groups(np.column_stack([*added, highest[found]]))
    return np.bincount(found // groups.GROUPS, minlength=size), (found % groups.GROUPS + 1).astype(np.uint64), joined


def grouped(keys: Keys, clusters: Groups, chosen: Index) -> tuple[Keys, Groups]:
    """The same clusters, those at `chosen` with their group for a key; not joined yet."""
    keys, clusters = keys.copy(), Groups(clusters.numbers.copy())
    scored, old = clusters.weight[chosen, State.SCORED], keys[chosen]
    clusters.squared_totals[chosen] = scored**2
    clusters.rank[chosen] = np.where(scored > 0, groups.rank(old), 0.0)
    keys[chosen] = groups.group(old)
    return keys, clusters


def starts(place: Index, keys: Keys) -> Bools:
    """[m] where, in arrays sorted by both, another pair of place and key begins."""
    new = np.ones(keys.size, dtype=np.bool_)
    new[1:] = (keys[1:] != keys[:-1]) | (place[1:] != place[:-1])
    return new


def within(first: Index, values: Floats) -> Floats:
    """Sums of `values` between each place of `first` and the next."""
    return np.add.reduceat(values, first) if first.size else values
