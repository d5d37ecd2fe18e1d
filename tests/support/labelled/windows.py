"""Many windows of traffic at once: drawn from a population, selected, scored and partly labelled."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from evaluator.stats.cells import Cells, finite_cells
from evaluator.stats.columns import Bools, Floats, Index
from evaluator.stats.estimators.estimator import Evidence
from evaluator.stats.estimators.labelled import LabelledUnits, Response, Reviewed
from evaluator.stats.units import State
from tests.support.labelled.populations import Population
from tests.support.labelled.waves import Frame, Wave, probability

STRATA = 2
"""Flagged units, and the rest."""


@dataclass(frozen=True)
class Scenario:
    """What happens to a window. Pairs are (rest, flagged)."""

    name: str
    waves: tuple[Wave, ...]
    units: int = 2000
    """About so many of a window."""
    rates: tuple[float, float] = (0.5, 1.0)
    """Of selection."""
    costly: float = 1.0
    """The least probability with which a costly evaluator runs on a selected unit; likelier by a cheap score."""
    fail: float = 0.0
    """Mean probability of a failure; likelier where the score leaves more in doubt."""
    silent: tuple[float, float] = (0.0, 0.0)
    """Probability that a unit drawn for review gets no answer."""
    outside: float = 0.0
    """Share of units that have nothing to judge in them; likelier where the score is low."""
    framed: float = 1.0
    """Share of a window's time that the waves' frame holds."""
    finite: bool = False
    """Whether all windows are the same units of traffic, of which intervals are to speak."""

    pooled: bool = False
    """Whether windows are points of one series, which share what is learned of the evaluator."""

    @property
    def labels(self) -> float:
        """About so many of a window that people are asked about, and answer."""
        return sum(wave.labels for wave in self.waves) * (1.0 - sum(self.silent) / 2.0)


@dataclass(frozen=True)
class Traffic:
    """n units of `size` windows; clusters are numbered from 1 through all of them."""

    size: int
    window: Index
    people: Population
    unit: Index
    """[n] which of the population."""
    cluster: Index
    framed: Bools
    applies: Bools

    @property
    def truth(self) -> float:
        """Share of bad among those that it applies to, in all windows together."""
        return float(self.people.bad[self.unit][self.applies].mean())


def arrive(
    rng: np.random.Generator, people: Population, scenario: Scenario, size: int, early: int | None = None
) -> Traffic:
    """`size` windows of whole clusters, drawn with replacement; all the same where the scenario is finite. What lies
    in the frame is drawn from the first `early` clusters of `people`, the rest from the others, where that is given.
    """
    first = np.flatnonzero(np.r_[True, np.diff(people.cluster) > 0])
    length = np.diff(np.r_[first, people.cluster.size])
    windows = 1 if scenario.finite else size
    per = max(1, round(scenario.units / float(length.mean())))
    in_frame = np.tile(np.arange(per) < scenario.framed * per, windows)
    split = first.size if early is None else early
    late = ~in_frame & (early is not None)
    drawn = rng.integers(np.where(late, split, 0), np.where(late, first.size, split), windows * per)
    sizes = length[drawn]
    cluster = np.repeat(np.arange(1, drawn.size + 1), sizes)
    ends = np.cumsum(sizes)
    unit = np.repeat(first[drawn] - (ends - sizes), sizes) + np.arange(ends[-1])
    window, framed = (cluster - 1) // per, in_frame[cluster - 1]
    if scenario.finite:
        n, unit, framed = unit.size, np.tile(unit, size), np.tile(framed, size)
        window, cluster = np.repeat(np.arange(size), n), np.tile(cluster, size)
    return Traffic(size, window, people, unit, cluster, framed, people.applies(scenario.outside)[unit])


@dataclass(frozen=True)
class Seen:
    """What the service sees of traffic: everything that was selected, [m]."""

    traffic: Traffic
    cells: Cells
    """Of windows and strata, window by window."""
    chosen: Index
    """[m] which units of the traffic."""
    weight: Floats
    score: Floats
    """NaN where it failed."""


def observe(rng: np.random.Generator, traffic: Traffic, scenario: Scenario) -> tuple[Seen, Reviewed]:
    """Selects and scores; and draws the waves from what lies in their frame."""
    people, n = traffic.people, traffic.unit.size
    flagged = people.flagged[traffic.unit]
    inclusion = np.where(flagged, scenario.rates[1], scenario.rates[0])
    inclusion = inclusion * (scenario.costly + (1.0 - scenario.costly) * people.cheap[traffic.unit])
    doubt = 4.0 * people.score * (1.0 - people.score) + 0.5
    failed = rng.random(n) < scenario.fail * (doubt / doubt.mean())[traffic.unit]
    selected = rng.random(n) < inclusion
    state = np.where(selected, np.where(failed, State.FAILED, State.SCORED), State.UNSELECTED).astype(np.int8)
    score = np.where(failed, np.nan, people.score[traffic.unit])
    place = traffic.window * STRATA + flagged
    cells = _cells(1.0 / inclusion, score, state, traffic.cluster, place, traffic.size, scenario)
    chosen = np.flatnonzero(selected)
    seen = Seen(traffic, cells, chosen, 1.0 / inclusion[chosen], score[chosen])
    frame = cells
    if scenario.framed < 1.0:
        held = np.flatnonzero(traffic.framed)
        columns = (1.0 / inclusion, score, state, traffic.cluster, place)
        frame = _cells(*(column[held] for column in columns), traffic.size, scenario)
    point = np.repeat(np.arange(traffic.size), STRATA)
    return seen, Reviewed(frame, point, _reviewed(rng, seen, scenario), scenario.finite, scenario.pooled)


def evidence(rng: np.random.Generator, traffic: Traffic, scenario: Scenario) -> Evidence:
    """Of all windows, each a point."""
    seen, reviewed = observe(rng, traffic, scenario)
    return Evidence(seen.cells, reviewed.point, traffic.size, reviewed, finite=scenario.finite)


def units_of(reviewed: Reviewed, windows: int) -> list[LabelledUnits]:
    """The labelled units of each window by themselves, with 0 for a cell."""
    units = reviewed.units
    order = np.argsort(reviewed.point[units.cell], kind="stable")
    parts = np.split(order, np.cumsum(np.bincount(reviewed.point[units.cell], minlength=windows))[:-1])
    columns = (units.weight, units.review, units.bad, units.verdict, units.response, units.cluster)
    return [LabelledUnits(np.zeros(part.size, dtype=np.intp), *(c[part] for c in columns)) for part in parts]


def _cells(
    weight: Floats, score: Floats, state: Index, cluster: Index, place: Index, size: int, scenario: Scenario
) -> Cells:
    if scenario.finite:
        return finite_cells(weight, score, state, None, place, STRATA * size)
    return Cells.of(weight, score, state, cluster, None, place, STRATA * size)


def _reviewed(rng: np.random.Generator, seen: Seen, scenario: Scenario) -> LabelledUnits:
    traffic, people = seen.traffic, seen.traffic.people
    held = np.flatnonzero(traffic.framed[seen.chosen])
    at, weight, score = seen.chosen[held], seen.weight[held], seen.score[held]
    unit, window = traffic.unit[at], traffic.window[at]
    flagged = people.flagged[unit]
    expected = float(np.mean(people.score))
    frame = Frame(window, traffic.size, np.where(np.isnan(score), expected, score), flagged)
    drawn, rho = probability(rng, frame, scenario.waves)
    took = np.flatnonzero(drawn)
    quiet = rng.random(took.size) < np.where(flagged[took], scenario.silent[1], scenario.silent[0])
    judged = np.where(traffic.applies[at[took]], Response.VERDICT, Response.OUTSIDE)
    return LabelledUnits(
        cell=window[took] * STRATA + flagged[took],
        weight=weight[took],
        review=rho[took],
        bad=score[took],
        verdict=people.bad[unit[took]],
        response=np.where(quiet, Response.NONE, judged).astype(np.int8),
        cluster=(np.zeros(took.size) if scenario.finite else traffic.cluster[at[took]]).astype(np.uint64),
    )
