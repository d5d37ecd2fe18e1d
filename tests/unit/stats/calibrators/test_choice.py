"""Which calibrator is taken."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit, logit

from evaluator.stats.calibrators.choice import choose, folds_of, predicted_apart
from evaluator.stats.calibrators.logistic import PlattCalibrator


def drawn(truth: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return (rng.random(truth.size) < truth).astype(np.float64)


def test_a_score_that_is_a_probability_is_left_alone() -> None:
    taken = []
    for seed in range(20):
        rng = np.random.default_rng(seed)
        score = rng.random(150)
        taken.append(choose(score, drawn(score, rng)).calibrator.kind)
    assert taken.count("identity") >= 17, taken


def test_what_only_order_can_tell_takes_many_labels() -> None:
    rng = np.random.default_rng(3)
    score = rng.random(6000)
    steps = np.select([score < 0.35, score < 0.4, score < 0.8], [0.02, 0.25, 0.5], 0.52)
    found = choose(score, drawn(steps, rng))
    assert found.calibrator.kind == "isotonic"
    assert found.calibrator.predict([0.2, 0.6])[0] == pytest.approx(0.02, abs=0.015)
    assert choose(score[:100], drawn(steps, rng)[:100]).calibrator.kind != "isotonic"


def test_a_distorted_score_is_straightened() -> None:
    rng = np.random.default_rng(4)
    score = rng.random(800)
    truth = expit(2.0 * logit(score) - 1.0)
    found = choose(score, drawn(truth, rng))
    assert found.calibrator.kind in {"platt", "beta"}
    assert np.abs(found.calibrator.predict(score) - truth).mean() < 0.04 < np.abs(score - truth).mean()
    losses = {one.kind: one for one in found.candidates}
    assert losses["identity"].excess > 2 * losses["identity"].error > 0
    assert min(one.excess for one in found.candidates) == 0.0


def test_no_cluster_is_learned_from_and_predicted_in_one_fold() -> None:
    rng = np.random.default_rng(5)
    place = rng.integers(0, 40, 300)
    bad = drawn(np.full(300, 0.2), rng)
    fold = folds_of(np.unique(place, return_inverse=True)[1], bad, np.ones(300), 5, 0)
    for cluster in range(40):
        assert np.unique(fold[place == cluster]).size == 1
    counts = [bad[fold == k].sum() for k in range(5)]
    assert max(counts) - min(counts) <= 8

    score = rng.random(300)
    changed = np.where(place == 3, 1.0 - bad, bad)
    predicted, flipped = (
        predicted_apart(PlattCalibrator(), score, said, np.ones(300), fold) for said in (bad, changed)
    )
    rest = PlattCalibrator().fit(score[fold != fold[place == 3][0]], bad[fold != fold[place == 3][0]])
    assert predicted[place == 3] == pytest.approx(rest.predict(score[place == 3]), abs=1e-6)
    assert predicted[place != 3] != pytest.approx(flipped[place != 3])


def test_clusters_that_hold_copies_do_not_make_a_curve_look_proved() -> None:
    """Fifteen sessions of forty equal answers each: isotonic regression remembers them, unless they stay together."""
    rng = np.random.default_rng(6)
    cluster = np.repeat(np.arange(15), 40)
    score, bad = rng.random(15)[cluster], drawn(np.full(15, 0.4), rng)[cluster]
    together = {one.kind: one.loss for one in choose(score, bad, cluster=cluster).candidates}
    apart = {one.kind: one.loss for one in choose(score, bad).candidates}
    assert together["isotonic"] > apart["isotonic"] + 0.1
    assert choose(score, bad, cluster=cluster).calibrator.kind != "isotonic"


def test_few_labels_still_give_a_calibrator() -> None:
    one = choose([0.7], [1.0])
    assert (one.calibrator.kind, one.folds, one.candidates) == ("identity", 0, ())
    assert choose([0.7, 0.2], [1.0, 0.0], cluster=["s", "s"]).calibrator.kind == "identity"
    assert choose([0.7, 0.2, 0.3], [1.0, 0.0, 0.0]).folds == 3
    with pytest.raises(ValueError, match="cluster has 1 entries"):
        choose([0.7, 0.2], [1.0, 0.0], cluster=[1])


def test_a_score_that_cries_wolf_is_not_taken_at_its_word() -> None:
    found = choose(np.full(60, 0.9), np.zeros(60))
    assert found.calibrator.kind == "platt"
    assert found.calibrator.predict([0.9])[0] < 0.05
