"""Windows of traffic that a cascade, or a flat sample, judges: what the estimators make of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bench.cascade.populations import Population
from evaluator.stats import cascade
from evaluator.stats.cells import Cells
from evaluator.stats.columns import Bools, Floats, Index
from evaluator.stats.estimators.estimator import Evidence, Parts
from evaluator.stats.estimators.labelled import LabelledUnits, Response, Reviewed
from evaluator.stats.estimators.rates import Rates
from evaluator.stats.estimators.registry import ESTIMATORS
from evaluator.stats.units import State

BATCH = 50
"""Windows at once; what a cascade knows is learned anew for each batch."""
PAST = 300
"""Costly scores that it has learned from, as far as that goes: first by a flat sample, then by what this taught."""
FLOOR = 0.1


@dataclass(frozen=True)
class Design:
    """How a window is judged."""

    units: int
    """Of a window, about; all of them have a cheap score."""
    rate: float
    """The share that the costly evaluator judges. (kappa, on average)"""
    labels: int = 100
    """People's, about, on what it has judged."""


@dataclass(frozen=True)
class Found:
    """Of one method in many windows."""

    truth: float
    estimate: Floats
    low: Floats
    high: Floats

    @property
    def bias(self) -> float:
        return float(np.nanmean(self.estimate)) - self.truth

    @property
    def error(self) -> float:
        """Of `bias`, by Monte Carlo."""
        return float(np.nanstd(self.estimate)) / float(np.sqrt(self.estimate.size))

    @property
    def coverage(self) -> float:
        return float(((self.low <= self.truth) & (self.truth <= self.high)).mean())

    @property
    def width(self) -> float:
        return float((self.high - self.low).mean())


@dataclass(frozen=True)
class Measured:
    """What many windows show; `calls` of the costly evaluator a window."""

    calls: float
    by_method: dict[str, Found]


def measure(people: Population, design: Design, windows: int, *, flat: bool = False, seed: int = 1) -> Measured:
    """What `windows` windows show of a cascade, or of a `flat` sample of as many calls."""
    rng, calls, rates = np.random.default_rng(seed), 0.0, dict[str, list[Rates]]()
    for _ in range(-(-windows // BATCH)):
        edges, chances = (np.zeros(0), np.array([design.rate])) if flat else _learned(rng, people, design)
        drawn, found = _judged(rng, people, design, edges, chances, flat)
        calls += drawn / -(-windows // BATCH)
        for name, rate in found.items():
            rates.setdefault(name, []).append(rate)
    truths = {"raw": people.costly.mean(), "human": people.people.mean(), "corrected": people.people.mean()}
    return Measured(calls, {name: _found(each, float(truths[name])) for name, each in rates.items()})


def best_share(people: Population) -> float:
    """Calls that it takes at best, of those that a flat sample takes, with endless traffic and these parts: Neyman's
    variance over the flat one."""
    part = cascade.parts_of(people.cheap, cascade.cuts(people.cheap))
    share = np.bincount(part) / part.size
    spread = np.asarray([people.costly[part == at].std() for at in range(share.size)])
    return float((share * spread).sum() ** 2 / people.costly.var())


def _found(rates: Sequence[Rates], truth: float) -> Found:
    numbers = Rates.concat(list(rates)).numbers
    return Found(truth, numbers.estimate, numbers.low, numbers.high)


def _learned(rng: np.random.Generator, people: Population, design: Design) -> tuple[Floats, Floats]:
    """Where cheap scores are cut and how likely parts go on, by a past in two steps."""
    past = rng.integers(0, people.cheap.size, min(100_000, round(PAST / design.rate)))
    edges = cascade.cuts(people.cheap[past[: past.size // 2]])
    part = cascade.parts_of(people.cheap[past], edges)
    chances = np.full(edges.size + 1, design.rate)
    for end in (past.size // 2, past.size):
        drawn = rng.random(end) < chances[part[:end]]
        traffic = np.bincount(part[:end], minlength=chances.size)
        scored = np.bincount(part[:end][drawn], minlength=chances.size)
        bad = np.bincount(part[:end][drawn], people.costly[past[:end][drawn]], minlength=chances.size)
        mean = bad / np.maximum(1, scored)
        chances = cascade.chances(mean, scored, traffic, design.rate, FLOOR * design.rate)
    return edges, chances


def _arrive(rng: np.random.Generator, people: Population, units: int) -> tuple[Index, Index, Index]:
    """Whole clusters, drawn with replacement: of each unit, its window, its place in the population, its cluster."""
    first = np.flatnonzero(np.r_[True, np.diff(people.cluster) > 0])
    length = np.diff(np.r_[first, people.cluster.size])
    each = max(1, round(units / float(length.mean())))
    drawn = rng.integers(0, first.size, BATCH * each)
    sizes = length[drawn]
    cluster, ends = np.repeat(np.arange(drawn.size), sizes), np.cumsum(sizes)
    unit = np.repeat(first[drawn] - (ends - sizes), sizes) + np.arange(ends[-1])
    return cluster // each, unit, cluster + 1


def _judged(
    rng: np.random.Generator, people: Population, design: Design, edges: Floats, chances: Floats, flat: bool
) -> tuple[float, dict[str, Rates]]:
    """How many were judged a window, and the rates of `BATCH` windows by each method."""
    window, unit, cluster = _arrive(rng, people, design.units)
    part = cascade.parts_of(people.cheap[unit], edges)
    chance = chances[part]
    drawn = rng.random(unit.size) < chance
    state = np.where(drawn, State.SCORED, State.UNSELECTED).astype(np.int8)
    parts, size = chances.size, BATCH * chances.size
    place, point = window * parts + part, np.repeat(np.arange(BATCH), parts)
    keys, before = cluster.astype(np.uint64), None if flat else np.ones(unit.size)
    cells = Cells.of(1.0 / chance, people.costly[unit], state, keys, None, place, size, before)
    of = np.flatnonzero(drawn)
    frame = Cells.of(1.0 / chance[of], people.costly[unit[of]], state[of], keys[of], None, place[of], size)
    told = Parts(np.zeros(size, dtype=np.intp), np.tile(np.arange(parts), BATCH))
    found = {"raw": ESTIMATORS["raw"].rates(Evidence(cells, point, BATCH, parts=told))}
    asked = _asked(rng, people, design, (window, unit, cluster, place), drawn, chance)
    reviewed = Reviewed(frame, point, asked)
    plain = cells if flat else cells.as_drawn(np.ones(size, dtype=np.bool_))
    evidence = Evidence(plain, point, BATCH, reviewed)
    found |= {name: ESTIMATORS[name].rates(evidence) for name in ("human", "corrected")}
    return float(drawn.sum()) / BATCH, found


def _asked(
    rng: np.random.Generator, people: Population, design: Design, columns: tuple[Index, Index, Index, Index],
    drawn: Bools, chance: Floats,
) -> LabelledUnits:  # fmt: skip
    """What people say of a part of what was judged."""
    window, unit, cluster, place = columns
    judged = np.bincount(window[drawn], minlength=BATCH)
    review = np.minimum(1.0, design.labels / np.maximum(1, judged))[window]
    asked = np.flatnonzero(drawn & (rng.random(unit.size) < review))
    return LabelledUnits(
        cell=place[asked],
        weight=1.0 / chance[asked],
        review=review[asked],
        bad=people.costly[unit[asked]],
        verdict=people.people[unit[asked]],
        response=np.full(asked.size, Response.VERDICT, dtype=np.int8),
        cluster=cluster[asked].astype(np.uint64),
    )
