"""Whatever the units are: cells merge exactly, survive their bytes, and rates keep their promises."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluator.stats.cells import Cells
from evaluator.stats.estimators.raw import raw_rate
from evaluator.stats.estimators.strata import Strata, stratified_means
from evaluator.stats.units import State

Unit = tuple[float, float, int, int, int, int]
UNITS = st.lists(
    st.tuples(
        st.floats(1.0, 1e4),
        st.one_of(st.sampled_from([0.0, 1.0]), st.floats(0.0, 1.0)),
        st.sampled_from(list(State)),
        st.one_of(st.just(0), st.integers(1, 6), st.integers(2**63, 2**64 - 1)),
        st.integers(0, 4),
        st.integers(0, 2),
    ),
    max_size=40,
)
"""Weight, bad, state, cluster, minute, stratum."""


def cell(units: list[Unit]) -> Cells:
    columns = list(zip(*units, strict=True)) or [[]] * 6
    return Cells.of(*columns[:3], np.array(columns[3], dtype=np.uint64), columns[0])


def strata(units: list[Unit]) -> dict[str, Cells]:
    return {str(s): cell([u for u in units if u[5] == s]) for s in sorted({u[5] for u in units})}


@settings(deadline=None)
@given(UNITS)
def test_minutes_merge_to_the_hour(units: list[Unit]) -> None:
    whole = cell(units)
    minutes = [cell([u for u in units if u[4] == m]) for m in range(5)]
    assert Cells.merge(minutes).is_close(whole)
    assert Cells.merge(minutes[::-1]).is_close(whole)
    assert Cells.merge([Cells.merge(minutes[:2]), Cells.merge(minutes[2:])]).is_close(whole)


@settings(deadline=None)
@given(UNITS)
def test_the_rate_of_merged_minutes_is_the_rate(units: list[Unit]) -> None:
    whole = strata(units)
    merged = {
        s: Cells.merge([cell([u for u in units if str(u[5]) == s and u[4] == m]) for m in range(5)]) for s in whole
    }
    a, b = raw_rate(whole), raw_rate(merged)
    assert (a.estimate is None) == (b.estimate is None)
    assert (a.counts, a.clusters) == (b.counts, b.clusters)
    assert (a.estimate or 0, a.low, a.high) == pytest.approx((b.estimate or 0, b.low, b.high), rel=1e-6, abs=1e-9)


@settings(deadline=None)
@given(UNITS)
def test_bytes_give_back_the_cell(units: list[Unit]) -> None:
    there = cell(units)
    back = Cells.from_bytes(there.to_bytes())
    assert back.is_close(there, rtol=0)
    assert back.to_bytes() == there.to_bytes()
    assert raw_rate({"a": back}) == raw_rate({"a": there})


@settings(deadline=None)
@given(UNITS, st.sampled_from([0.5, 0.9, 0.95, 0.999]))
def test_an_interval_is_inside_wide_and_around(units: list[Unit], level: float) -> None:
    rate = raw_rate(strata(units), level=level)
    assert 0.0 <= rate.low < rate.high <= 1.0
    assert 0.0 <= rate.worst_low <= rate.worst_high <= 1.0
    assert 0.0 <= rate.effective <= rate.counts.scored
    assert 0 <= rate.clusters <= rate.counts.scored
    assert 0.0 <= rate.covered <= 1.0
    if rate.estimate is not None:
        assert rate.low <= rate.estimate <= rate.high
        assert rate.worst_low <= rate.estimate <= rate.worst_high
    assert (rate.estimate is None) == (rate.counts.scored == 0)
    wider = raw_rate(strata(units), level=0.9999)
    assert wider.low <= rate.low + 1e-12
    assert wider.high >= rate.high - 1e-12


@settings(deadline=None)
@given(UNITS)
def test_good_and_bad_are_mirror_images(units: list[Unit]) -> None:
    flipped = [(w, 1.0 - f, *rest) for w, f, *rest in units]
    a, b = raw_rate(strata(units)), raw_rate(strata(flipped))
    if a.estimate is not None and b.estimate is not None:
        assert a.estimate == pytest.approx(1.0 - b.estimate, abs=1e-9)
        assert (a.worst_low, a.worst_high) == pytest.approx((1.0 - b.worst_high, 1.0 - b.worst_low), abs=1e-9)
        if a.interval == b.interval:
            assert (a.low, a.high) == pytest.approx((1.0 - b.high, 1.0 - b.low), abs=1e-6)


@settings(deadline=None)
@given(UNITS, st.floats(0.5, 50.0))
def test_only_relative_weights_count(units: list[Unit], factor: float) -> None:
    a, b = raw_rate(strata(units)), raw_rate(strata([(w * factor, *rest) for w, *rest in units]))
    if a.interval == b.interval:
        assert (a.low, a.estimate or 0, a.high) == pytest.approx((b.low, b.estimate or 0, b.high), rel=1e-6, abs=1e-9)


@settings(deadline=None)
@given(UNITS)
def test_the_variance_is_that_of_explicit_influences(units: list[Unit]) -> None:
    """Each cluster's influence is the derivative of the estimate when its units weigh a little more."""
    every = Cells.concat(list(strata(units).values()))
    covered = Strata.of(every, np.zeros(len(every), dtype=np.intp), 1)
    covered = covered.take(covered.covered)
    if not covered.weight.size:
        return
    seen = [u for u in units if str(u[5]) in {str(s) for s in {v[5] for v in units if v[2] == State.SCORED}}]
    members: dict[tuple[str, int], list[int]] = {}
    for i, u in enumerate(seen):
        if u[2] != State.UNSELECTED:
            members.setdefault(("alone", i) if u[3] == 0 else ("key", u[3]), []).append(i)
    squares, step = 0.0, 1e-4
    for group in members.values():
        up, down = (_estimate(seen, group, sign * step) for sign in (1, -1))
        squares += ((up - down) / (2 * step)) ** 2
    fit = stratified_means(covered)
    if fit.freedom[0] > 1e-3:
        expected = squares * (fit.freedom[0] + 1) / fit.freedom[0]
        assert fit.variance[0] == pytest.approx(expected, rel=1e-5)


def _estimate(units: list[Unit], group: list[int], step: float) -> float:
    moved = [(u[0] * (1 + step), *u[1:]) if i in group else u for i, u in enumerate(units)]
    return float(raw_rate(strata(moved)).estimate or 0.0)
