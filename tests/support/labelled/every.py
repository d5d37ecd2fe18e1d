"""Every sample of a tiny population, with its probability: all of them are points of one piece of evidence."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np

from evaluator.stats.cells import Cells, finite_cells
from evaluator.stats.columns import Bools, Floats, Index
from evaluator.stats.estimators.labelled import LabelledUnits, Response, Reviewed
from evaluator.stats.units import State


@dataclass(frozen=True)
class Tiny:
    """N units of two strata; all [N]."""

    stratum: Index
    score: Floats
    """NaN where it fails whenever it is selected."""
    bad: Floats
    inclusion: Floats
    review: Floats

    @property
    def truth(self) -> float:
        return float(self.bad.mean())

    def take(self, units: Index) -> Tiny:
        return Tiny(*(getattr(self, name)[units] for name in Tiny.__dataclass_fields__))


def poisson(people: Tiny) -> tuple[Bools, Bools, Floats]:
    """[3^N, N] who is selected and who is reviewed in each sample, where each is drawn by itself, and [3^N] how
    likely each sample is."""
    every = np.array(list(itertools.product(range(3), repeat=people.bad.size)))
    pi, rho = people.inclusion, people.review
    chances = np.stack([1.0 - pi, pi * (1.0 - rho), pi * rho])
    return every > 0, every == 2, chances[every, np.arange(people.bad.size)].prod(axis=1)


def of_fixed_size(people: Tiny, selected: tuple[int, int], reviewed: tuple[int, int]) -> tuple[Bools, Bools, Floats]:
    """The same where so many of each stratum are selected, and so many of those are reviewed; all as likely."""
    per_stratum = []
    for stratum in (0, 1):
        units = np.flatnonzero(people.stratum == stratum)
        pairs = [
            (chosen, asked)
            for chosen in itertools.combinations(units, selected[stratum])
            for asked in itertools.combinations(chosen, reviewed[stratum])
        ]
        per_stratum.append(pairs)
    both = list(itertools.product(*per_stratum))
    shape = (len(both), people.bad.size)
    taken, asked = np.zeros(shape, dtype=np.bool_), np.zeros(shape, dtype=np.bool_)
    for i, parts in enumerate(both):
        for chosen, labelled in parts:
            taken[i, list(chosen)] = True
            asked[i, list(labelled)] = True
    return taken, asked, np.full(len(both), 1.0 / len(both))


def of_samples(people: Tiny, selected: Bools, asked: Bools, cluster: Index | None = None) -> Reviewed:
    """All samples [k, N] of `people` at once, sample i being point i; see `reviewed`."""
    k, n = selected.shape
    keys = None if cluster is None else np.tile(cluster, k)
    return reviewed(
        people.take(np.tile(np.arange(n), k)), np.repeat(np.arange(k), n), k, selected.ravel(), asked.ravel(), keys
    )


def reviewed(
    people: Tiny, window: Index, size: int, selected: Bools, asked: Bools, cluster: Index | None = None
) -> Reviewed:
    """Of n units of `size` windows, all [n]; `cluster` belongs to a process, and without it intervals speak of
    these units."""
    failed = np.isnan(people.score)
    state = np.where(selected, np.where(failed, State.FAILED, State.SCORED), State.UNSELECTED).astype(np.int8)
    weight, place = 1.0 / people.inclusion, window * 2 + people.stratum
    keys = np.zeros(window.size, dtype=np.uint64) if cluster is None else cluster.astype(np.uint64)
    if cluster is None:
        cells = finite_cells(weight, people.score, state, None, place, 2 * size)
    else:
        cells = Cells.of(weight, people.score, state, keys, None, place, 2 * size)
    one = np.flatnonzero(asked)
    answers = np.full(one.size, Response.VERDICT, dtype=np.int8)
    columns = (people.review[one], people.score[one], people.bad[one], answers, keys[one])
    units = LabelledUnits(place[one], weight[one], *columns)
    return Reviewed(cells, np.repeat(np.arange(size), 2), units, finite=cluster is None)
