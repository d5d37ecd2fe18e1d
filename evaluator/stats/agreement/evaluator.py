"""How far an evaluator agrees with people."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np

from evaluator.stats.agreement.answers import Answers, BeyondChance, beyond_chance
from evaluator.stats.agreement.brier import Brier, brier
from evaluator.stats.agreement.confusion import Confusion, confusion
from evaluator.stats.agreement.correlation import pearson, spearman
from evaluator.stats.agreement.measure import Measure
from evaluator.stats.agreement.pairs import CUT, VERDICTS, Pairs, checked_levels, nearest_level
from evaluator.stats.agreement.reliability import ReliabilityPoint, reliability_curve
from evaluator.stats.agreement.resampling import REPLICATES, Resampling
from evaluator.stats.agreement.two import Kappas, kappas
from evaluator.stats.columns import Floats, Index
from evaluator.stats.estimators.rates import LEVEL


@dataclass(frozen=True, slots=True)
class Agreement:
    """Of one evaluator with people, on the samples that both have judged, weighted to all traffic."""

    pairs: int
    left_out: int
    """Samples without a usable score, judgement or weight."""
    clusters: int
    effective: float
    """So many equally weighted pairs have as much weight in effect."""
    level: float
    """Of all intervals."""
    confusion: Confusion
    kappa: Kappas
    beyond_chance: BeyondChance
    correlation: Measure
    """Pearson's, of score and judgement: what the gain from the evaluator hangs on."""
    spearman: Measure
    brier: Brier
    curve: tuple[ReliabilityPoint, ...]


def agreement(
    pairs: Pairs,
    *,
    levels: tuple[float, ...] = VERDICTS,
    cut: float = CUT,
    level: float = LEVEL,
    replicates: int = REPLICATES,
    seed: int = 0,
) -> Agreement:
    """Everything about `pairs`; what they do not tell is None, with a reason.

    `levels` are the ascending values of bad that people could choose among. With two of them the evaluator's level is
    its verdict, with more it is the one nearest to its score. In the confusion matrix people's values of `cut` and
    more count as bad. Intervals are of `level` in (0, 1), from `replicates` (at least 100) of the clusters, the same
    for the same `seed`. Raises ValueError for a parameter outside its range.
    """
    checked_levels(levels)
    if not 0.0 < level < 1.0:
        raise ValueError(f"level must lie in (0, 1), got {level}")
    resampling = Resampling.of(pairs.cluster, replicates=replicates, seed=seed)
    own = pairs.flagged.astype(np.intp) if len(levels) == 2 else nearest_level(pairs.score, levels)
    people = nearest_level(pairs.people, levels)
    counts = _one_hot(own, len(levels)) + _one_hot(people, len(levels))
    return Agreement(
        pairs=len(pairs),
        left_out=pairs.left_out,
        clusters=resampling.clusters,
        effective=pairs.effective,
        level=level,
        confusion=confusion(pairs, resampling, level, cut=cut),
        kappa=kappas(own, people, len(levels), pairs.weight, resampling, level),
        beyond_chance=beyond_chance(Answers(counts, pairs.weight, resampling), levels, level),
        correlation=pearson(pairs.score, pairs.people, pairs.weight, resampling, level),
        spearman=spearman(pairs.score, pairs.people, pairs.weight, resampling, level),
        brier=brier(pairs, resampling, level),
        curve=reliability_curve(pairs, resampling, level),
    )


def agreement_by(
    pairs: Pairs,
    values: Sequence[Hashable],
    *,
    levels: tuple[float, ...] = VERDICTS,
    cut: float = CUT,
    level: float = LEVEL,
    replicates: int = REPLICATES,
    seed: int = 0,
) -> dict[Hashable, Agreement]:
    """`agreement` of the pairs of each of `values` [n], one a pair of `pairs`, in the order of their first one.

    Raises ValueError where there are not as many values as pairs.
    """
    if len(values) != len(pairs):
        raise ValueError(f"values has {len(values)} entries for {len(pairs)} pairs: give one a pair")
    members: dict[Hashable, list[int]] = {}
    for index, value in enumerate(values):
        members.setdefault(value, []).append(index)
    return {
        value: agreement(
            pairs.take(np.asarray(rows, dtype=np.intp)),
            levels=levels,
            cut=cut,
            level=level,
            replicates=replicates,
            seed=seed,
        )
        for value, rows in members.items()
    }


def _one_hot(place: Index, size: int) -> Floats:
    return np.asarray(place[:, None] == np.arange(size), dtype=np.float64)
