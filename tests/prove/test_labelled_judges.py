"""Proof on real judges and on synthetic ones that people's labels make rates right, whatever the evaluator's errors
(-s prints the tables)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.labelled.measured import METHODS
from tests.support.labelled.populations import JUDGES, Population, ragtruth, summeval, synthetic, verdicts
from tests.support.labelled.proof import Proof
from tests.support.labelled.waves import Wave
from tests.support.labelled.windows import Scenario

pytestmark = [pytest.mark.prove, pytest.mark.timeout(3600)]
BUDGETS = (30, 100, 400)
COLUMNS = ("population", "rate", "r", "labels", *METHODS)
BAD_BELOW = (("fluency", 2.0), ("consistency", 3.0), ("coherence", 2.67), ("relevance", 3.67))
"""Of the experts' mean, from 1 to 5: about 2, 12, 34 and 49 % are bad."""
real = Proof("Real verdicts, windows of 2,000 units with whole contexts drawn together, active waves", COLUMNS)
made = Proof("Synthetic judges, windows of 2,000 units in sessions of three, uniform waves", COLUMNS)


@pytest.fixture(scope="module", autouse=True)
def tables() -> Iterator[None]:
    yield
    real.close()
    made.close()


def cell(proof: Proof, people: Population, kind: str, labels: int) -> None:
    found = proof.corrected(people, Scenario("", (Wave(kind, labels),)))
    proof.row(people.name, f"{people.rate:.3f}", f"{people.correlation:.2f}", labels, *found.values())
    assert found["human"].coverage >= 0.93
    if proof is real:
        assert found["raw"].coverage < 0.5, "real judges are wrong, and raw does not know it"


@pytest.mark.parametrize("labels", BUDGETS)
@pytest.mark.parametrize(("dimension", "cut"), BAD_BELOW)
@pytest.mark.parametrize("judge", JUDGES)
def test_judges_of_summaries(judge: str, dimension: str, cut: float, labels: int) -> None:
    cell(real, summeval(judge, dimension, cut), "active", labels)


@pytest.mark.parametrize("labels", BUDGETS)
def test_the_bundled_detector(labels: int) -> None:
    cell(real, ragtruth(), "active", labels)


@pytest.mark.parametrize("labels", BUDGETS)
@pytest.mark.parametrize("rate", [0.02, 0.1, 0.3, 0.5])
@pytest.mark.parametrize("correlation", [0.54, 0.75])
def test_synthetic_judges(correlation: float, rate: float, labels: int) -> None:
    cell(made, synthetic(rate, correlation), "uniform", labels)


@pytest.mark.parametrize("rate", [0.05, 0.3])
@pytest.mark.parametrize(("missed", "alarms"), [(0.02, 0.02), (0.1, 0.002)])
def test_verdicts_that_are_rarely_wrong(missed: float, alarms: float, rate: float) -> None:
    cell(made, verdicts(rate, missed, alarms), "uniform", 100)
