"""An evaluator against people: numbers against other implementations, edges, and a quick look at the coverage."""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterator
from dataclasses import asdict

import numpy as np
import pytest
from scipy.stats import pearsonr, spearmanr
from sklearn.isotonic import IsotonicRegression
from sklearn.metrics import brier_score_loss, cohen_kappa_score, precision_score, recall_score

from evaluator.stats.agreement.brier import binned, brier
from evaluator.stats.agreement.evaluator import Agreement, agreement, agreement_by
from evaluator.stats.agreement.measure import Measure
from evaluator.stats.agreement.pairs import Pairs, nearest_level
from evaluator.stats.agreement.reliability import reliability_curve
from evaluator.stats.agreement.resampling import Resampling
from tests.support.judged import coverage, judged, measures


@pytest.fixture(scope="module")
def pairs() -> Pairs:
    return judged(np.random.default_rng(4), 150, -1.0)


@pytest.fixture(scope="module")
def found(pairs: Pairs) -> Agreement:
    return agreement(pairs, replicates=300)


def test_the_confusion_matrix_is_that_of_scikit_learn(pairs: Pairs, found: Agreement) -> None:
    bad, flagged, weight = pairs.people.astype(int), pairs.flagged.astype(int), pairs.weight
    table = found.confusion
    assert table.sensitivity.value == pytest.approx(recall_score(bad, flagged, sample_weight=weight))
    assert table.specificity.value == pytest.approx(recall_score(1 - bad, 1 - flagged, sample_weight=weight))
    assert table.precision.value == pytest.approx(precision_score(bad, flagged, sample_weight=weight))
    assert table.bad.value == pytest.approx(np.average(bad, weights=weight))
    assert table.flagged.value == pytest.approx(np.average(flagged, weights=weight))
    assert sum(map(sum, table.counts)) == len(pairs)
    assert table.shares is not None
    assert table.shares[1][0] == pytest.approx(np.average((flagged == 1) & (bad == 0), weights=weight))
    assert found.kappa.nominal.value == pytest.approx(cohen_kappa_score(flagged, bad, sample_weight=weight))


def test_the_brier_score_is_that_of_scikit_learn_and_is_the_sum_of_its_parts(pairs: Pairs, found: Agreement) -> None:
    parts = found.brier
    expected = brier_score_loss(pairs.people, pairs.score, sample_weight=pairs.weight)
    assert parts.score.value == pytest.approx(expected, abs=1e-12)
    assert parts.reliability.value - parts.resolution.value + parts.uncertainty.value == pytest.approx(expected)
    assert sum(one.share for one in parts.bins) == pytest.approx(1.0)
    assert sum(one.count for one in parts.bins) == len(pairs)
    assert len(parts.bins) == 10


def test_the_curve_is_the_isotonic_regression_of_scikit_learn(pairs: Pairs, found: Agreement) -> None:
    line = IsotonicRegression().fit(pairs.score, pairs.people, sample_weight=pairs.weight)
    assert [point.bad for point in found.curve] == pytest.approx(line.predict([point.score for point in found.curve]))
    for one, after in zip(found.curve, found.curve[1:], strict=False):
        assert one.low <= one.bad <= one.high
        assert one.score < after.score
    assert all(point.high - point.low > 0.0 for point in found.curve)


def test_correlations_are_those_of_scipy_with_ties_and_of_repeated_samples_with_weights() -> None:
    rng = np.random.default_rng(6)
    score, people = rng.integers(0, 6, 80) / 5.0, rng.integers(0, 3, 80) / 2.0
    plain = agreement(Pairs.of(score, people), levels=(0.0, 0.5, 1.0), replicates=100)
    assert plain.spearman.value == pytest.approx(spearmanr(score, people).statistic)
    assert plain.correlation.value == pytest.approx(pearsonr(score, people).statistic)
    times = rng.integers(1, 5, 80)
    weighted = agreement(Pairs.of(score, people, weight=times), levels=(0.0, 0.5, 1.0), replicates=100)
    both = np.repeat(score, times), np.repeat(people, times)
    assert weighted.spearman.value == pytest.approx(spearmanr(*both).statistic)
    assert weighted.correlation.value == pytest.approx(pearsonr(*both).statistic)


