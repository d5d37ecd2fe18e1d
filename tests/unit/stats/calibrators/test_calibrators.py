"""Each calibrator against other implementations, and at the edges."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from scipy.special import expit, logit
from sklearn.base import clone
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression

from evaluator.stats.calibrators.calibrator import NotFitted
from evaluator.stats.calibrators.isotonic import IsotonicCalibrator
from evaluator.stats.calibrators.logistic import BetaCalibrator, PlattCalibrator, platt_targets
from evaluator.stats.calibrators.stored import CALIBRATORS, from_dict

KINDS = list(CALIBRATORS)
GRID = np.linspace(0.0, 1.0, 501)


def labelled(size: int = 400, seed: int = 1) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    score = rng.random(size)
    bad = (rng.random(size) < expit(2.0 * logit(score) - 1.0)).astype(np.float64)
    return score, bad, rng.choice([1.0, 2.0, 5.0], size)


def reference(features: np.ndarray, bad: np.ndarray, weight: np.ndarray) -> LogisticRegression:
    """scikit-learn's logistic regression, no penalty, on Platt's targets: each label in both classes in part."""
    target = platt_targets(bad, weight)
    both = np.concatenate([features, features])
    classes = np.repeat([1, 0], bad.size)
    model = LogisticRegression(C=np.inf, tol=1e-12, max_iter=10_000)
    model.fit(both, classes, sample_weight=np.concatenate([weight * target, weight * (1.0 - target)]))
    return model


def test_platt_is_logistic_regression_on_platts_targets() -> None:
    score, bad, _ = labelled()
    model = reference(score[:, None], bad, np.ones(bad.size))
    found = PlattCalibrator().fit(score, bad)
    assert found.slopes_[0] == pytest.approx(model.coef_[0, 0], rel=1e-3)
    assert found.predict(GRID) == pytest.approx(model.predict_proba(GRID[:, None])[:, 1], abs=1e-4)


def test_beta_is_logistic_regression_on_both_logarithms() -> None:
    score, bad, _ = labelled()
    features = np.stack([np.log(score), -np.log1p(-score)], axis=1)
    model = reference(features, bad, np.ones(bad.size))
    assert (model.coef_ > 0).all()
    found = BetaCalibrator().fit(score, bad)
    assert found.predict(score) == pytest.approx(model.predict_proba(features)[:, 1], abs=1e-3)


def test_beta_drops_a_slope_that_would_be_negative() -> None:
    rng = np.random.default_rng(5)
    score = rng.random(600)
    bad = (rng.random(600) < expit(1.5 * np.log(score) + 0.6 * np.log1p(-score) + 1.5)).astype(np.float64)
    free = reference(np.stack([np.log(score), -np.log1p(-score)], axis=1), bad, np.ones(600))
    assert free.coef_.min() < 0.0, "or the test shows nothing"
    found = BetaCalibrator().fit(score, bad)
    alone = reference(np.log(np.maximum(score, 1e-6))[:, None], bad, np.ones(600))
    assert found.slopes_[1] == 0.0
    assert found.slopes_[0] == pytest.approx(alone.coef_[0, 0], rel=1e-2)


def test_isotonic_is_that_of_scikit_learn_but_for_the_edges() -> None:
    score, bad, weight = labelled()
    score = np.round(score, 2)
    line = IsotonicRegression(out_of_bounds="clip").fit(score, bad, sample_weight=weight)
    worth = weight.sum() ** 2 / (weight**2).sum()
    edge = 1.0 / (worth + 2.0)
    found = IsotonicCalibrator().fit(score, bad, weight)
    assert found.predict(score) == pytest.approx(np.clip(line.predict(score), edge, 1 - edge), abs=1e-9)
    assert found.predict(score).min() == pytest.approx(edge)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "case",
    ["one label", "all good", "all bad", "separated", "upside down", "one score", "verdicts", "graded", "usual"],
)
def test_predictions_rise_with_the_score_and_stay_inside(kind: str, case: str) -> None:
    score = np.linspace(0.0, 1.0, 60)
    bad = (score > 0.5).astype(np.float64)
    cases: dict[str, tuple[Any, Any]] = {
        "one label": ([0.3], [1.0]), "all good": (score, 0 * score), "all bad": (score, 0 * score + 1),
        "separated": (score, bad), "upside down": (score, 1 - bad), "one score": (0 * score + 0.4, bad),
        "verdicts": (bad, np.roll(bad, 5)), "graded": (score, np.round(score * 2) / 2), "usual": labelled()[:2],
    }  # fmt: skip
    found = CALIBRATORS[kind](epsilon=0.001).fit(*cases[case]).predict(GRID)
    assert (found >= 0.001).all()
    assert (found <= 0.999).all()
    assert (np.diff(found) >= -1e-12).all()
    if case == "all good" and kind != "identity":
        assert found == pytest.approx(np.full(GRID.size, 1 / 62), rel=1e-3), "one bad one is added in mind"
    if case == "upside down" and kind != "identity":
        assert found == pytest.approx(np.full(GRID.size, 0.5), abs=1e-6), "a score that misleads tells nothing"


@pytest.mark.parametrize("kind", KINDS)
def test_labels_of_little_weight_are_not_many_labels(kind: str) -> None:
    score = np.linspace(0.1, 0.9, 200)
    weight = np.where(np.arange(200) == 0, 1e4, 1.0)
    if kind != "identity":
        assert CALIBRATORS[kind]().fit(score, 0 * score, weight).predict([0.5])[0] > 0.2, "worth about one"
        assert CALIBRATORS[kind]().fit(score, 0 * score).predict([0.5])[0] < 0.01


@pytest.mark.parametrize("kind", KINDS)
def test_it_follows_the_conventions_of_scikit_learn(kind: str) -> None:
    score, bad, weight = labelled(80)
    fitted = CALIBRATORS[kind](epsilon=0.01).fit(score, bad, weight)
    fresh = clone(fitted)
    assert fresh.get_params() == {"epsilon": 0.01}
    with pytest.raises(NotFitted, match="call fit"):
        fresh.predict(score)
    assert (fresh.fit(score, bad, weight).predict(GRID) == fitted.predict(GRID)).all()
    assert fresh.set_params(epsilon=0.2).predict([0.0, 1.0]).tolist()[0] >= 0.2
    with pytest.raises(ValueError, match="no parameter 'alpha'"):
        fresh.set_params(alpha=1)


@pytest.mark.parametrize("kind", KINDS)
def test_it_comes_back_from_json_as_it_was(kind: str) -> None:
    score, bad, weight = labelled(90)
    fitted = CALIBRATORS[kind]().fit(score, bad, weight)
    stored = json.loads(json.dumps(fitted.to_dict(), allow_nan=False))
    again = from_dict(stored)
    assert type(again) is type(fitted)
    assert (again.predict(GRID) == fitted.predict(GRID)).all()
    assert again.to_dict() == stored
    assert stored["labels"] == 90


def test_a_label_set_has_one_name_whatever_its_order_and_another_when_a_label_changes() -> None:
    score, bad, weight = labelled(50)
    order = np.random.default_rng(0).permutation(50)

    def name(*columns: np.ndarray) -> str:
        return PlattCalibrator().fit(*columns).label_set_

    one = name(score, bad, weight)
    assert one == name(score[order], bad[order], weight[order]) == name(score, bad, 4.0 * weight)
    assert one != name(score, np.where(np.arange(50) == 7, 1.0 - bad, bad), weight)


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"kind": "magic"}, "kind must be one of identity, platt, beta, isotonic"),
        ({"learned": {"intercept": 0.0}}, "no 'slopes'"),
        ({"learned": {"slopes": [-1.0], "intercept": 0.0}}, "finite numbers >= 0"),
        ({"learned": {"slopes": [1.0, 1.0], "intercept": 0.0}}, "1 finite numbers"),
        ({"learned": None}, "cannot be read"),
        ({"kind": "isotonic", "learned": {"scores": [0.1, 0.2], "rates": [0.9, 0.1]}}, "must ascend"),
    ],
)
def test_what_no_fit_could_have_given_is_refused(change: dict[str, Any], problem: str) -> None:
    stored = PlattCalibrator().fit([0.1, 0.9], [0.0, 1.0]).to_dict()
    with pytest.raises(ValueError, match=problem):
        from_dict(stored | change)


@pytest.mark.parametrize(
    ("score", "bad", "weight", "problem"),
    [
        ([], [], None, "nothing to learn from"),
        ([0.1, 1.5], [0, 1], None, "score must lie in"),
        ([0.1, float("nan")], [0, 1], None, "score must lie in"),
        ([0.1, 0.2], [0, 2], None, "bad must lie in"),
        ([0.1, 0.2], [0, 1], [1.0, 0.0], "weight must be a number above 0"),
        ([0.1, 0.2], [0], None, "differ in length"),
    ],
)
def test_numbers_outside_their_range_are_refused(score: Any, bad: Any, weight: Any, problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        PlattCalibrator().fit(score, bad, weight)


def test_a_failure_has_no_probability() -> None:
    for kind in KINDS:
        found = CALIBRATORS[kind]().fit(*labelled(60)).predict([0.2, float("nan"), 0.4])
        assert np.isnan(found).tolist() == [False, True, False]
