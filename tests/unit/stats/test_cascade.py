"""Double sampling: what a second step drew stands for all that the first one did, whatever it was drawn by."""

from __future__ import annotations

import numpy as np
import pytest

from bench.cascade.populations import synthetic
from bench.cascade.windows import Design, measure
from evaluator.stats import cascade
from evaluator.stats.cells import Cells
from evaluator.stats.estimators.estimator import Evidence, Parts
from evaluator.stats.estimators.parts import LEAST, pooled
from evaluator.stats.estimators.raw import RAW
from evaluator.stats.estimators.strata import Strata, few_clusters, stratified_means
from evaluator.stats.units import State

N = 600


def units(seed: int = 1, kappa: float = 0.3) -> dict[str, np.ndarray]:
    """Two parts: in the second one most are bad, and more go on."""
    rng = np.random.default_rng(seed)
    part = (rng.random(N) < 0.3).astype(np.intp)
    chance = np.where(part == 1, 2 * kappa, kappa)
    bad = (rng.random(N) < np.where(part == 1, 0.7, 0.05)).astype(np.float64)
    before = 1.0 / rng.choice([0.5, 1.0], N)
    state = np.where(rng.random(N) < chance, State.SCORED, State.UNSELECTED).astype(np.int8)
    cluster = rng.integers(1, 200, N).astype(np.uint64)
    return {
        "weight": before / chance, "bad": bad, "state": state, "cluster": cluster, "upstream": before, "place": part,
        "before": before,
    }  # fmt: skip


def evidence(cells: Cells) -> Evidence:
    return Evidence(cells, np.zeros(len(cells), dtype=np.intp), 1)


def test_parts_weigh_what_the_first_step_says() -> None:
    """The estimate is that of stratified double sampling, written out."""
    given = units()
    rate = RAW.rates(evidence(Cells.of(**given, size=2)))[0]
    scored, part, w = given["state"] == State.SCORED, given["place"], given["before"]
    shares = [w[part == at].sum() / w.sum() for at in (0, 1)]
    means = []
    for at in (0, 1):
        mine = scored & (part == at)
        means.append(np.average(given["bad"][mine], weights=given["weight"][mine]))
    assert rate.estimate == pytest.approx(np.dot(shares, means), rel=1e-12)
    assert rate.traffic == pytest.approx(w.sum())
    assert (rate.counts.selected, rate.counts.pending, rate.counts.settled) == (scored.sum(), 0, N)
    assert rate.covered == pytest.approx(1.0)


def test_its_variance_is_that_of_clusters_written_out() -> None:
    """By the linearisation of every unit, what was passed over too."""
    given = units()
    cells = Cells.of(**given, size=2)
    rate = RAW.rates(evidence(cells))[0]
    scored, part, w = given["state"] == State.SCORED, given["place"], given["before"]
    moved = np.zeros(N)
    for at in (0, 1):
        inside = part == at
        mine = scored & inside
        mean = np.average(given["bad"][mine], weights=given["weight"][mine])
        moved += inside * w / w.sum() * (mean - rate.estimate)
        share = w[inside].sum() / w.sum()
        moved += mine * share * given["weight"] / given["weight"][mine].sum() * (given["bad"] - mean)
    variance = (np.bincount(given["cluster"].astype(np.intp), moved) ** 2).sum()

    fit = stratified_means(Strata.of(cells, np.zeros(2, dtype=np.intp), 1))
    assert fit.variance[0] == pytest.approx(variance * few_clusters(fit.freedom + 1.0, fit.freedom)[0], rel=1e-9)


def test_halves_join_to_the_whole() -> None:
    given = units()
    whole = Cells.of(**given, size=2)
    halves = [Cells.of(**{k: v[i::2] for k, v in given.items()}, size=2) for i in range(2)]
    joined = Cells.concat(halves).join(np.array([0, 1, 0, 1]), 2)
    assert np.array_equal(joined.counts.numbers, whole.counts.numbers)
    assert np.array_equal(joined.keys, whole.keys)
    assert np.allclose(joined.sums.numbers, whole.sums.numbers)
    assert np.allclose(joined.clusters.numbers, whole.clusters.numbers, atol=1e-9)
    assert Cells.from_bytes(whole.to_bytes()).is_close(whole)


def test_one_step_is_as_ever() -> None:
    given = units()
    plain = {name: value for name, value in given.items() if name != "before"}
    assert Cells.of(**(given | {"before": np.zeros(N)}), size=2).is_close(Cells.of(**plain, size=2))
    two = Cells.of(**given, size=2)
    frame = two.as_drawn(np.array([True, True]))
    assert np.allclose(frame.sums.weight, Cells.of(**plain, size=2).sums.weight)


