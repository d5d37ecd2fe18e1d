"""Random groups of clusters: nested, the same everywhere, and as good as the clusters for what a rate says."""

from __future__ import annotations

import numpy as np
import pytest

from evaluator.stats import groups
from evaluator.stats.cells import Cells
from evaluator.stats.estimators.raw import raw_rate
from evaluator.stats.units import State
from tests.support.simulation import LONG, STRATIFIED, Design, draw, measure


def cells_of(clusters: int, per: int, seed: int = 0) -> Cells:
    """Twelve buckets of `clusters` sessions of `per` traces."""
    rng = np.random.default_rng(seed)
    key = np.repeat(rng.integers(1, 2**63, clusters, dtype=np.uint64), per)
    n = key.size
    return Cells.of(
        rng.uniform(1, 9, n), rng.random(n), np.full(n, State.SCORED), key, place=np.arange(n) % 12, size=12
    )


def test_small_cells_stay_exact_and_large_ones_are_bounded() -> None:
    exact = cells_of(groups.EXACT, 2).join(np.zeros(12, dtype=np.intp), 1)
    assert not exact.coarse.any()
    assert exact.keys.size == groups.EXACT
    coarse = cells_of(groups.EXACT + 1, 2).join(np.zeros(12, dtype=np.intp), 1)
    assert coarse.coarse.all()
    assert coarse.keys.size <= groups.GROUPS
    assert coarse.keys.max() <= groups.GROUPS


def test_groups_are_the_same_whatever_the_order_of_merging() -> None:
    parts = cells_of(4000, 3)
    whole = parts.join(np.zeros(12, dtype=np.intp), 1)
    steps = parts.join(np.arange(12) // 4, 3).join(np.zeros(3, dtype=np.intp), 1)
    early = parts.capped(0).join(np.zeros(12, dtype=np.intp), 1)
    for other in (steps, early):
        assert np.array_equal(whole.keys, other.keys)
        for name in ("weight", "weighted_bad", "squared_weight"):
            assert np.allclose(getattr(whole.clusters, name), getattr(other.clusters, name))
        assert np.array_equal(whole.clusters.rank, other.clusters.rank), "ranks are of clusters, not of buckets"
        assert other.is_close(Cells.from_bytes(other.to_bytes()), rtol=0)


def test_a_coarse_cell_makes_its_company_coarse() -> None:
    large, small = cells_of(2000, 1).capped(0), cells_of(5, 1, seed=1)
    mixed = Cells.concat([large, small]).join(np.zeros(24, dtype=np.intp), 1)
    assert mixed.coarse.all()
    assert mixed.keys.max() <= groups.GROUPS
    rate = raw_rate(
        {"a": large.join(np.zeros(12, dtype=np.intp), 1), "b": small.join(np.zeros(12, dtype=np.intp), 1)}
    )
    assert rate.counts.scored == 2005
    assert 0 < rate.low < rate.high < 1


@pytest.mark.parametrize("clusters", [1500, 20_000, 300_000])
def test_the_number_of_clusters_is_told_within_a_few_standard_errors(clusters: int) -> None:
    one = cells_of(clusters, 1).join(np.zeros(12, dtype=np.intp), 1)
    assert raw_rate({"a": one}).clusters == pytest.approx(clusters, rel=3 * 0.065)


def test_estimate_and_counts_do_not_change_and_the_interval_hardly() -> None:
    rng = np.random.default_rng(5)
    ratios = []
    for _ in range(60):
        window = draw(rng, STRATIFIED, 4000, 0.1)
        fine, coarse = (raw_rate(window.cells(grouped=g)) for g in (False, True))
        assert (fine.estimate, fine.counts) == (pytest.approx(coarse.estimate), coarse.counts)
        ratios.append((coarse.high - coarse.low) / (fine.high - fine.low))
    assert 0.99 < np.mean(ratios) < 1.03, "groups cost degrees of freedom, and no more"


@pytest.mark.parametrize(
    "design", [STRATIFIED, LONG, Design("half scored", pending=(0.1, 0.6))], ids=lambda d: d.name
)
def test_intervals_of_groups_cover(design: Design) -> None:
    row = measure(design, 2500, 0.1, repeats=250, seed=7, options={"grouped": True})
    assert row.coverage >= 0.95 - 3 * row.slack
    assert abs(row.mean - row.truth) <= 4 * row.error
