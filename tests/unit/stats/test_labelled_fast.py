"""The quick form of the proofs of rates by labels: a few cells, enough windows to see a broken estimator."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from evaluator.stats.estimators.labels import HUMAN
from tests.support.labelled.measured import Found, carry, measure
from tests.support.labelled.populations import judged_otherwise, moved, synthetic
from tests.support.labelled.waves import Wave
from tests.support.labelled.windows import Scenario, arrive, evidence

WINDOWS = 250
SLACK = 3 * math.sqrt(0.95 * 0.05 / WINDOWS)
ACTIVE = Scenario("active", (Wave("active", 100),), units=600)
ALL = Scenario(
    "all at once", (Wave("active", 66), Wave("uniform", 50)), 600,
    costly=0.5, fail=0.15, silent=(0.15, 0.05), outside=0.15,
)  # fmt: skip
PEOPLE = judged_otherwise(synthetic(0.2, 0.75, clusters=4000))


def right(found: Found) -> bool:
    return found.coverage >= 0.95 - SLACK and abs(found.bias) <= 4 * found.error + 0.05 * found.width


@pytest.mark.parametrize("finite", [False, True], ids=["process", "window"])
@pytest.mark.parametrize(
    "scenario", [ACTIVE, ALL, Scenario("standing", (Wave("standing", 100),), 600)], ids=lambda s: s.name
)
def test_labels_make_rates_right_whatever_the_judge_says(scenario: Scenario, finite: bool) -> None:
    found = measure(PEOPLE, replace(scenario, finite=finite), WINDOWS, methods=("raw", "human", "corrected"))
    assert right(found["human"])
    assert right(found["corrected"])
    assert found["raw"].coverage < 0.1, "the judge is far too strict"
    assert found["corrected"].refused == 0.0
    assert found["corrected"].width < found["human"].width
    assert found["corrected"].ratio < 1.45


def test_labels_without_their_probabilities_are_of_something_else() -> None:
    """An active wave asks about what leaves most in doubt; that is not what traffic is."""
    rng, people = np.random.default_rng(3), synthetic(0.2, 0.75, clusters=4000)
    seen = evidence(rng, arrive(rng, people, ACTIVE, WINDOWS), ACTIVE)
    assert seen.reviewed is not None
    units = seen.reviewed.units
    blind = replace(seen.reviewed, units=replace(units, review=np.ones(len(units))))
    honest, naive = (
        HUMAN.rates(replace(seen, reviewed=one)).numbers.estimate.mean() for one in (seen.reviewed, blind)
    )
    assert abs(honest - people.rate) < 0.01
    assert naive > people.rate + 0.05


@pytest.mark.parametrize(("then", "now"), [(0.1, 0.4), (0.4, 0.1)])
def test_a_rate_that_moved_is_carried_over_and_a_judge_that_moved_is_not(then: float, now: float) -> None:
    people, scenario = synthetic(0.2, 0.75, clusters=4000), Scenario("", (Wave("active", 250),), units=1000)
    traffic = moved(people, now, seed=7)
    stands = carry(moved(people, then), traffic, scenario, 120)
    assert stands["transported"].coverage >= 0.88
    assert abs(stands["transported"].bias) < 0.03
    fails = carry(moved(people, then), judged_otherwise(traffic), scenario, 120)
    assert fails["transported"].coverage < 0.5
