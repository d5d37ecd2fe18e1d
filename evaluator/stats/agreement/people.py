"""How far people agree with each other."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import numpy.typing as npt

from evaluator.stats.agreement.answers import NO_TWO, Answers, BeyondChance, beyond_chance
from evaluator.stats.agreement.measure import Measure
from evaluator.stats.agreement.pairs import VERDICTS, checked_levels, nearest_level
from evaluator.stats.agreement.resampling import REPLICATES, Resampling
from evaluator.stats.agreement.two import Kappas, kappas
from evaluator.stats.columns import Bools, Floats, Index
from evaluator.stats.estimators.rates import LEVEL
from evaluator.stats.units import LARGEST

FEW_PAIRED = 10
"""Samples that two annotators must share for a kappa of their own to be worth a line."""


@dataclass(frozen=True, slots=True)
class TwoPeople:
    """Two annotators, on the samples that both answered."""

    first: str
    second: str
    samples: int
    right: Measure
    """Share in which they agree."""
    kappa: Kappas


@dataclass(frozen=True, slots=True)
class PeopleAgreement:
    """Of people with each other, weighted to all traffic."""

    samples: int
    """That at least one person answered."""
    paired: int
    """That at least two did."""
    annotators: int
    left_out: int
    """Answers without a usable value or weight."""
    clusters: int
    level: float
    right: Measure
    """Share of pairs of answers to the same sample that agree."""
    table: tuple[tuple[float, ...], ...] | None
    """[k][k] shares of the pairs of answers by the levels of both, symmetric, sum 1; None where there are none."""
    beyond_chance: BeyondChance
    pairs: tuple[TwoPeople, ...]
    """Annotators who share `FEW_PAIRED` samples or more."""


def between_people(
    sample: Sequence[Hashable],
    annotator: Sequence[Hashable],
    value: npt.ArrayLike,
    *,
    weight: npt.ArrayLike | None = None,
    cluster: Sequence[Hashable] | None = None,
    levels: tuple[float, ...] = VERDICTS,
    level: float = LEVEL,
    replicates: int = REPLICATES,
    seed: int = 0,
) -> PeopleAgreement:
    """Of a answers, each by one `annotator` [a] to one `sample` [a], with the `value` [a] of its level in [0, 1].

    Any number of annotators, and none need answer everything. `weight` [a] and `cluster` [a] are those of the
    answered sample (for samples with second reviews, one over the probability that it got one; the first of a sample
    counts), 1 and the sample itself if left out. `levels` are the ascending values that could be chosen. The last
    answer of an annotator to a sample counts. Answers with numbers outside their range are left out and counted.
    Raises ValueError where lengths differ, or for a parameter outside its range.
    """
    checked_levels(levels)
    if not 0.0 < level < 1.0:
        raise ValueError(f"level must lie in (0, 1), got {level}")
    groups = sample if cluster is None else cluster
    table = _table(sample, annotator, np.asarray(value, dtype=np.float64).ravel(), weight, groups, levels)
    resampling = Resampling.of(table.cluster, replicates=replicates, seed=seed)
    counts = (table.said[:, :, None] == np.arange(len(levels))).sum(axis=0).astype(np.float64)
    answers = Answers(counts, table.weight, resampling)
    right, shares = _together(answers, level)
    return PeopleAgreement(
        samples=table.weight.size,
        paired=answers.paired,
        annotators=len(table.names),
        left_out=table.left_out,
        clusters=resampling.clusters,
        level=level,
        right=right,
        table=shares,
        beyond_chance=beyond_chance(answers, levels, level),
        pairs=_pairs(table, len(levels), level, replicates, seed),
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Table:
    """p annotators, u samples."""

    names: list[Hashable]
    said: npt.NDArray[np.intp]
    """[p, u] the place of the level; -1 where there is no answer."""
    weight: Floats
    """[u]"""
    cluster: Index
    """[u]"""
    left_out: int


def _table(
    sample: Sequence[Hashable],
    annotator: Sequence[Hashable],
    value: Floats,
    weight: npt.ArrayLike | None,
    cluster: Sequence[Hashable],
    levels: tuple[float, ...],
) -> _Table:
    weights = np.ones(value.size) if weight is None else np.asarray(weight, dtype=np.float64).ravel()
    lengths = {"sample": len(sample), "annotator": len(annotator), "weight": weights.size, "cluster": len(cluster)}
    for name, length in lengths.items():
        if length != value.size:
            raise ValueError(f"{name} has {length} entries where value has {value.size}: give one an answer")
    usable = (value >= 0.0) & (value <= 1.0) & (weights >= 1.0 / LARGEST) & (weights <= LARGEST)
    last = {(sample[i], annotator[i]): i for i in np.flatnonzero(usable).tolist()}
    rows = np.fromiter(last.values(), dtype=np.intp, count=len(last))
    units, people = _numbers([sample[i] for i in last.values()]), _numbers([annotator[i] for i in last.values()])
    first = rows[np.unique(units, return_index=True)[1]]
    names = list(dict.fromkeys(annotator[i] for i in last.values()))
    said = np.full((len(names), first.size), -1, dtype=np.intp)
    said[people, units] = nearest_level(value[rows], levels)
    held = weights[first] / weights[first].max(initial=1.0 / LARGEST)
    left_out = int(value.size - usable.sum())
    return _Table(names, said, held, _numbers([cluster[i] for i in first.tolist()]), left_out)


def _together(answers: Answers, level: float) -> tuple[Measure, tuple[tuple[float, ...], ...] | None]:
    """The share of pairs of answers that agree, each sample counting by its weight; and all of them by level."""
    number = answers.counts.sum(axis=1)
    held = np.where(number >= 2.0, answers.weight, 0.0)
    ways = np.where(number >= 2.0, number * (number - 1.0), 1.0)
    same = (answers.counts * (answers.counts - 1.0)).sum(axis=1) / ways
    (right,) = answers.resampling.ratios((held * same)[:, None], held[:, None], level, (NO_TWO,))
    if not answers.paired:
        return right, None
    own = answers.tables()[0].agreements[0]
    return right, tuple(tuple(row) for row in (own / own.sum()).tolist())


def _pairs(table: _Table, size: int, level: float, replicates: int, seed: int) -> tuple[TwoPeople, ...]:
    found = []
    for one, two in combinations(range(len(table.names)), 2):
        both: Bools = (table.said[one] >= 0) & (table.said[two] >= 0)
        if both.sum() < FEW_PAIRED:
            continue
        resampling = Resampling.of(table.cluster[both], replicates=replicates, seed=seed)
        a, b, held = table.said[one][both], table.said[two][both], table.weight[both]
        (right,) = resampling.ratios((held * (a == b))[:, None], held[:, None], level, (NO_TWO,))
        kappa = kappas(a, b, size, held, resampling, level)
        found.append(TwoPeople(str(table.names[one]), str(table.names[two]), int(both.sum()), right, kappa))
    return tuple(found)


def _numbers(keys: Sequence[Hashable]) -> Index:
    """[n] equal numbers for equal keys, from 0 in the order of the first of each."""
    seen: dict[Hashable, int] = {}
    return np.fromiter((seen.setdefault(key, len(seen)) for key in keys), dtype=np.intp, count=len(keys))