def test_two_steps_need_a_key() -> None:
    given = units()
    with pytest.raises(ValueError, match="cluster"):
        Cells.of(**(given | {"cluster": np.zeros(N, dtype=np.uint64)}), size=2)


@pytest.mark.parametrize(
    ("scored", "groups"),
    [
        ((9, 9, 9), [0, 1, 2]),
        ((0, 9, 9), [0, 0, 1]),
        ((9, 0, 9), [0, 1, 1]),
        ((9, 9, 0), [0, 1, 1]),
        ((1, 1, 1), [0, 0, 0]),
        ((0, 0, 0), [0, 0, 0]),
        ((9, 1, 1), [0, 0, 0]),
    ],
)
def test_parts_with_few_scores_are_joined_with_their_neighbours(scored: tuple[int, ...], groups: list[int]) -> None:
    assert LEAST == 3
    place = np.repeat(np.arange(3), 10)
    state = np.full(30, State.UNSELECTED, dtype=np.int8)
    for at, n in enumerate(scored):
        state[at * 10 : at * 10 + n] = State.SCORED
    cells = Cells.of(
        np.full(30, 2.0), np.zeros(30), state, np.arange(1, 31, dtype=np.uint64), None, place, 3, np.ones(30)
    )
    order = np.array([2, 0, 1])  # cells come in any order
    parts = Parts(np.zeros(3, dtype=np.intp), order)
    found = pooled(Evidence(cells.take(order), np.zeros(3, dtype=np.intp), 1, parts=parts))
    expected = np.bincount(groups, weights=np.full(3, 10)).astype(int)
    assert sorted(found.cells.counts.settled.tolist()) == sorted(expected.tolist())
    assert found.cells.counts.selected.sum() == sum(scored)


def test_a_window_with_a_single_score_is_covered() -> None:
    """All parts join; without parts, one of them would be anybody's guess."""
    state = np.array([State.SCORED] + [State.UNSELECTED] * 9, dtype=np.int8)
    cells = Cells.of(
        np.full(10, 2.0),
        np.ones(10),
        state,
        np.arange(1, 11, dtype=np.uint64),
        None,
        np.arange(10) % 2,
        2,
        np.ones(10),
    )
    point = np.zeros(2, dtype=np.intp)
    parts = Parts(point, np.arange(2))
    assert RAW.rates(Evidence(cells, point, 1, parts=parts))[0].covered == pytest.approx(1.0)
    assert RAW.rates(Evidence(cells, point, 1))[0].covered == pytest.approx(0.5)


def test_where_scores_are_cut() -> None:
    edges = cascade.cuts(np.linspace(0.0, 1.0, 1001))
    assert edges.tolist() == pytest.approx([0.5, 0.75, 0.9, 0.95])
    assert cascade.parts_of([0.0, 0.5, 0.96, 1.0], edges).tolist() == [0, 1, 4, 4]
    assert cascade.cuts([0.3] * 50).size == 0  # nothing to tell apart
    assert cascade.cuts([0.0] * 90 + [1.0] * 10).tolist() == [1.0]


def test_who_goes_on() -> None:
    """More where the costly score varies, `rate` on average, nobody below the floor, nobody above 1."""
    traffic = np.array([800.0, 150.0, 50.0])
    found = cascade.chances([0.0, 0.1, 0.5], [80, 30, 20], traffic, 0.2, 0.02)
    assert found[0] < found[1] < found[2]
    assert (found * traffic).sum() / traffic.sum() == pytest.approx(0.2)
    assert cascade.chances([0.0, 0.1, 0.5], [80, 30, 20], traffic, 0.2, 0.19).min() >= 0.19
    assert cascade.chances([0.0, 0.1, 0.5], [80, 30, 20], traffic, 0.9, 0.1).max() <= 1.0
    assert cascade.chances([0.0, 0.1, 0.5], [20, 10, 10], traffic, 0.2, 0.02).tolist() == [0.2] * 3  # too few yet
    assert cascade.chances([0.0, 0.0], [90, 90], [1.0, 1.0], 0.3, 0.1) == pytest.approx([0.3, 0.3])


def test_a_cascade_covers_and_saves_calls() -> None:
    """The proof is in tests/prove; this is its short form: half the calls of a flat sample where r² is a half."""
    people = synthetic(0.3, 0.5)
    found = measure(people, Design(3000, 0.1), 150)
    flat = measure(people, Design(3000, 0.18), 100, flat=True)
    raw = found.by_method["raw"]
    assert raw.coverage >= 0.9
    assert abs(raw.bias) <= 4 * raw.error
    assert found.by_method["human"].coverage >= 0.9
    assert found.by_method["corrected"].coverage >= 0.9
    assert found.calls < 0.6 * flat.calls
    assert raw.width <= 1.02 * flat.by_method["raw"].width
