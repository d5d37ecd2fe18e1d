"""Proof that rates by labels stay right however the labels are drawn, for a window and for its process (-s prints the
tables)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.support.labelled.measured import measure
from tests.support.labelled.populations import Population, ragtruth, summeval, synthetic
from tests.support.labelled.proof import Proof
from tests.support.labelled.waves import Wave
from tests.support.labelled.windows import Scenario

pytestmark = [pytest.mark.prove, pytest.mark.timeout(3600)]
ACTIVE = (Wave("active", 100),)
DESIGNS = (
    Scenario("uniform", (Wave("uniform", 100),)),
    Scenario("stratified", (Wave("stratified", 100),)),
    Scenario("active", ACTIVE),
    Scenario("two waves that overlap", (Wave("active", 60), Wave("uniform", 45))),
    Scenario("a top-up by the first g", (Wave("active", 50), Wave("active", 55))),
    Scenario("standing", (Wave("standing", 100),)),
    Scenario("a costly score on 20 to 100 %", ACTIVE, costly=0.2),
    Scenario("15 % failures, by difficulty", ACTIVE, fail=0.15),
    Scenario("10 % give no answer", (Wave("active", 112),), silent=(0.15, 0.05)),
    Scenario("15 % have nothing to judge", ACTIVE, outside=0.15),
    Scenario("points of one series, 30 labels each", (Wave("active", 30),), pooled=True),
    Scenario("all of it at once", (Wave("active", 66), Wave("uniform", 50)), costly=0.5, fail=0.15,
             silent=(0.15, 0.05), outside=0.15),
)  # fmt: skip
METHODS = ("raw", "human", "corrected")
COLUMNS = ("", "design", "raw", "human", "corrected", "human, the window", "corrected, the window")
proofs: dict[str, Proof] = {}
bound = Proof(
    "What labels are worth with a judge, lone units, all of them scored",
    ("r", "scored", "wave", "labels", "effective labels a label", "by its own account", "bound of a uniform wave"),
    "by the variance of 1,000 estimates, against labels of a uniform wave by themselves",
)


@pytest.fixture(scope="module", autouse=True)
def tables() -> Iterator[None]:
    yield
    for proof in (*proofs.values(), bound):
        proof.close()


def population(name: str) -> Population:
    if name == "GPT-4":
        return summeval("GPT-4", "consistency", 3.0)
    return ragtruth() if name == "RAGTruth" else synthetic(0.02, 0.54)


@pytest.mark.parametrize("design", DESIGNS, ids=lambda d: d.name)
@pytest.mark.parametrize("name", ["GPT-4", "RAGTruth", "rare"])
def test_designs(name: str, design: Scenario) -> None:
    people = population(name)
    title = f"{people.name}, rate {people.rate:.3f}, about 100 labels of 2,000 units"
    proof = proofs.setdefault(name, Proof(title, COLUMNS))
    process = proof.corrected(people, design, methods=METHODS)
    window = proof.corrected(people, replace(design, finite=True), methods=METHODS)
    proof.row(DESIGNS.index(design) + 1, design.name, *process.values(), window["human"], window["corrected"])
    for found in (process, window):
        assert found["human"].coverage >= 0.93
    assert window["corrected"].width <= process["corrected"].width


@pytest.mark.parametrize("kind", ["uniform", "active"])
@pytest.mark.parametrize(("correlation", "scored"), [(0.54, 1800), (0.75, 1800), (0.75, 6000), (0.9, 1800)])
def test_what_labels_are_worth(correlation: float, scored: int, kind: str) -> None:
    labels = 200
    people = synthetic(0.3, correlation, clusters=60_000, size=1.0)
    design = Scenario("", (Wave(kind, labels),), scored, (1.0, 1.0))
    found = measure(people, design, 1000, methods=("corrected",))["corrected"]
    worth = people.rate * (1.0 - people.rate) / found.estimate.var() / labels
    said = float((found.effective / found.labels).mean())
    most = 1.0 / (1.0 - correlation**2 * (1.0 - labels / scored))
    bound.row(correlation, scored, kind, labels, f"{worth:.2f}", f"{said:.2f}", f"{most:.2f}")
    assert 0.8 * worth <= said <= 1.1 * worth, "it does not promise more than it has"
    if kind == "uniform":
        assert worth <= 1.15 * most
    elif correlation >= 0.75:
        assert worth >= 2.0
