"""Every sample of tiny populations, enumerated with its probability: estimates are right on average, and variances
are those that there are."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from evaluator.stats.estimators import difference as module
from evaluator.stats.estimators.difference import difference
from tests.support.labelled.every import Tiny, of_fixed_size, of_samples, poisson, reviewed

SCALES = [0.0, 0.35, 1.0]
NAN = np.nan
SEVEN = Tiny(
    stratum=np.array([0, 0, 0, 0, 1, 1, 1]),
    score=np.array([0.9, 0.2, NAN, 0.6, 0.1, NAN, 0.8]),
    bad=np.array([1.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0]),
    inclusion=np.array([0.75] * 4 + [2 / 3] * 3),
    review=np.array([2 / 3] * 4 + [0.5] * 3),
)
SIX = Tiny(
    stratum=np.array([0, 0, 0, 1, 1, 1]),
    score=np.array([0.9, 0.2, NAN, 0.7, 0.1, 0.4]),
    bad=np.array([1.0, 0.0, 0.0, 1.0, 0.0, 1.0]),
    inclusion=np.array([0.9] * 3 + [0.8] * 3),
    review=np.array([0.9, 0.8, 0.9, 0.9, 0.85, 0.9]),
)


@pytest.fixture(params=SCALES)
def scale(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> float:
    """A lambda that is fixed, not fitted."""
    monkeypatch.setattr(module, "_scale", lambda joint, *_: np.full(joint.constant.size, request.param))
    return float(request.param)


def test_every_sample_of_fixed_size_gives_the_truth_on_average(scale: float) -> None:
    """With as many of each stratum in every sample, and failures that always fail, there is no bias at all."""
    selected, asked, chance = of_fixed_size(SEVEN, (3, 2), (2, 1))
    found = difference(of_samples(SEVEN, selected, asked), len(selected))
    assert len(selected) == 4 * 3 * 3 * 2
    assert (found.scale == scale).all()
    assert found.estimate @ chance == pytest.approx(SEVEN.truth, abs=1e-12)


def test_samples_of_any_size_are_biased_by_the_ratio_only(scale: float) -> None:
    """Drawn one by one, the weights of a sample do not add up to the population: a ratio, whose bias is of the order
    of its variance over its size, and vanishes with it."""
    selected, asked, chance = poisson(SIX)
    found = difference(of_samples(SIX, selected, asked), len(selected))
    some = found.labels > 0
    assert chance.sum() == pytest.approx(1.0)
    bias = (found.estimate - SIX.truth)[some] @ chance[some] / chance[some].sum()
    # First order: what is left when the Horvitz-Thompson totals are put in for the ratio.
    weight = 1.0 / (SIX.inclusion * SIX.review)
    linear = asked @ (weight * (SIX.bad - SIX.truth)) / SIX.bad.size
    assert linear @ chance == pytest.approx(0.0, abs=1e-12)
    assert abs(bias) < 0.012


def test_the_variance_of_a_window_is_that_of_all_its_samples(scale: float) -> None:
    selected, asked, chance = poisson(SIX)
    found = difference(of_samples(SIX, selected, asked), len(selected))
    some = found.labels > 0
    chance = chance[some] / chance[some].sum()
    mean = found.estimate[some] @ chance
    true = (found.estimate[some] - mean) ** 2 @ chance
    assert np.nan_to_num(found.variance[some]) @ chance == pytest.approx(true, rel=0.6), "six units are few"


@pytest.mark.parametrize(("copies", "off"), [(8, 0.12), (64, 0.05)])
def test_it_becomes_exact_as_the_window_grows(scale: float, copies: int, off: float) -> None:
    rng, repeats = np.random.default_rng(3), 6000 if copies < 20 else 3000
    people = SIX.take(np.tile(np.arange(6), copies))
    selected = rng.random((repeats, people.bad.size)) < people.inclusion
    asked = selected & (rng.random(selected.shape) < people.review)
    found = difference(of_samples(people, selected, asked), repeats)
    assert found.estimate.mean() == pytest.approx(people.truth, abs=4 * found.estimate.std() / repeats**0.5)
    assert found.variance.mean() == pytest.approx(found.estimate.var(), rel=off + 2 * (2 / repeats) ** 0.5)


KINDS = Tiny(
    stratum=np.array([0, 1, 0, 1, 1]),
    score=np.array([0.9, 0.7, 0.2, 0.3, NAN]),
    bad=np.array([1.0, 1.0, 0.0, 0.0, 1.0]),
    inclusion=np.array([0.9, 0.8, 0.9, 0.8, 0.8]),
    review=np.array([0.85, 0.9, 0.9, 0.85, 0.9]),
)
CLUSTERS = [np.array([0, 1]), np.array([2, 3]), np.array([4])]
"""Kinds of sessions that the process makes, all as likely; two of two units, all bad or all good."""
RATE = 3 / 5
"""Of the process: bad units over units that a session has on average."""


def test_the_variance_of_a_process_is_that_of_all_traffic_and_all_samples(scale: float) -> None:
    """Three sessions that may each be of any kind, and every sample of them."""
    estimates, variances, chances, labels = [], [], [], []
    for kinds in itertools.product(range(len(CLUSTERS)), repeat=3):
        people = KINDS.take(np.concatenate([CLUSTERS[kind] for kind in kinds]))
        cluster = np.repeat(np.arange(1, 4), [CLUSTERS[kind].size for kind in kinds])
        selected, asked, chance = poisson(people)
        found = difference(of_samples(people, selected, asked, cluster), len(selected))
        estimates.append(found.estimate)
        variances.append(found.variance)
        labels.append(found.labels)
        chances.append(chance / len(CLUSTERS) ** 3)
    estimate, variance, chance = (np.concatenate(parts) for parts in (estimates, variances, chances))
    some = np.concatenate(labels) > 0
    assert chance.sum() == pytest.approx(1.0)
    chance = chance[some] / chance[some].sum()
    mean = estimate[some] @ chance
    true = (estimate[some] - mean) ** 2 @ chance
    assert mean == pytest.approx(RATE, abs=0.08)
    assert 0.7 * true < variance[some] @ chance < 1.8 * true, "three sessions are few, and err on the wide side"


def test_it_becomes_exact_as_the_traffic_grows(scale: float) -> None:
    rng, repeats, sessions = np.random.default_rng(8), 4000, 60
    kinds = rng.integers(0, len(CLUSTERS), (repeats, sessions))
    sizes = np.array([part.size for part in CLUSTERS])[kinds]
    # Sessions of one unit are filled up with one that is never selected.
    units = np.stack([np.array([part[0], part[-1]]) for part in CLUSTERS])[kinds].reshape(repeats, -1)
    there = np.stack([np.ones((repeats, sessions)), sizes == 2], axis=2).reshape(repeats, -1) > 0
    every = KINDS.take(units.ravel())
    draw = rng.random((2, units.size))
    selected = there.ravel() & (draw[0] < every.inclusion)
    asked = selected & (draw[1] < every.review)
    session = np.repeat(np.arange(repeats * sessions) + 1, 2)
    window = np.repeat(np.arange(repeats), 2 * sessions)
    found = difference(reviewed(every, window, repeats, selected, asked, session), repeats)
    assert found.estimate.mean() == pytest.approx(RATE, abs=4 * found.estimate.std() / repeats**0.5 + 0.002)
    assert found.variance.mean() == pytest.approx(found.estimate.var(), rel=0.05 + 2 * (2 / repeats) ** 0.5)
