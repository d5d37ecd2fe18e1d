"""What is promised for labels comes out: by simulation with the estimators that the promise is about."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import ndtri

from evaluator.stats.planning import (
    Learned,
    gain_bound,
    half_width,
    labels_for_change,
    labels_for_half_width,
    next_labels,
)

Z = float(ndtri(0.975))


def windows(
    rng: np.random.Generator, rate: float, labels: int, scored: int, r: float, repeats: int
) -> tuple[np.ndarray, np.ndarray]:
    """[repeats] human and corrected rates, and what the corrected one's standard error is, each of a fresh window.

    A score that is right in part: f is the judgement with probability r, else a coin of the same rate, so that the
    correlation of both is r, and r is the best weight for it.
    """
    y = (rng.random((repeats, scored)) < rate).astype(np.float32)
    f = np.where(rng.random((repeats, scored)) < r, y, rng.random((repeats, scored)) < rate)
    human = y[:, :labels].mean(axis=1)
    return human, r * f.mean(axis=1) + (y - r * f)[:, :labels].mean(axis=1)


@pytest.mark.parametrize(("rate", "wanted", "r"), [(0.3, 0.06, 0.75), (0.1, 0.04, 0.6), (0.5, 0.05, 0.9)])
def test_the_promised_half_width_comes_out(rate: float, wanted: float, r: float) -> None:
    rng = np.random.default_rng(1)
    plan = labels_for_half_width(wanted, Learned(rate, 1500, r))
    human, _ = windows(rng, rate, plan.human.labels, 1500, r, 1500)
    _, corrected = windows(rng, rate, plan.corrected.labels, 1500, r, 1500)
    for estimates in (human, corrected):
        assert Z * estimates.std() == pytest.approx(wanted, rel=0.08)
    assert plan.corrected.labels * plan.gain == pytest.approx(plan.human.labels, rel=0.1)


@pytest.mark.parametrize(("rate", "change", "r"), [(0.2, 0.1, 0.75), (0.3, -0.1, 0.5), (0.1, 0.08, 0.8)])
def test_the_promised_power_comes_out(rate: float, change: float, r: float) -> None:
    rng = np.random.default_rng(2)
    plan = labels_for_change(change, Learned(rate, 1500, r))
    for place, need in enumerate((plan.human, plan.corrected)):
        before = windows(rng, rate, need.labels, 1500, r, 1500)[place]
        after = windows(rng, rate + change, need.labels, 1500, r, 1500)[place]
        error = np.sqrt(before.var() + after.var())
        assert (np.abs(after - before) > Z * error).mean() == pytest.approx(0.8, abs=0.04)
        quiet = windows(rng, rate, need.labels, 1500, r, 1500)[place]
        assert (np.abs(quiet - before) > Z * np.sqrt(2) * before.std()).mean() == pytest.approx(0.05, abs=0.025)


def test_clusters_cost_what_the_design_effect_says() -> None:
    rng = np.random.default_rng(3)
    size, alike = 5, 0.4
    effect = 1 + (size - 1) * alike
    plan = labels_for_half_width(0.05, Learned(0.3, 100_000, design_effect=effect))
    sessions = round(plan.human.labels / size)
    own = rng.random((2000, sessions, size)) < 0.3
    shared = rng.random((2000, sessions, 1)) < 0.3
    follows = rng.random((2000, sessions, size)) < np.sqrt(alike)
    rates = np.where(follows, shared, own).mean(axis=(1, 2))
    assert Z * rates.std() == pytest.approx(0.05, rel=0.08)
    assert plan.human.labels == pytest.approx(
        effect * labels_for_half_width(0.05, Learned(0.3, 100_000)).human.labels, rel=0.02
    )


def test_the_design_effect_and_the_power_cost_labels_for_a_change_too() -> None:
    plain = labels_for_change(0.1, Learned(0.2, 100_000)).human.labels
    assert labels_for_change(0.1, Learned(0.2, 100_000, design_effect=2.0)).human.labels == pytest.approx(
        2 * plain, abs=1
    )
    # Two proportions, unpooled (Fleiss, Levin and Paik 2003): (1.960 + 0.842)^2 (0.16 + 0.21)/0.01.
    assert plain == 291
    assert labels_for_change(0.1, Learned(0.2, 100_000), power=0.9).human.labels == 389


def test_the_bound() -> None:
    assert gain_bound(0.75, 100, 900) == pytest.approx(2.0)
    assert gain_bound(0.54, 0, 1000) == pytest.approx(1.41, abs=0.005)
    assert gain_bound(0.0, 10, 100) == gain_bound(0.9, 100, 100) == gain_bound(0.9, 5, 0) == 1.0
    assert gain_bound(1.0, 0, 10) == float("inf")
    assert gain_bound(-0.75, 100, 900) == gain_bound(0.75, 100, 900), "a score that is upside down tells as much"


def test_people_who_do_not_answer_are_asked_for_in_advance_and_labels_that_there_are_count() -> None:
    plan = labels_for_half_width(0.05, Learned(0.2, 10_000, 0.7, labels=60, response=0.8))
    full = labels_for_half_width(0.05, Learned(plan_rate(plan_labels=60), 10_000, 0.7))
    assert plan.human.labels == full.human.labels
    assert plan.human.asked == int(np.ceil((plan.human.labels - 60) / 0.8))
    enough = labels_for_half_width(0.05, Learned(0.2, 10_000, 0.7, labels=500))
    assert enough.human.asked == enough.corrected.asked == 0
    assert any("suffice" in one for one in enough.words)


def plan_rate(plan_labels: int) -> float:
    return (plan_labels * 0.2 + 0.5) / (plan_labels + 1)


def test_it_says_where_the_evaluator_buys_little_and_where_the_aim_is_out_of_reach() -> None:
    little = labels_for_half_width(0.05, Learned(0.2, 5000, 0.3))
    assert little.gain == pytest.approx(1.09, abs=0.01)
    assert any("buys little" in one and "0.30" in one for one in little.words)
    far = labels_for_half_width(0.005, Learned(0.2, 5000, 0.8))
    assert far.human.labels is far.corrected.labels is far.human.asked is None
    assert far.best == pytest.approx(Z * (0.16 / 5000) ** 0.5, rel=0.01)
    assert any("out of reach" in one and "5,000" in one for one in far.words)
    beside = labels_for_half_width(0.005, Learned(0.2, 300, 0.999, labels=121))
    assert beside.gain == pytest.approx(gain_bound(0.999, 121, 300)), "worth as much as those that there are"
    good = labels_for_half_width(0.05, Learned(0.2, 5000, 0.8))
    assert good.words == ()
    assert labels_for_half_width(0.05, Learned(0.2, 5000)).corrected is None
    nothing = labels_for_change(0.1, Learned(0.2, 0, 0.8))
    assert nothing.words[0].startswith("Nothing in this window is scored yet")


def test_what_fifty_more_labels_buy() -> None:
    learned = Learned(0.2, 4000, 0.75, labels=100)
    found = next_labels(learned)
    assert found.more == 50
    assert found.corrected
    assert found.half_width == pytest.approx(half_width(learned, 100, evaluator=True))
    assert found.then == pytest.approx(half_width(learned, 150, evaluator=True))
    assert 0.7 < found.then / found.half_width < 0.87
    first = next_labels(Learned(0.2, 4000, 0.75))
    assert first.half_width == 0.5
    wider = next_labels(learned, now=2.0 * found.half_width)
    assert wider.half_width == 2.0 * found.half_width
    assert wider.then == pytest.approx(2.0 * found.then)
    # A fifth of the traffic lies outside of the frames: a tenth on each side stays, whatever is labelled.
    part = next_labels(learned, now=0.1 + 0.8 * found.half_width, covered=0.8)
    assert part.then == pytest.approx(0.1 + 0.8 * found.then)
    assert next_labels(Learned(0.2, 120, labels=100)).more == 20
    assert next_labels(Learned(0.2, 0)) == next_labels(Learned(0.2, 0), 7)


def test_no_bad_ones_yet_do_not_prove_zero() -> None:
    few = Learned(0.0, 5000, 0.5, labels=40)
    assert few.smooth_rate == pytest.approx(0.5 / 41)
    assert next_labels(few).half_width > 0.02
    for labels in (1, 2, 5, 40):
        assert 0.0 < half_width(few, labels, evaluator=True) <= 0.5


def test_more_labels_never_widen_much() -> None:
    for rate in (0.01, 0.1, 0.5):
        widths = [half_width(Learned(rate, 5000, 0.6, design_effect=1.5), n, evaluator=True) for n in range(4, 2000)]
        assert (np.diff(widths) <= 1e-4).all()


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"rate": 1.1}, "rate must be in"),
        ({"rate": float("nan")}, "rate must be in"),
        ({"scored": -1}, "scored must be 0 or more"),
        ({"correlation": 1.5}, "correlation must be in"),
        ({"labels": -1}, "labels must be 0 or more"),
        ({"design_effect": 0.5}, "design_effect must be 1 or more"),
        ({"response": 0.0}, "response must be in"),
    ],
)
def test_what_was_learned_is_checked(fields: dict[str, float], problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        Learned(**({"rate": 0.2, "scored": 100} | fields))


def test_aims_outside_their_range_are_refused() -> None:
    learned = Learned(0.2, 100)
    for wanted in (0.0, 0.5, -1.0, float("nan")):
        with pytest.raises(ValueError, match="half width must lie in"):
            labels_for_half_width(wanted, learned)
    for change in (0.0, 0.9, -0.3, float("nan")):
        with pytest.raises(ValueError, match="change must not be 0"):
            labels_for_change(change, learned)
    with pytest.raises(ValueError, match="power must lie in"):
        labels_for_change(0.1, learned, power=0.3)
    with pytest.raises(ValueError, match="more must be"):
        next_labels(learned, 0)
    with pytest.raises(ValueError, match="now"):
        next_labels(learned, now=0.0)
    with pytest.raises(ValueError, match="covered"):
        next_labels(learned, covered=1.5)
