"""Probabilities of review: what they sum to, whom they favour, and what they promise."""

from __future__ import annotations

import numpy as np
import pytest

from evaluator.stats import review

SCORES = np.random.default_rng(7).beta(0.4, 1.6, 2_000)


@pytest.mark.parametrize("size", [0.5, 1, 37, 400, 1_500, 1_999])
def test_active_sums_to_what_was_asked_for(size: float) -> None:
    rho = review.active(SCORES, size)
    assert rho.sum() == pytest.approx(size, rel=1e-12)
    assert rho.min() > 0
    assert rho.max() <= 1


@pytest.mark.parametrize("size", [2_000, 5_000])
def test_who_asks_for_all_gets_all(size: float) -> None:
    assert (review.active(SCORES, size) == 1).all()
    assert (review.uniform(2_000, size) == 1).all()
    assert (review.stratified(SCORES > 0.5, size, 10) == 1).all()


def test_active_favours_doubt_and_leaves_nobody_out() -> None:
    rho = review.active([0.0, 0.02, 0.5, 0.98, 1.0], 1.0)
    assert rho[0] == rho[1] == pytest.approx(rho[3])
    assert rho[3] == rho[4]
    assert rho[2] > 2 * rho[0]
    floored = review.active(SCORES, 100, mix=0.0, floor=0.9)
    assert (floored == floored.min()).mean() > 0.4


def test_what_is_stored_gives_the_probability_of_a_further_unit() -> None:
    spread = float(review.doubt(SCORES).mean())
    scale = review.scale_for(review.relative(SCORES, spread), 300)
    again = review.probabilities(review.relative(SCORES, spread), scale)
    assert np.array_equal(again, review.active(SCORES, 300))


def test_no_weight_is_far_beyond_the_mean_one() -> None:
    rho = review.active(SCORES, 100, mix=0.0)
    assert (1 / rho).max() <= 20 / (100 / 2_000) * 1.5


def test_stratified_takes_the_least_number_of_each_value() -> None:
    values = np.repeat(["a", "b", "c"], [900, 90, 10])
    rho = review.stratified(values, 100, 20)
    drawn = [rho[values == v].sum() for v in "abc"]
    assert drawn == pytest.approx([70, 20, 10])
    assert rho.sum() == pytest.approx(100)
    assert [review.stratified(values, 100)[values == v].sum() for v in "abc"] == pytest.approx([90, 9, 1])


def test_minima_that_are_too_many_are_cut_evenly() -> None:
    values = np.repeat(["a", "b", "c"], [900, 90, 4])
    rho = review.stratified(values, 30, 50)
    assert [rho[values == v].sum() for v in "abc"] == pytest.approx([13, 13, 4])


def test_nothing_gives_nothing() -> None:
    assert len(review.active([], 10)) == len(review.stratified([], 10)) == len(review.uniform(0, 10)) == 0
    assert review.expected_half_width([], [], []) is None


@pytest.mark.parametrize("given", [{"mix": -0.1}, {"mix": 1.1}, {"floor": 0.0}])
def test_shares_out_of_range_are_refused(given: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="mix must lie"):
        review.active(SCORES, 10, **given)


def test_the_expected_width_is_the_one_that_draws_have() -> None:
    """Against the spread of weighted means over many draws of selection, verdicts and review."""
    rng = np.random.default_rng(3)
    population = 3_000
    g = rng.beta(0.6, 1.8, population)
    inclusion = np.where(rng.random(population) < 0.3, 1.0, 0.4)
    selected = rng.random(population) < inclusion
    expected = review.expected_half_width(g[selected], review.active(g[selected], 300), inclusion[selected])
    truth = rng.random(population) < g
    found = []
    for _ in range(600):
        chosen = rng.random(population) < inclusion
        rho = review.active(g[chosen], 300)
        drawn = rng.random(len(rho)) < rho
        weight = (1 / (inclusion[chosen] * rho))[drawn]
        found.append((weight * truth[chosen][drawn]).sum() / weight.sum())
    assert expected == pytest.approx(1.96 * np.std(found), rel=0.12)
