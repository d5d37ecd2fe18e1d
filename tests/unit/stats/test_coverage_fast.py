"""The quick form of the coverage proofs: a few designs, enough windows to see a broken estimator."""

from __future__ import annotations

import pytest

from tests.support.simulation import LONG, PLAIN, STRATIFIED, Design, measure

HALF_SCORED = Design("half scored", pending=(0.1, 0.6))


@pytest.mark.parametrize("design", [PLAIN, STRATIFIED, LONG, HALF_SCORED], ids=lambda d: d.name)
@pytest.mark.parametrize(("rate", "scored"), [(0.02, 300), (0.3, 300), (0.1, 600)])
def test_intervals_cover_and_the_mean_is_right(design: Design, rate: float, scored: int) -> None:
    row = measure(design, scored, rate, repeats=300, seed=11)
    assert row.coverage >= 0.95 - 3 * row.slack
    assert abs(row.mean - row.truth) <= 4 * row.error + 0.1 * row.spread


def test_ignoring_the_weights_gives_another_number() -> None:
    honest = measure(STRATIFIED, 600, 0.1, repeats=200, seed=2)
    blind = measure(STRATIFIED, 600, 0.1, repeats=200, seed=2, options={"weighted": False})
    assert abs(honest.mean - honest.truth) < 0.003
    assert blind.mean > honest.truth + 0.05, "flagged traces are bad more often and are scored ten times as often"
    assert blind.coverage < 0.1
    assert honest.naive_coverage < 0.1


def test_ignoring_the_sessions_gives_too_narrow_an_interval() -> None:
    honest = measure(LONG, 1000, 0.2, repeats=400, seed=3)
    blind = measure(LONG, 1000, 0.2, repeats=400, seed=3, options={"clustered": False})
    assert blind.mean == pytest.approx(honest.mean)
    assert blind.coverage < 0.85 < 0.92 < honest.coverage
    assert blind.width < 0.8 * honest.width


def test_failures_and_a_slow_stratum_do_not_tilt_the_mix() -> None:
    crooked = Design("crooked", fail=(0.7, 0.02), pending=(0.0, 0.8), skip=(0.0, 0.3))
    row = measure(crooked, 800, 0.2, repeats=250, seed=4)
    assert abs(row.mean - row.truth) <= 4 * row.error
    assert row.coverage >= 0.95 - 3 * row.slack


def test_a_level_of_one_half_covers_about_half() -> None:
    row = measure(PLAIN, 300, 0.3, repeats=600, seed=5, level=0.5)
    assert 0.43 < row.coverage < 0.60, "an interval that is merely wide would pass every other test"
