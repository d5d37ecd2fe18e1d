"""Intervals from weights of clusters."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from evaluator.stats.agreement.resampling import MOST_CLUSTERS, Resampling


@pytest.mark.parametrize(("events", "size"), [(0, 40), (3, 40), (20, 40), (40, 40), (1, 300)])
def test_a_share_among_equals_has_the_interval_of_clopper_and_pearson(events: int, size: int) -> None:
    held = Resampling.of(np.arange(size), replicates=40_000, seed=1)
    bad = (np.arange(size) < events).astype(np.float64)
    (found,) = held.ratios(bad[:, None], np.ones((size, 1)), 0.95, ("none",))
    exact = stats.binomtest(events, size).proportion_ci(0.95, method="exact")
    assert found.value == events / size
    assert (found.low, found.high) == pytest.approx((exact.low, exact.high), abs=0.006)


def test_units_of_one_cluster_are_one_draw() -> None:
    bad = np.repeat([1.0, 0.0, 0.0, 1.0, 0.0], 20)
    together = Resampling.of(np.repeat(np.arange(5), 20), replicates=2000)
    apart = Resampling.of(np.arange(100), replicates=2000)
    wide, narrow = (one.ratios(bad[:, None], np.ones((100, 1)), 0.95, ("none",))[0] for one in (together, apart))
    assert wide.value == narrow.value == 0.4
    assert wide.high - wide.low > 3 * (narrow.high - narrow.low)


def test_heavy_units_count_for_less_than_their_number() -> None:
    weight = np.where(np.arange(100) < 5, 100.0, 1.0)
    held = Resampling.of(np.arange(100), replicates=2000)
    assert held.size(weight) / weight.sum() == pytest.approx(1 / (weight.sum() ** 2 / (weight**2).sum()))
    (found,) = held.ratios(np.zeros((100, 1)), weight[:, None], 0.95, ("none",))
    assert (found.low, found.value) == (0.0, 0.0)
    assert found.high > 0.3, "about six effective units do not prove zero"


def test_the_same_seed_gives_the_same_interval_and_only_ratios_of_weights_matter() -> None:
    rng = np.random.default_rng(0)
    bad, weight, cluster = rng.random(50), rng.random(50), rng.integers(0, 20, 50)

    def interval(scale: float, seed: int) -> tuple[float, ...]:
        held = Resampling.of(cluster, replicates=200, seed=seed)
        (found,) = held.ratios((scale * weight * bad)[:, None], scale * weight[:, None], 0.95, ("none",))
        return found.low, found.value, found.high

    assert interval(1.0, 5) == interval(1.0, 5)
    assert interval(1e9, 5) == pytest.approx(interval(1.0, 5), rel=1e-9)
    assert interval(1.0, 6) != interval(1.0, 5)


def test_very_many_clusters_are_joined_and_say_the_same() -> None:
    rng = np.random.default_rng(2)
    size = 6 * MOST_CLUSTERS
    bad = (rng.random(size) < 0.3).astype(np.float64)
    held = Resampling.of(rng.permutation(size), replicates=400)
    assert (held.clusters, held.multipliers.shape[1]) == (size, MOST_CLUSTERS)
    (found,) = held.ratios(bad[:, None], np.ones((size, 1)), 0.95, ("none",))
    assert found.high - found.low == pytest.approx(2 * 1.96 * np.sqrt(0.21 / size), rel=0.2)


def test_too_few_replicates_are_refused() -> None:
    with pytest.raises(ValueError, match="replicates must be at least 100, got 5"):
        Resampling.of([1, 2], replicates=5)
