"""Agreement beyond chance: Cohen's kappa, Krippendorff's alpha, Gwet's AC1 and AC2.

All are 1 - (observed disagreement)/(disagreement by chance), and differ in what they take for chance. Everything here
works on r tables at once: the sample's and its replicates'. Categories are levels in order, 0 ... k - 1.

Formulas are for weighted units: a unit of weight v counts as v units would, and sums of squared weights stand where
the number of units does in corrections for small samples.
"""

from __future__ import annotations

from enum import StrEnum

import numpy as np

from evaluator.stats.columns import Floats


class Distance(StrEnum):
    """How much two levels disagree."""

    NOMINAL = "nominal"
    """Fully, whenever they differ."""
    LINEAR = "linear"
    """By the number of levels between them."""
    QUADRATIC = "quadratic"
    """By the square of it."""
    ORDINAL = "ordinal"
    """By how many answers lie between them, squared (Krippendorff's)."""
    INTERVAL = "interval"
    """By the square of the difference of their values."""


def distances(kind: Distance, values: Floats, shares: Floats) -> Floats:
    """[r, k, k] disagreement of each two levels, >= 0 and 0 between equal ones.

    `values` [k] are the levels' values, `shares` [r, k] how often each is said (only for `ORDINAL`). NOMINAL, LINEAR
    and QUADRATIC are at most 1; what the others are measured in cancels out in alpha.
    """
    rows, k = len(shares), values.size
    place = np.arange(k, dtype=np.float64)
    apart = np.abs(place[:, None] - place)
    if kind is Distance.ORDINAL:
        # Those between c and d, half of both ends included: the difference of mid-ranks.
        ranks = np.cumsum(shares, axis=1) - shares / 2.0
        return np.asarray((ranks[:, :, None] - ranks[:, None, :]) ** 2)
    if kind is Distance.NOMINAL:
        table = (apart > 0).astype(np.float64)
    elif kind is Distance.LINEAR:
        table = apart / (k - 1)
    elif kind is Distance.QUADRATIC:
        table = (apart / (k - 1)) ** 2
    else:
        table = (values[:, None] - values) ** 2
    return np.broadcast_to(table, (rows, k, k))


def cohen_kappa(joint: Floats, distance: Floats) -> Floats:
    """[r] Cohen's kappa (1960), weighted (1968), in [-1, 1]; NaN where chance alone gives agreement.

    `joint` [r, k, k] is the weight of the units by the level that the first said (rows) and the second (columns),
    `distance` [r, k, k] from `distances` (NOMINAL, LINEAR or QUADRATIC).
    """
    total = joint.sum(axis=(1, 2))[:, None, None]
    expected = joint.sum(axis=2)[:, :, None] * joint.sum(axis=1)[:, None, :]
    return _beyond((joint * distance * total).sum(axis=(1, 2)), (expected * distance).sum(axis=(1, 2)))


def krippendorff_alpha(coincidences: Floats, squares: Floats, distance: Floats) -> Floats:
    """[r] Krippendorff's alpha (2011, Computing Krippendorff's alpha-reliability), <= 1; NaN where all said the same.

    `coincidences` [r, k, k] hold, of each unit with m >= 2 answers, its ordered pairs over m - 1, times its weight;
    `squares` [r] is the sum of the squared weight of all these answers. With weights of 1 that is their number n, and
    n^2 - n the number of pairs of different answers; `distance` [r, k, k] is NOMINAL, ORDINAL or INTERVAL.
    """
    said = coincidences.sum(axis=2)
    total = said.sum(axis=1)
    pairs = total**2 - squares
    observed = (coincidences * distance).sum(axis=(1, 2)) * pairs
    expected = (said[:, :, None] * said[:, None, :] * distance).sum(axis=(1, 2)) * total
    return _beyond(observed, expected)


def gwet_ac(agreements: Floats, shares: Floats, distance: Floats) -> Floats:
    """[r] Gwet's AC1 (2008) for NOMINAL `distance` [r, k, k], AC2 (2014) for LINEAR or QUADRATIC, in [-1, 1].

    `agreements` [r, k, k] hold, of each unit with m >= 2 answers, its ordered pairs over m (m - 1), times its
    weight; `shares` [r, k] the mean over all units, also those with one answer, of how often each level was said.
    Unlike kappa and alpha it stays steady where nearly all answers are the same. NaN without a unit of two answers.
    """
    k = shares.shape[1]
    total = agreements.sum(axis=(1, 2))
    chance = (1.0 - distance).sum(axis=(1, 2)) / (k * (k - 1)) * (shares * (1.0 - shares)).sum(axis=1)
    return _beyond((agreements * distance).sum(axis=(1, 2)), (1.0 - chance) * total)


def fleiss_kappa(agreements: Floats, shares: Floats, distance: Floats) -> Floats:
    """[r] Fleiss' kappa (1971) for any number of answers a unit (Gwet 2014), in [-1, 1]; NaN where all said the same.

    Arguments as for `gwet_ac`.
    """
    expected = (shares[:, :, None] * shares[:, None, :] * distance).sum(axis=(1, 2))
    return _beyond((agreements * distance).sum(axis=(1, 2)), expected * agreements.sum(axis=(1, 2)))


def _beyond(observed: Floats, expected: Floats) -> Floats:
    """1 - observed/expected, NaN where nothing is expected."""
    possible = expected > 0.0
    return np.where(possible, 1.0 - observed / np.where(possible, expected, 1.0), np.nan)
