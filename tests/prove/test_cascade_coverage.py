"""Proof that rates of a cascade are right, and that it needs fewer calls of what is costly (-s prints the table)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bench.cascade.__main__ import DESIGNS, calls_needed
from bench.cascade.populations import SUMMEVAL, Population, summeval, synthetic
from bench.cascade.windows import Design, best_share, measure
from tests.support.labelled.proof import Proof

pytestmark = [pytest.mark.prove, pytest.mark.timeout(3600)]
WINDOWS = 1000
COLUMNS = ("population", "r", "traffic", "calls", "share of a flat sample’s", "at best", "raw", "human", "corrected")
proof = Proof("A cascade", COLUMNS, "bias · coverage · width")


@pytest.fixture(scope="module", autouse=True)
def table() -> Iterator[None]:
    yield
    proof.close()


def population(name: str) -> Population:
    if name.startswith("synthetic"):
        _, rate, squared = name.split()
        return synthetic(float(rate), float(squared))
    if not SUMMEVAL.exists():
        pytest.skip(f"{SUMMEVAL} is missing: the labelled sets are not part of the repository")
    return summeval(name, 3.0)


@pytest.mark.parametrize("design", DESIGNS, ids=lambda d: f"{d.units} at {d.rate}")
@pytest.mark.parametrize(
    ("name", "most"),
    [
        ("consistency", 0.75),
        ("relevance", 0.8),
        ("coherence", 0.9),
        ("synthetic 0.1 0.5", 0.5),
        ("synthetic 0.3 0.5", 0.6),
    ],
)
def test_a_cascade(name: str, most: float, design: Design) -> None:
    people = population(name)
    found = measure(people, design, WINDOWS)
    needed = calls_needed(people, design, found, WINDOWS // 4)
    told = [found.by_method[method] for method in ("raw", "human", "corrected")]
    proof.row(
        people.name, f"{people.correlation:.2f}", design.units, round(found.calls), f"{found.calls / needed:.2f}",
        f"{best_share(people):.2f}", *(f"{f.bias:+.3f} · {f.coverage:.3f} · {f.width:.3f}" for f in told),
    )  # fmt: skip
    for one in told:
        assert one.coverage >= 0.93
        assert abs(one.bias) <= 4 * one.error + 0.1 * one.width
    if design.units >= 3000:
        assert found.calls <= most * needed
    assert found.calls <= 1.02 * needed
