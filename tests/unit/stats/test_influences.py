"""The variance of corrected rates, against influences that are computed unit by unit, the plain way."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from evaluator.stats.cells import Cells
from evaluator.stats.columns import Floats
from evaluator.stats.estimators import difference as module
from evaluator.stats.estimators.labelled import LabelledUnits, Response, Reviewed
from evaluator.stats.estimators.sample import Sample
from evaluator.stats.estimators.strata import Strata, stratified_means
from evaluator.stats.groups import group
from evaluator.stats.units import ALONE, State

POINTS, STRATA = 3, 2
SCALES = (0.0, 0.4, 1.0)


@dataclass(frozen=True)
class Units:
    """n selected units of three points with two strata each; all [n]."""

    point: np.ndarray
    stratum: np.ndarray
    weight: Floats
    score: Floats
    state: np.ndarray
    cluster: np.ndarray
    review: Floats
    verdict: Floats
    response: np.ndarray
    drawn: np.ndarray

    @property
    def cell(self) -> np.ndarray:
        return self.point * STRATA + self.stratum

    def cells(self, kept: np.ndarray | None = None) -> Cells:
        kept = np.ones(self.point.size, dtype=np.bool_) if kept is None else kept
        columns = (self.weight, self.score, self.state, self.cluster)
        return Cells.of(*(c[kept] for c in columns), place=self.cell[kept], size=POINTS * STRATA)

    def reviewed(self, cells: Cells | None = None) -> Reviewed:
        one = np.flatnonzero(self.drawn)
        bad = np.where(self.state == State.SCORED, self.score, np.nan)
        columns = (self.weight, self.review, bad, self.verdict, self.response, self.cluster)
        units = LabelledUnits(self.cell[one], *(c[one] for c in columns))
        return Reviewed(self.cells() if cells is None else cells, np.repeat(np.arange(POINTS), STRATA), units)


def some_units(seed: int = 4, n: int = 240, *, plain: bool = False) -> Units:
    """Linked and alone, scored, failed, skipped and pending, asked and not, in strata of different weights; where
    `plain`, all are scored, and all who were asked gave a verdict."""
    rng = np.random.default_rng(seed)
    states = rng.choice([State.PENDING, State.SCORED, State.FAILED, State.SKIPPED], n, p=[0.1, 0.6, 0.2, 0.1])
    state = (np.full(n, State.SCORED) if plain else states).astype(np.int8)
    answers = rng.choice([Response.NONE, Response.VERDICT, Response.OUTSIDE], n, p=[0.1, 0.75, 0.15])
    response = (np.full(n, Response.VERDICT) if plain else answers).astype(np.int8)
    drawn = (rng.random(n) < 0.5) & np.isin(state, [State.SCORED, State.FAILED])
    cluster = np.where(rng.random(n) < 0.3, ALONE, rng.integers(1, 40, n))
    return Units(
        point=rng.integers(0, POINTS, n), stratum=rng.integers(0, STRATA, n), weight=rng.uniform(1, 9, n),
        score=rng.random(n), state=state, cluster=cluster.astype(np.uint64),
        review=rng.uniform(0.2, 1.0, n), verdict=rng.random(n), response=response, drawn=drawn,
    )  # fmt: skip


def joint(reviewed: Reviewed) -> tuple[module._Joint, Sample]:
    strata = Strata.of(reviewed.cells, reviewed.point, POINTS)
    scored = stratified_means(strata.take(strata.covered))
    sample = Sample.of(reviewed, POINTS, np.bincount(reviewed.point[reviewed.cells.coarse], minlength=POINTS) > 0)
    guessed = module._scores_of(reviewed, scored, sample)
    applies = sample.mean(sample.applies)
    human = sample.mean(sample.verdict) / applies
    return module._joint(reviewed, scored, sample, guessed, human, applies), sample


def plainly(units: Units, at: int, scale: float, *, grouped: bool = False) -> float:
    """The sum over clusters of squared influences on the estimate of point `at`, one unit after the other."""
    here = [i for i in range(units.point.size) if units.point[i] == at]
    traffic, mean, shares = {}, {}, {}
    for stratum in range(STRATA):
        sums = dict.fromkeys(State, 0.0)
        bad = 0.0
        for i in here:
            if units.stratum[i] == stratum:
                sums[State(units.state[i])] += units.weight[i]
                bad += units.weight[i] * units.score[i] * (units.state[i] == State.SCORED)
        decided = sums[State.SCORED] + sums[State.FAILED] + sums[State.SKIPPED]
        applicable = sums[State.SCORED] + sums[State.FAILED]
        traffic[stratum] = (decided + sums[State.PENDING]) * applicable / decided
        mean[stratum], shares[stratum] = bad / sums[State.SCORED], (sums, decided, applicable)
    total = sum(traffic.values())
    overall = sum(traffic[s] * mean[s] for s in traffic) / total

    def of_score(i: int) -> float:
        """What unit i, with its weight, does to the mean of the scores; a failed one has its stratum's."""
        stratum, state = units.stratum[i], units.state[i]
        sums, decided, applicable = shares[stratum]
        moved = traffic[stratum] * (
            1.0 / (decided + sums[State.PENDING])
            + (1.0 / applicable if state in (State.SCORED, State.FAILED) else 0.0)
            - (1.0 / decided if state != State.PENDING else 0.0)
        )
        found = moved * (mean[stratum] - overall)
        if state == State.SCORED:
            found += traffic[stratum] * (units.score[i] - mean[stratum]) / applicable
        return units.weight[i] * found / total

    asked = [i for i in here if units.drawn[i]]
    answered = [i for i in asked if units.response[i] != Response.NONE]
    value = {}
    for i in answered:
        same = [j for j in asked if units.stratum[j] == units.stratum[i]]
        drawn = {j: units.weight[j] / units.review[j] for j in same}
        value[i] = drawn[i] * sum(drawn.values()) / sum(drawn[j] for j in same if j in answered)
    whole = sum(value.values())
    judged = {i: float(units.response[i] == Response.VERDICT) for i in answered}
    guess = {i: units.score[i] if units.state[i] == State.SCORED else mean[units.stratum[i]] for i in answered}
    applies = sum(value[i] * judged[i] for i in answered) / whole
    human = sum(value[i] * judged[i] * units.verdict[i] for i in answered) / whole / applies
    off = sum(value[i] * guess[i] for i in answered) / whole
    clusters: dict[object, float] = {}
    for i in here:
        moved = scale * of_score(i)
        if i in value:
            moved += value[i] / whole * judged[i] * (units.verdict[i] - human)
            moved -= scale * value[i] / whole * (guess[i] - off)
        key = units.cluster[i]
        name = ("alone", i) if key == ALONE else int(group(key[None])[0]) if grouped else int(key)
        clusters[name] = clusters.get(name, 0.0) + moved / applies
    return sum(moved**2 for moved in clusters.values())


