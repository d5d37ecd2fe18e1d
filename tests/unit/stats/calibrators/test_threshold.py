"""Proposed thresholds and what they would change."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit

from evaluator.stats.calibrators.threshold import Aim, threshold_for


def labelled(size: int, seed: int, rate: float = -1.0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    bad = (rng.random(size) < expit(rate)).astype(np.float64)
    score = expit(2.0 * bad - 2.5 + rng.normal(size=size))
    return np.round(score, 2), bad, rng.choice([1.0, 4.0], size)


def value(aim: Aim, threshold: float, score: np.ndarray, bad: np.ndarray, weight: np.ndarray) -> float:
    said = score >= threshold
    tp, fp = weight @ (said * bad), weight @ (said * (1 - bad))
    fn, tn = weight @ (~said * bad), weight @ (~said * (1 - bad))
    if aim is Aim.MISTAKES:
        return -(fp + fn) / weight.sum()
    return tp / (tp + fn) + tn / (tn + fp) if aim is Aim.YOUDEN else 2 * tp / max(1e-9, 2 * tp + fp + fn)


@pytest.mark.parametrize("aim", list(Aim))
@pytest.mark.parametrize("seed", range(5))
def test_no_other_threshold_is_better(aim: Aim, seed: int) -> None:
    score, bad, weight = labelled(120, seed)
    found = threshold_for(score, bad, weight, current=0.5, aim=aim)
    best = max(value(aim, t, score, bad, weight) for t in np.linspace(0.0, 1.0, 1001))
    assert value(aim, found.threshold, score, bad, weight) == pytest.approx(best)
    assert value(aim, 0.5, score, bad, weight) < best, "or the test shows nothing"
    assert found.reason is None


def test_what_it_would_change() -> None:
    score, bad = np.array([0.1, 0.2, 0.3, 0.6, 0.7, 0.8]), np.array([0.0, 0.0, 1.0, 1.0, 1.0, 0.0])
    weight = np.array([4.0, 2.0, 1.0, 1.0, 1.0, 1.0])
    found = threshold_for(score, bad, weight, current=0.5)
    assert found.threshold == pytest.approx(0.25)
    assert found.flips == pytest.approx(0.1)
    assert (found.before.sensitivity, found.after.sensitivity) == pytest.approx((2 / 3, 1.0))
    assert found.before.specificity == found.after.specificity == pytest.approx(6 / 7)
    assert (found.before.wrong, found.after.wrong) == pytest.approx((0.2, 0.1))
    assert found.after.precision == pytest.approx(0.75)
    assert found.after.flagged == pytest.approx(0.4)


def test_a_threshold_that_is_as_good_as_any_stays() -> None:
    found = threshold_for([0.1, 0.2, 0.8, 0.9], [0.0, 0.0, 1.0, 1.0], current=0.31)
    assert (found.threshold, found.flips) == (0.31, 0.0)


@pytest.mark.parametrize(("current", "proposed"), [(0.05, 0.15), (0.95, 0.85)])
def test_of_equally_good_thresholds_the_nearest_is_taken(current: float, proposed: float) -> None:
    """Between 0.1 and 0.9 every threshold makes one mistake."""
    score, bad = [0.0, 0.1, 0.2, 0.4, 0.6, 0.8, 0.9, 1.0], [0.0, 0.0, 1.0, 0.0, 1.0, 0.0, 1.0, 1.0]
    found = threshold_for(score, bad, [9.0, 9.0, 1.0, 1.0, 1.0, 1.0, 9.0, 9.0], current=current)
    assert found.threshold == pytest.approx(proposed)


def test_verdicts_of_which_none_is_worth_calling_bad() -> None:
    score, bad = np.linspace(0.0, 0.8, 50), np.zeros(50)
    bad[3] = 1.0
    assert threshold_for(score, bad, current=0.5, aim=Aim.MISTAKES).after.flagged == 0.0
    assert threshold_for(score, bad, current=0.5, aim=Aim.YOUDEN).after.sensitivity == 1.0


def test_held_out_labels_say_what_to_expect() -> None:
    """On scores that tell nothing the best threshold looks better than chance; held out, it does not."""
    rng = np.random.default_rng(9)
    seen, held_out = [], []
    for _ in range(60):
        found = threshold_for(rng.random(60), rng.permutation(60) < 30, current=0.5, aim=Aim.YOUDEN)
        seen.append(found.after.wrong)
        assert found.held_out is not None
        held_out.append(found.held_out.wrong)
    assert np.mean(seen) < 0.45
    assert np.mean(held_out) == pytest.approx(0.5, abs=0.03)


def test_one_class_tells_nothing() -> None:
    found = threshold_for([0.1, 0.9], [0.0, 0.0], current=0.5)
    assert (found.threshold, found.flips, found.held_out) == (0.5, 0.0, None)
    assert found.reason is not None
    assert found.before.sensitivity is None
    assert found.before.specificity == 0.5


def test_one_cluster_can_not_be_held_out() -> None:
    assert threshold_for([0.1, 0.9], [0.0, 1.0], cluster=["s", "s"], current=0.5).held_out is None


def test_a_current_threshold_outside_its_range_is_refused() -> None:
    with pytest.raises(ValueError, match="current must lie in"):
        threshold_for([0.1, 0.9], [0.0, 1.0], current=1.2)
