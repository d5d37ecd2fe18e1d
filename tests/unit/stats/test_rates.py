"""The raw rate on small cases that can be worked out by hand, and where there is little or nothing."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from evaluator.stats.cells import Cells
from evaluator.stats.design import kish, working_variance
from evaluator.stats.estimators import intervals
from evaluator.stats.estimators.raw import raw_rate
from evaluator.stats.units import State

P, S, F, K, U = State.PENDING, State.SCORED, State.FAILED, State.SKIPPED, State.UNSELECTED


def cell(n: int, bad: int, *, weight: float = 1.0, failed: int = 0, skipped: int = 0, pending: int = 0) -> Cells:
    """`n` scored units alone, the first `bad` of them bad, and some others."""
    state = [S] * n + [F] * failed + [K] * skipped + [P] * pending
    flags = [1.0] * bad + [0.0] * (len(state) - bad)
    return Cells.of([weight] * len(state), flags, state, [0] * len(state))


def test_strata_are_joined_by_the_traffic_they_stand_for() -> None:
    rate = raw_rate({"errors": cell(10, 6), "rest": cell(9, 0, weight=10.0)})
    assert rate.estimate == pytest.approx(6 / 100)
    assert rate.counts.scored == 19


def test_failures_leave_the_rate_and_the_mix_alone() -> None:
    whole = raw_rate({"a": cell(20, 10), "b": cell(40, 4)})
    holed = raw_rate({"a": cell(10, 5, failed=10), "b": cell(40, 4)})
    assert holed.estimate == pytest.approx(whole.estimate or 0)
    assert holed.worst_low == pytest.approx(9 / 60)
    assert holed.worst_high == pytest.approx(19 / 60)
    assert holed.high - holed.low > whole.high - whole.low


def test_skipped_units_are_outside() -> None:
    assert raw_rate({"a": cell(10, 5, skipped=30), "b": cell(10, 1)}).estimate == pytest.approx(0.3)
    only = raw_rate({"a": cell(0, 0, skipped=9)})
    assert only.estimate is None
    assert (only.counts.skipped, only.covered) == (9, 0.0)


def test_a_half_scored_stratum_keeps_its_place() -> None:
    done = raw_rate({"a": cell(10, 5, skipped=10), "b": cell(20, 2)})
    half = raw_rate({"a": cell(10, 5, skipped=10), "b": cell(10, 1, pending=10)})
    assert half.estimate == pytest.approx(done.estimate or 0)
    slow = raw_rate({"a": cell(4, 2, skipped=4, pending=12), "b": cell(20, 2)})
    assert slow.estimate == pytest.approx(done.estimate or 0), "the waiting are applicable as often as the decided"
    assert half.worst_low == half.estimate == half.worst_high, "what waits has not failed"


def test_an_unseen_stratum_widens_the_interval() -> None:
    seen = raw_rate({"a": cell(100, 50)})
    for unseen in (
        cell(0, 0, failed=25),
        cell(0, 0, pending=25),
        Cells.of([0.0] * 25, [0.0] * 25, [U] * 25, [0] * 25),
    ):
        rate = raw_rate({"a": cell(100, 50), "b": unseen})
        assert rate.estimate == 0.5
        assert rate.covered == pytest.approx(0.8)
        assert rate.low == pytest.approx(0.8 * seen.low)
        assert rate.high == pytest.approx(0.8 * seen.high + 0.2)


@pytest.mark.parametrize(
    "cells", [{}, {"a": Cells.merge([])}, {"a": cell(0, 0, pending=3)}, {"a": cell(0, 0, failed=3)}]
)
def test_nothing_scored_is_no_estimate(cells: dict[str, Cells]) -> None:
    rate = raw_rate(cells)
    assert (rate.estimate, rate.low, rate.high, rate.interval) == (None, 0.0, 1.0, "none")
    assert (rate.worst_low, rate.worst_high, rate.effective, rate.clusters) == (0.0, 1.0, 0.0, 0)


def test_one_trace_and_one_session_promise_little() -> None:
    one = raw_rate({"a": cell(1, 1)})
    assert (one.low, one.high) == (0.0, 1.0)
    session = Cells.of([1.0] * 40, [1.0] * 20 + [0.0] * 20, [S] * 40, [8] * 40)
    rate = raw_rate({"a": session})
    assert rate.estimate == 0.5
    assert rate.clusters == 1
    assert (rate.low, rate.high) == (0.0, 1.0)


@pytest.mark.parametrize("n", [20, 100, 1000])
def test_without_an_event_the_rule_of_three_holds(n: int) -> None:
    none, every = raw_rate({"a": cell(n, 0)}), raw_rate({"a": cell(n, n)})
    assert (none.estimate, none.low, none.interval) == (0.0, 0.0, "beta")
    jeffreys, clopper_pearson = stats.beta.ppf(0.975, [0.5, 1.0], [n + 0.5, n])
    assert jeffreys < none.high < clopper_pearson
    assert none.high == pytest.approx(2.9 / n, rel=0.1)
    assert (every.low, every.high) == (pytest.approx(1 - none.high), 1.0)


def test_few_events_give_what_lies_between_jeffreys_and_clopper_pearson() -> None:
    rate = raw_rate({"a": cell(200, 3)})
    exact = stats.binomtest(3, 200).proportion_ci(0.95, method="exact")
    jeffreys = stats.beta.ppf([0.025, 0.975], 3.5, 197.5)
    assert exact.low < rate.low < jeffreys[0]
    assert jeffreys[1] < rate.high < exact.high


def test_many_independent_verdicts_give_the_textbook_interval() -> None:
    rate = raw_rate({"a": cell(2000, 600)})
    wilson = stats.binomtest(600, 2000).proportion_ci(0.95, method="wilson")
    assert rate.interval == "beta"
    assert rate.low == pytest.approx(wilson.low, abs=3e-4)
    assert rate.high == pytest.approx(wilson.high, abs=3e-4)
    assert rate.effective == pytest.approx(2000, rel=0.01)


def test_few_sessions_pay_for_a_variance_known_badly() -> None:
    """Five sessions that each have one bad in twelve: what they measure, nothing, is not believed."""
    bad = np.tile([1.0] + [0.0] * 11, 5)
    units = (np.ones(60), bad, np.full(60, S))
    alike, alone = (raw_rate({"a": Cells.of(*units, key)}) for key in (np.repeat(np.arange(1, 6), 12), np.zeros(60)))
    assert alike.effective < 60 == alone.effective
    assert alike.high - alike.low > 2 * (alone.high - alone.low)


def test_a_session_that_repeats_itself_counts_once() -> None:
    keys = np.repeat(np.arange(1, 201), 5)
    bad = np.repeat(np.arange(200) < 60, 5)
    rate = raw_rate({"a": Cells.of(np.ones(1000), bad, np.full(1000, S), keys)})
    assert rate.clusters == 200
    assert rate.effective == pytest.approx(200, rel=0.05)


def test_a_session_across_strata_is_one_cluster() -> None:
    keys, bad = np.arange(1, 101), np.arange(100) < 40
    arrays = (np.ones(100), bad, np.full(100, S), keys)
    together = raw_rate({"a": Cells.of(*arrays), "b": Cells.of(*arrays)})
    apart = raw_rate({"a": Cells.of(*arrays), "b": Cells.of(*arrays[:3], keys + 1000)})
    assert (together.clusters, apart.clusters) == (100, 200)
    assert together.effective == pytest.approx(100, rel=0.05)
    assert apart.effective == pytest.approx(200, rel=0.05)


def test_steady_scores_give_a_narrow_interval_that_still_holds() -> None:
    bad = np.random.default_rng(0).normal(0.3, 0.02, 500).clip(0, 1)
    rate = raw_rate({"a": Cells.of(np.ones(500), bad, np.full(500, S), np.zeros(500))})
    assert rate.effective == 500, "never more than what was scored"
    assert 0.001 < rate.high - rate.low < 0.01
    assert rate.low < 0.3 < rate.high
    tiny = raw_rate({"a": Cells.of(np.ones(50), bad[:50] / 100, np.full(50, S), np.zeros(50))})
    assert tiny.high == pytest.approx(stats.beta.ppf(0.975, 0.6, 50.4), rel=0.2), "one verdict may not be seen yet"


@pytest.mark.parametrize("level", [0.0, 1.0, -0.5, float("nan"), 95.0])
def test_a_level_outside_is_refused(level: float) -> None:
    with pytest.raises(ValueError, match="level"):
        raw_rate({"a": cell(10, 5)}, level=level)


def test_effective_numbers() -> None:
    found = kish(np.array([10.0, 1 + 1 + 8, 0.0]), np.array([10.0, 1 + 1 + 64, 0.0]))
    assert found.tolist() == pytest.approx([10.0, 100 / 66, 0.0])
    assert working_variance(np.array([4.0]), np.array([4.0]))[0] == pytest.approx(4 * (1 + 0.3 * 3))


def test_a_measured_variance_is_drawn_towards_the_assumed_one_while_little_is_known() -> None:
    freedom, measured, assumed = np.array([0.0, 4.0, 1e9]), np.full(3, 2.0), np.full(3, 1.0)
    variance, whole = intervals.moderated(measured, freedom, assumed)
    assert variance.tolist() == pytest.approx([1.0, 1.5, 2.0])
    assert whole[:2].tolist() == [4.0, 8.0]


def test_guarded_intervals_against_scipy() -> None:
    """Without an unseen event they are the quantiles of the beta distribution of that mean and variance."""
    mean, variance = np.array([0.3, 0.02]), np.array([0.002, 0.0001])
    low, high = intervals.guarded(mean, variance, np.full(2, 1e9), np.zeros(2), 0.9)
    size = mean * (1 - mean) / variance - 1
    assert low == pytest.approx(stats.beta.ppf(0.05, mean * size, (1 - mean) * size), rel=1e-6)
    assert high == pytest.approx(stats.beta.ppf(0.95, mean * size, (1 - mean) * size), rel=1e-6)
    unseen = intervals.guarded(np.zeros(1), np.zeros(1), np.full(1, 1e9), np.array([0.01]), 0.95)
    assert unseen[0][0] == 0.0
    assert 0.02 < unseen[1][0] < 0.04
    assert intervals.quantile(np.array([1.0]), 0.95) == pytest.approx(12.7062, rel=1e-5)


def test_few_degrees_of_freedom_stretch_an_interval() -> None:
    columns = (np.full(2, 0.4), np.full(2, 1e-4))
    low, high = intervals.guarded(*columns, np.array([4.0, 1e9]), np.full(2, 1e-6), 0.95)
    width = high - low
    assert width[0] / width[1] == pytest.approx(stats.t.ppf(0.975, 4) / 1.959964, rel=0.01)
