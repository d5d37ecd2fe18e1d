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
from evaluator.stats.rates import LEVEL
from evaluator.stats.units import LARGEST

FEW_PAIRED = 10
"""Samples that two annotators must share for a kappa of their own to be worth a line."""


@dataclass(frozen=True, slots=True)
class TwoPeople:
    """Two annotators, on the samples that both answered."""

    first: Hashable
    second: Hashable
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
    values = np.asarray(value, dtype=np.float64).ravel()
    weights = np.ones(values.size) if weight is None else np.asarray(weight, dtype=np.float64).ravel()
    groups = sample if cluster is None else cluster
    lengths = {"sample": len(sample), "annotator": len(annotator), "weight": weights.size, "cluster": len(groups)}
    for name, length in lengths.items():
        if length != values.size:
            raise ValueError(f"{name} has {length} entries where value has {values.size}: give one an answer")
    usable = (values >= 0.0) & (values <= 1.0) & (weights >= 1.0 / LARGEST) & (weights <= LARGEST)
    last = {(sample[i], annotator[i]): i for i in np.flatnonzero(usable).tolist()}
    rows = np.fromiter(last.values(), dtype=np.intp, count=len(last))
    units, people = _numbers([sample[i] for i in last.values()]), _numbers([annotator[i] for i in last.values()])
    first = np.unique(units, return_index=True)[1]
    weight_of = weights[rows][first] / weights[rows].max(initial=1.0 / LARGEST)
    cluster_of = _numbers([groups[i] for i in rows[first].tolist()])
    resampling = Resampling.of(cluster_of, replicates=replicates, seed=seed)
    said = nearest_level(values[rows], levels)
    counts = np.zeros((first.size, len(levels)))
    np.add.at(counts, (units, said), 1.0)
    answers = Answers(counts, weight_of, resampling)
    names = list(dict.fromkeys(annotator[i] for i in last.values()))
    matrix = np.full((len(names), first.size), -1, dtype=np.intp)
    matrix[people, units] = said
    right, table = _together(answers, level)
    return PeopleAgreement(
        samples=first.size,
        paired=answers.paired,
        annotators=len(names),
        left_out=int(values.size - usable.sum()),
        clusters=resampling.clusters,
        level=level,
        right=right,
        table=table,
        beyond_chance=beyond_chance(answers, levels, level),
        pairs=_pairs(names, matrix, weight_of, cluster_of, len(levels), level, replicates, seed),
    )


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


def _pairs(
    names: list[Hashable],
    matrix: npt.NDArray[np.intp],
    weight: Floats,
    cluster: Index,
    size: int,
    level: float,
    replicates: int,
    seed: int,
) -> tuple[TwoPeople, ...]:
    found = []
    for one, two in combinations(range(len(names)), 2):
        both: Bools = (matrix[one] >= 0) & (matrix[two] >= 0)
        if both.sum() < FEW_PAIRED:
            continue
        resampling = Resampling.of(cluster[both], replicates=replicates, seed=seed)
        a, b, held = matrix[one][both], matrix[two][both], weight[both]
        (right,) = resampling.ratios((held * (a == b))[:, None], held[:, None], level, (NO_TWO,))
        kappa = kappas(a, b, size, held, resampling, level)
        found.append(TwoPeople(names[one], names[two], int(both.sum()), right, kappa))
    return tuple(found)


def _numbers(keys: Sequence[Hashable]) -> Index:
    """[n] equal numbers for equal keys, from 0 in the order of the first of each."""
    seen: dict[Hashable, int] = {}
    return np.fromiter((seen.setdefault(key, len(seen)) for key in keys), dtype=np.intp, count=len(keys))
