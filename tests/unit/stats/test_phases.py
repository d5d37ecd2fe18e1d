"""Rates in phases: against the two phases of cells, every sample of a tiny population, and many windows."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from evaluator.stats.cells import Cells, finite_cells
from evaluator.stats.columns import Floats
from evaluator.stats.estimators import phases as module
from evaluator.stats.estimators.difference import difference
from evaluator.stats.estimators.labelled import LabelledUnits, Response, Reviewed
from evaluator.stats.estimators.phases import Phase, phased
from evaluator.stats.units import State

FACTORS = [(0.0, 0.0), (0.3, 0.7), (1.0, 1.0)]


def three(cheap: Floats, score: Floats, bad: Floats, chances: tuple[Floats, ...], reached: Floats) -> list[Phase]:
    """The phases of units of which `reached` says how many of the three they went through."""
    weights = np.cumprod([1.0 / chance for chance in chances], axis=0)
    values = (cheap, score, bad)
    return [Phase(reached > k, weights[k], values[k]) for k in range(3)]


@pytest.mark.parametrize("finite", [False, True], ids=["process", "window"])
def test_two_phases_are_the_difference_of_cells(finite: bool) -> None:
    rng, n = np.random.default_rng(4), 600
    cluster = np.where(rng.random(n) < 0.5, rng.integers(1, 90, n), 0).astype(np.uint64)
    cluster = np.zeros_like(cluster) if finite else cluster
    score = rng.random(n)
    bad = (rng.random(n) < 0.3 + 0.4 * score).astype(np.float64)
    pi, rho = rng.uniform(0.3, 1.0, n), rng.uniform(0.1, 0.5, n)
    drawn = np.flatnonzero(rng.random(n) < rho)
    state, nothing = np.full(n, State.SCORED), np.zeros(n, dtype=np.intp)
    columns = (1.0 / pi, score, state)
    cells = finite_cells(*columns) if finite else Cells.of(*columns, cluster)
    answers = np.full(drawn.size, Response.VERDICT, dtype=np.int8)
    own = (1.0 / pi[drawn], rho[drawn], score[drawn], bad[drawn], answers, cluster[drawn])
    reviewed = Reviewed(cells, nothing[:1], LabelledUnits(nothing[drawn], *own), finite)
    inside = np.isin(np.arange(n), drawn)
    steps = [Phase(np.ones(n, dtype=np.bool_), 1.0 / pi, score), Phase(inside, 1.0 / (pi * rho), bad)]
    by_cells, by_units = difference(reviewed, 1), phased(steps, nothing, cluster, 1, finite=finite)
    assert 0.1 < by_cells.scale[0] < 0.99
    for name in ("estimate", "variance", "scale", "step", "labels", "scores"):
        assert getattr(by_units, name) == pytest.approx(getattr(by_cells, name), rel=1e-9), name
    for name in ("assumed", "freedom"):  # which know other things of single scores
        assert getattr(by_units, name) == pytest.approx(getattr(by_cells, name), rel=0.25), name


@pytest.fixture(params=FACTORS)
def factors(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Lambdas that are fixed, not fitted."""
    given = np.array([1.0, *request.param])[:, None]
    monkeypatch.setattr(module, "_factors", lambda squares: np.repeat(given, squares.shape[2], axis=1))


TINY = {
    "cheap": np.array([0.6, 0.3, 0.2, 0.9, 0.5]),
    "score": np.array([0.9, 0.2, 0.1, 0.7, 0.4]),
    "bad": np.array([1.0, 0.0, 0.0, 0.0, 1.0]),
}
CHANCES = tuple(
    np.array(c) for c in ([0.9, 0.8, 0.9, 0.8, 0.9], [0.8, 0.9, 0.9, 0.8, 0.9], [0.9, 0.8, 0.9, 0.9, 0.9])
)


@pytest.mark.usefixtures("factors")
def test_every_sample_of_a_tiny_window() -> None:
    reached = np.array(list(itertools.product(range(4), repeat=5)))
    stay = np.stack([1.0 - CHANCES[0], CHANCES[0] * (1.0 - CHANCES[1]),
                     CHANCES[0] * CHANCES[1] * (1.0 - CHANCES[2]), CHANCES[0] * CHANCES[1] * CHANCES[2]])  # fmt: skip
    chance = stay[reached, np.arange(5)].prod(axis=1)
    size = len(reached)
    every = {name: np.tile(column, size) for name, column in TINY.items()}
    steps = three(**every, chances=tuple(np.tile(c, size) for c in CHANCES), reached=reached.ravel())
    found = phased(steps, np.repeat(np.arange(size), 5), np.zeros(5 * size, dtype=np.uint64), size, finite=True)
    some = found.labels > 0
    chance = chance[some] / chance[some].sum()
    mean = found.estimate[some] @ chance
    assert mean == pytest.approx(TINY["bad"].mean(), abs=0.02), "a ratio: exact where weights add up to the window"
    true = (found.estimate[some] - mean) ** 2 @ chance
    assert found.variance[some] @ chance == pytest.approx(true, rel=0.6), "five units are few"


@pytest.mark.parametrize("finite", [False, True], ids=["process", "window"])
@pytest.mark.usefixtures("factors")
def test_variances_are_those_of_many_windows(finite: bool) -> None:
    rng, repeats, sessions = np.random.default_rng(6), 2000, 300
    n = 2 * sessions
    session = np.repeat(np.arange(1, sessions + 1), 2)

    def traffic(windows: int) -> dict[str, Floats]:
        rough = np.repeat(rng.random((windows, sessions)), 2, axis=1)
        bad = (rng.random((windows, n)) < 0.1 + 0.5 * rough).astype(np.float64)
        score = np.clip(0.6 * bad + 0.4 * rng.random(bad.shape), 0.0, 1.0)
        return {"cheap": np.clip(0.5 * score + 0.5 * rng.random(bad.shape), 0.0, 1.0), "score": score, "bad": bad}

    one = traffic(1 if finite else repeats)
    every = {name: np.broadcast_to(column, (repeats, n)).ravel() for name, column in one.items()}
    chances = (np.full(repeats * n, 0.7), 0.2 + 0.8 * every["cheap"], np.full(repeats * n, 0.5))
    reached = np.cumprod([rng.random(repeats * n) < chance for chance in chances], axis=0).sum(axis=0)
    window = np.repeat(np.arange(repeats), n)
    keys = (np.tile(session, repeats) + sessions * window).astype(np.uint64)
    found = phased(three(**every, chances=chances, reached=reached), window, keys, repeats, finite=finite)
    truth = every["bad"].mean() if finite else 0.35
    assert found.estimate.mean() == pytest.approx(truth, abs=4 * found.estimate.std() / repeats**0.5 + 0.003)
    assert found.variance.mean() == pytest.approx(found.estimate.var(), rel=0.05 + 2 * (2 / repeats) ** 0.5)


def test_the_lambdas_are_those_of_the_least_variance() -> None:
    rng = np.random.default_rng(2)
    rows = rng.normal(size=(3, 40, 200))
    rows[2] += 0.9 * rows[1] - 0.5 * rows[0]
    squares = np.einsum("ins,jns->ijs", rows, rows)
    found = module._factors(squares)
    least = np.einsum("is,ijs,js->s", found, squares, found)
    grid = np.linspace(0.0, 1.0, 41)
    tried = np.stack([np.ones(41 * 41), np.repeat(grid, 41), np.tile(grid, 41)])
    assert (least <= np.einsum("it,ijs,jt->ts", tried, squares, tried).min(axis=0) + 1e-9).all()
    assert ((found >= 0.0) & (found <= 1.0)).all()