def test_a_calibrated_score_has_no_calibration_error_on_average() -> None:
    rng = np.random.default_rng(7)
    debiased, plain = [], []
    for _ in range(200):
        score = rng.random(120)
        people = (rng.random(120) < score).astype(np.float64)
        parts = brier(Pairs.of(score, people), Resampling.of(np.arange(120), replicates=100), 0.95)
        debiased.append(parts.reliability.value)
        plain.append(sum(one.share * (one.score - one.bad.value) ** 2 for one in parts.bins))
    assert abs(np.mean(debiased)) < 4 * np.std(debiased) / np.sqrt(200) < 0.003
    assert np.mean(plain) > 0.01


def test_resolution_is_the_variance_of_what_the_score_tells() -> None:
    rng = np.random.default_rng(8)
    score = rng.random(20_000)
    people = (rng.random(20_000) < score**2).astype(np.float64)
    parts = agreement(Pairs.of(score, people), replicates=100).brier
    # Of s^2, s even in [0, 1]: variance 1/5 - 1/9; squared distance from s: 1/3 - 2/4 + 1/5.
    assert parts.resolution.value == pytest.approx(4 / 45, abs=0.004)
    assert parts.reliability.value == pytest.approx(1 / 30, abs=0.003)
    assert parts.calibration_error.value == pytest.approx((1 / 30) ** 0.5, abs=0.008)
    assert parts.uncertainty.value == pytest.approx(2 / 9, abs=0.003)


def test_bins_hold_equal_scores_together() -> None:
    place = binned(np.array([0.1, 0.1, 0.1, 0.9, 0.9, 0.5]), np.ones(6), 6.0)
    assert np.unique(place).tolist() == [0]
    assert binned(np.array([0.0, 1.0, 1.0, 0.0]), np.ones(4), 40.0).tolist() == [0, 1, 1, 0]
    many = binned(np.linspace(0, 1, 1000), np.ones(1000), 1000.0)
    assert np.bincount(many).tolist() == [100] * 10


def test_graded_levels_are_compared_by_the_nearest() -> None:
    levels = (0.0, 0.5, 1.0)
    assert nearest_level(np.array([0.0, 0.24, 0.25, 0.6, 0.75, 1.0]), levels).tolist() == [0, 0, 1, 1, 2, 2]
    found = agreement(Pairs.of([0.1, 0.55, 0.9, 0.95] * 5, [0.0, 0.5, 1.0, 0.5] * 5), levels=levels, replicates=100)
    first, second = [0, 1, 2, 2] * 5, [0, 1, 2, 1] * 5
    for kind in ("linear", "quadratic"):
        assert getattr(found.kappa, kind).value == pytest.approx(cohen_kappa_score(first, second, weights=kind))
    assert found.beyond_chance.ac2.value > found.beyond_chance.ac1.value, "neighbours disagree only a little"


def everything(found: Agreement) -> Iterator[tuple[str, Measure]]:
    yield from measures(found).items()
    for part in (found.kappa, found.beyond_chance):
        yield from ((name, getattr(part, name)) for name in part.__slots__)


@pytest.mark.parametrize(
    ("score", "people", "cluster", "told"),
    [
        ([], [], None, set()),
        ([0.4], [1.0], None, {"rate", "right", "Brier"}),
        ([0.9, 0.8, 0.9], [1.0, 1.0, 1.0], None, {"right", "AC1", "sensitivity"}),
        ([0.0] * 9, [0.0] * 9, None, {"right", "AC1", "specificity", "Brier"}),
        ([0.6] * 6, [0.0, 1.0] * 3, None, {"rate", "right", "kappa", "Brier"}),
        ([0.1, 0.9, 0.2, 0.8], [0.0, 1.0, 1.0, 0.0], [3, 3, 3, 3], {"rate", "kappa", "Spearman"}),
        ([0.0, 1.0], [0.0, 1.0], None, {"rate", "kappa", "AC1", "Spearman"}),
        ([0.0, 1.0], [1.0, 0.0], None, {"rate", "kappa", "AC1", "Spearman"}),
    ],
)
def test_what_the_pairs_do_not_tell_has_a_reason(
    score: list[float], people: list[float], cluster: list[int] | None, told: set[str]
) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = agreement(Pairs.of(score, people, cluster=cluster), replicates=100)
    values = dict(everything(found))
    assert told <= {name for name, measure in values.items() if measure.value is not None}
    for name, measure in values.items():
        if measure.value is None or measure.low is None:
            assert measure.reason, name
        else:
            assert measure.low <= measure.value <= measure.high, name
            assert measure.low < measure.high, name
    json.dumps(asdict(found), allow_nan=False)


