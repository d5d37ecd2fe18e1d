"""Random groups of clusters: what keeps the statistics of a large window small.

Clusters that are independent stay independent when they are put together at random, so that the spread between the
sums of groups estimates the same variance as the spread between clusters (Wolter 2007, chapter 2), with the degrees
of freedom of the groups. The group of a cluster is a hash of its key, the same in every cell: groups of several
cells are joined like clusters are. What may not be blurred is kept beside the sums: the squared sizes of the
clusters (for effective numbers), and how many there are, by HyperLogLog (Flajolet et al. 2007), whose registers are
the groups.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from evaluator.stats.columns import Floats, Keys

GROUPS = 256
"""With 255 degrees of freedom the t quantile of 95 % is 0.5 % above that of the normal distribution."""
EXACT = 1024
"""Clusters that a cell keeps one by one. Groups of at least four on average are nearly equally large, so that their
effective number stays near `GROUPS`."""
_BITS = 8
_REST = 52
"""Bits of the hash behind those of the group that a rank is taken from: as many as a float holds exactly."""
_ALPHA = 0.7213 / (1 + 1.079 / GROUPS)


def group(keys: Keys) -> Keys:
    """[k] the group of each cluster, 1 ... GROUPS."""
    return (_mix(keys) >> np.uint64(64 - _BITS)) + np.uint64(1)


def rank(keys: Keys) -> Floats:
    """[k] HyperLogLog rank of each cluster: the place of the first set bit of its hash, 1 ... 53."""
    rest = (_mix(keys) << np.uint64(_BITS)) >> np.uint64(64 - _REST)
    _, length = np.frexp(rest.astype(np.float64))
    return (_REST + 1 - length).astype(np.float64)


def distinct(filled: npt.NDArray[np.int64], powers: Floats) -> Floats:
    """[n] how many clusters are behind each of n sets of registers, with a standard error of 6.5 %.

    `filled` [n] counts the registers that are not empty, `powers` [n] is their sum of 2^-rank.
    """
    empty = GROUPS - filled
    found = _ALPHA * GROUPS**2 / (powers + empty)
    sparse = (found <= 2.5 * GROUPS) & (empty > 0)
    return np.where(sparse, GROUPS * np.log(GROUPS / np.maximum(empty, 1)), found)


def _mix(keys: Keys) -> Keys:
    """A bijection that spreads every bit (the finaliser of SplitMix64, Steele et al. 2014)."""
    mixed = keys + np.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return mixed ^ (mixed >> np.uint64(31))
