"""Answers of any number of people to the same samples, as the tables that `chance` takes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from evaluator.stats.agreement import chance
from evaluator.stats.agreement.chance import Distance, distances
from evaluator.stats.agreement.measure import Measure
from evaluator.stats.agreement.resampling import Resampling
from evaluator.stats.columns import Floats

NO_TWO = "no sample has two answers"
ONE_LEVEL = "all answers are the same, so that chance alone would give full agreement"


@dataclass(frozen=True, slots=True, eq=False)
class Tables:
    """What answers of r rows of weights come to (`chance` says what the columns are)."""

    coincidences: Floats
    """[r, k, k]"""
    agreements: Floats
    """[r, k, k]"""
    shares: Floats
    """[r, k], sums to 1."""
    squares: Floats
    """[r]"""


@dataclass(frozen=True, slots=True, eq=False)
class Answers:
    """How often each of u units was given each of k levels, by whomever, drawn with unequal weights."""

    counts: Floats
    """[u, k] whole numbers; a unit may have any number of answers."""
    weight: Floats
    """[u] > 0."""
    resampling: Resampling
    """Of these units."""

    def tables(self) -> tuple[Tables, Tables]:
        """With the imagined cluster in disagreement, and in agreement."""
        counts, weight = self.counts, self.weight
        answers = counts.sum(axis=1)
        paired = answers >= 2.0
        k = counts.shape[1]
        ordered = counts[:, :, None] * counts[:, None, :] - counts[:, :, None] * np.eye(k)
        held = np.where(paired, weight, 0.0)
        pairs = ordered * (held / np.where(paired, answers - 1.0, 1.0))[:, None, None]
        coincidences = self.resampling.sums(pairs)
        agreements = self.resampling.sums(pairs / np.where(paired, answers, 1.0)[:, None, None])
        shares = self.resampling.sums(counts * (weight / np.where(answers > 0, answers, 1.0))[:, None])
        squares = self.resampling.squares(held**2 * answers)
        usual = (held * answers).sum() / max(held.sum(), np.finfo(float).tiny)
        extra = self.resampling.imagined * float(self.resampling.size(held))

        def joined(table: Floats) -> Tables:
            return Tables(
                coincidences + usual * extra[:, None, None] * table,
                agreements + extra[:, None, None] * table,
                _normal(shares + extra[:, None] * table.sum(axis=1)),
                squares + usual * extra**2,
            )

        mean = _normal(shares[:1])[0]
        return joined(apart(mean, mean)), joined(np.diag(mean))

    @property
    def paired(self) -> int:
        """Units with at least two answers."""
        return int((self.counts.sum(axis=1) >= 2.0).sum())

    @property
    def levels_said(self) -> int:
        """Levels that some unit with at least two answers was given."""
        return int((self.counts[self.counts.sum(axis=1) >= 2.0].sum(axis=0) > 0).sum())


@dataclass(frozen=True, slots=True)
class BeyondChance:
    """Coefficients of agreement that treat those who answer alike: they may be any, and differ from unit to unit."""

    fleiss_kappa: Measure
    alpha_nominal: Measure
    alpha_ordinal: Measure
    alpha_interval: Measure
    ac1: Measure
    ac2: Measure
    """With quadratic weights."""


def beyond_chance(answers: Answers, values: tuple[float, ...], level: float) -> BeyondChance:
    """All coefficients of `answers`, whose levels have `values` [k], with intervals of `level` in (0, 1)."""
    if not answers.paired:
        none = Measure(reason=NO_TWO)
        return BeyondChance(none, none, none, none, none, none)
    worst, best = answers.tables()
    worths = np.asarray(values, dtype=np.float64)

    def alpha(kind: Distance) -> Measure:
        def of(tables: Tables) -> Floats:
            distance = distances(kind, worths, tables.coincidences.sum(axis=2))
            return chance.krippendorff_alpha(tables.coincidences, tables.squares, distance)

        return answers.resampling.measure(of(worst), of(best), level)

    def gwet(kind: Distance) -> Measure:
        low, high = (chance.gwet_ac(t.agreements, t.shares, distances(kind, worths, t.shares)) for t in (worst, best))
        return answers.resampling.measure(low, high, level)

    ac1, ac2 = gwet(Distance.NOMINAL), gwet(Distance.QUADRATIC)
    if answers.levels_said < 2:
        none = Measure(reason=ONE_LEVEL)
        return BeyondChance(none, none, none, none, ac1, ac2)
    nominal = distances(Distance.NOMINAL, worths, worst.shares)
    low, high = (chance.fleiss_kappa(t.agreements, t.shares, nominal) for t in (worst, best))
    kappa = answers.resampling.measure(low, high, level)
    return BeyondChance(kappa, alpha(Distance.NOMINAL), alpha(Distance.ORDINAL), alpha(Distance.INTERVAL), ac1, ac2)


def apart(first: Floats, second: Floats) -> Floats:
    """[k, k] how two would differ by chance, given that they do: sums to 1. From their `first` and `second` [k]
    shares of the levels; evenly over all differences where both only ever say one level, the same."""
    off = 1.0 - np.eye(first.size)
    table = np.outer(first, second) * off
    table = table if table.sum() > 0.0 else off
    return np.asarray(table / table.sum())


def _normal(shares: Floats) -> Floats:
    total = shares.sum(axis=1, keepdims=True)
    return np.asarray(shares / np.where(total > 0.0, total, 1.0))