def test_perfect_agreement_is_not_proved_by_a_few() -> None:
    right = np.tile([0.0, 0.0, 0.0, 1.0], 10)
    found = agreement(Pairs.of(right, right), replicates=1000)
    for measure in (found.kappa.nominal, found.beyond_chance.alpha_nominal, found.beyond_chance.ac1):
        assert measure.value == measure.high == pytest.approx(1.0)
        assert 0.6 < measure.low < 0.9
    assert found.spearman.value == pytest.approx(1.0)
    assert 0.7 < found.spearman.low < 0.95
    assert found.confusion.sensitivity.low == pytest.approx(0.69, abs=0.03), "ten of ten"
    assert found.confusion.specificity.low == pytest.approx(0.88, abs=0.02), "thirty of thirty"


def test_what_cannot_be_paired_is_left_out_and_counted() -> None:
    nan = float("nan")
    found = Pairs.of([0.1, nan, 0.5, 2.0, 0.3], [1.0, 1.0, nan, 0.0, 0.0], weight=[1.0, 1.0, 1.0, 1.0, 0.0])
    assert (len(found), found.left_out) == (1, 4)
    with pytest.raises(ValueError, match="people has 1 entries where score has 2"):
        Pairs.of([0.1, 0.2], [1.0])


def test_slices_are_the_agreement_of_their_pairs(pairs: Pairs) -> None:
    values = np.where(np.arange(len(pairs)) % 3 == 0, "v1", "v2").tolist()
    sliced = agreement_by(pairs, values, replicates=100, seed=3)
    alone = agreement(pairs.take(np.flatnonzero(np.asarray(values) == "v2")), replicates=100, seed=3)
    assert list(sliced) == ["v1", "v2"]
    assert sliced["v2"] == alone
    with pytest.raises(ValueError, match="values has 1 entries"):
        agreement_by(pairs, ["v1"])


def test_parameters_outside_their_range_are_refused(pairs: Pairs) -> None:
    with pytest.raises(ValueError, match="level must lie in"):
        agreement(pairs, level=1.0)
    for levels in ((0.0,), (1.0, 0.0), (0.0, 0.0, 1.0), (0.0, 2.0)):
        with pytest.raises(ValueError, match="levels must be at least two ascending values"):
            agreement(pairs, levels=levels)


@pytest.mark.parametrize("centre", [-1.0, -3.0])
def test_intervals_cover(centre: float) -> None:
    rows = list(coverage(40, centre, repeats=80, seed=12, replicates=200))
    for row in rows:
        assert row.covered >= 0.95 - 4 * np.sqrt(0.95 * 0.05 / 80), row
    assert sum(row.covered for row in rows) / len(rows) >= 0.945


def test_the_band_of_the_curve_holds_the_truth() -> None:
    rng = np.random.default_rng(13)
    inside = []
    for seed in range(100):
        score = rng.random(150)
        bad = (rng.random(150) < score**2).astype(np.float64)
        held = Resampling.of(np.arange(150), replicates=200, seed=seed)
        inside.append([p.low <= p.score**2 <= p.high for p in reliability_curve(Pairs.of(score, bad), held, 0.95)])
    covered = np.mean(inside, axis=0)
    assert covered.mean() >= 0.93
    assert covered.min() >= 0.8
    width = np.mean([p.high - p.low for p in reliability_curve(Pairs.of(score, bad), held, 0.95)])
    assert width < 0.5
