"""Proof that rates of a cascade are right: a cheap score of all that is selected, a costly one of a part, people's
verdicts on a part of that (-s prints the table)."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from evaluator.stats.cells import Cells
from evaluator.stats.columns import Floats
from evaluator.stats.estimators.estimator import Evidence
from evaluator.stats.estimators.labels import rates_of
from evaluator.stats.estimators.phases import Phase, phased
from evaluator.stats.estimators.rates import Rates
from evaluator.stats.units import State
from tests.support.labelled.measured import Found, found
from tests.support.labelled.populations import Population, ragtruth, summeval, synthetic
from tests.support.labelled.proof import LEGEND, Proof
from tests.support.labelled.waves import Wave
from tests.support.labelled.windows import Scenario, arrive

pytestmark = [pytest.mark.prove, pytest.mark.timeout(3600)]
WINDOWS, BATCH = 500, 250
FLOOR = 0.2
"""The least probability with which the costly evaluator runs."""
COLUMNS = ("population", "r", "labels", "raw", "raw, with the cheap score", "corrected", "corrected, with it")
proof = Proof(f"A costly score on {FLOOR:.0%} to 100 % of 2,000 units, likelier by a cheap one", COLUMNS, LEGEND)


@pytest.fixture(scope="module", autouse=True)
def table() -> Iterator[None]:
    yield
    proof.close()


def windows(rng: np.random.Generator, people: Population, size: int, labels: int) -> list[Rates]:
    """Raw and corrected rates of `size` windows, each without and with the cheap score."""
    traffic = arrive(rng, people, Scenario("", (Wave("uniform", labels),)), size)
    unit, n = traffic.unit, traffic.unit.size
    cheap, score, bad = people.cheap[unit], people.score[unit], people.bad[unit]
    runs = FLOOR + (1.0 - FLOOR) * cheap
    chosen = np.where(people.flagged[unit], 1.0, 0.5)
    judged = np.bincount(traffic.window, weights=chosen * runs, minlength=size)
    chances = (chosen, runs, np.minimum(1.0, labels / judged[traffic.window]))
    reached = np.cumprod([rng.random(n) < chance for chance in chances], axis=0).sum(axis=0)
    weights = np.cumprod([1.0 / chance for chance in chances], axis=0)
    selected, scored, asked = (Phase(reached > k, weights[k], v) for k, v in enumerate((cheap, score, bad)))
    state = np.where(reached > 1, State.SCORED, State.UNSELECTED).astype(np.int8)
    keys = traffic.cluster.astype(np.uint64)
    evidence = Evidence(Cells.of(weights[1], score, state, keys, None, traffic.window, size), np.arange(size), size)

    def rates(*phases: Phase, people_too: bool) -> Rates:
        return rates_of(phased(phases, traffic.window, keys, size), evidence, 0.95, "corrected", by_people=people_too)

    alone = Phase(scored.inside, scored.weight, np.zeros(n))
    return [
        rates(alone, scored, people_too=False),
        rates(selected, scored, people_too=False),
        rates(scored, asked, people_too=True),
        rates(selected, scored, asked, people_too=True),
    ]


def measured(people: Population, labels: int) -> list[Found]:
    rng = np.random.default_rng(1)
    every = list(zip(*(windows(rng, people, BATCH, labels) for _ in range(WINDOWS // BATCH)), strict=True))
    truths: tuple[Floats, ...] = (people.score, people.score, people.bad, people.bad)
    return [found(list(rates), float(truth.mean())) for rates, truth in zip(every, truths, strict=True)]


@pytest.mark.parametrize("labels", [100, 400])
@pytest.mark.parametrize("name", ["GPT-4", "RAGTruth", "synthetic"])
def test_a_cascade(name: str, labels: int) -> None:
    real = {"GPT-4": lambda: summeval("GPT-4", "consistency", 3.0), "RAGTruth": ragtruth}
    people = real[name]() if name in real else synthetic(0.3, 0.75)
    raw, in_phases, corrected, in_three = measured(people, labels)
    correlation = float(np.corrcoef(people.cheap, people.score)[0, 1])
    proof.row(people.name, f"{correlation:.2f}", labels, raw, in_phases, corrected, in_three)
    for one in (in_phases, in_three):
        assert one.coverage >= 0.93
        assert abs(one.bias) <= 4 * one.error + 0.1 * one.width
    assert in_phases.width < raw.width
    assert in_three.width < 1.01 * corrected.width