@pytest.mark.parametrize("scale", SCALES)
@pytest.mark.parametrize("seed", [4, 5])
def test_the_variance_is_the_square_of_what_each_cluster_does(scale: float, seed: int) -> None:
    units = some_units(seed)
    found, _ = joint(units.reviewed())
    expected = [plainly(units, at, scale) for at in range(POINTS)]
    assert found.at(np.full(POINTS, scale)) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("scale", SCALES)
def test_clusters_that_are_grouped_are_squared_as_groups(scale: float) -> None:
    units = some_units()
    reviewed = units.reviewed(units.cells().capped(0))
    assert reviewed.cells.coarse.all()
    found, _ = joint(reviewed)
    expected = [plainly(units, at, scale, grouped=True) for at in range(POINTS)]
    assert found.at(np.full(POINTS, scale)) == pytest.approx(expected, rel=1e-9)


def test_cells_of_two_parts_are_as_good_as_one() -> None:
    units = some_units()
    early = np.random.default_rng(0).random(units.point.size) < 0.5
    parts = Cells.concat([units.cells(early), units.cells(~early)])
    merged = parts.join(np.tile(np.arange(POINTS * STRATA), 2), POINTS * STRATA)
    one, two = (module.difference(units.reviewed(cells), POINTS) for cells in (None, merged))
    for name in module.Difference.__dataclass_fields__:
        assert getattr(two, name) == pytest.approx(getattr(one, name), rel=1e-9), name


def test_points_do_not_know_of_each_other() -> None:
    units = some_units()
    every = module.difference(units.reviewed(), POINTS)
    for at in range(POINTS):
        here = units.point == at
        alone = Units(*(getattr(units, name)[here] for name in Units.__dataclass_fields__))
        found = module.difference(alone.reviewed(), POINTS)
        for name in module.Difference.__dataclass_fields__:
            assert getattr(found, name)[at] == pytest.approx(getattr(every, name)[at], rel=1e-9), name


@pytest.mark.parametrize("scale", SCALES)
def test_influences_are_derivatives(scale: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a cluster does is by how much the estimate moves where all of its units weigh a little more."""
    units, step = some_units(plain=True), 1e-4
    monkeypatch.setattr(module, "_scale", lambda *_: np.full(POINTS, scale))
    squares = np.zeros(POINTS)
    members = [np.flatnonzero(units.cluster == key) for key in np.unique(units.cluster) if key != ALONE]
    members += [np.array([i]) for i in np.flatnonzero(units.cluster == ALONE)]
    for member in members:
        ends = []
        for sign in (1, -1):
            weight = units.weight.copy()
            weight[member] *= 1 + sign * step
            moved = Units(**{n: getattr(units, n) for n in Units.__dataclass_fields__} | {"weight": weight})
            ends.append(module.difference(moved.reviewed(), POINTS).estimate)
        squares += ((ends[0] - ends[1]) / (2 * step)) ** 2
    found, _ = joint(units.reviewed())
    assert found.at(np.full(POINTS, scale)) == pytest.approx(squares, rel=1e-5)


def test_the_scale_is_the_one_of_the_least_variance() -> None:
    reviewed = some_units().reviewed()
    found, sample = joint(reviewed)
    scale = module._scale(found, sample, pooled=False)
    assert ((scale >= 0) & (scale <= 1)).all()
    for other in np.linspace(0.0, 1.0, 21):
        assert (found.at(scale) <= found.at(np.full(POINTS, other)) + 1e-12).all()


def test_a_finite_window_counts_every_unit_by_itself() -> None:
    """Sessions have no part in it: what was left to chance are single draws."""
    units = some_units()
    linked = Reviewed(units.cells(), np.repeat(np.arange(POINTS), STRATA), units.reviewed().units, finite=True)
    sample = Sample.of(linked, POINTS, np.zeros(POINTS, dtype=np.bool_))
    assert (sample.key == ALONE).all()
