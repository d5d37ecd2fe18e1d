"""Proof of what rates say of traffic that nobody could label: outside of a frame, and at other times (-s prints the
tables)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from tests.support.labelled.measured import carry, measure
from tests.support.labelled.populations import Population, judged_otherwise, moved, population, synthetic, together
from tests.support.labelled.proof import Proof
from tests.support.labelled.waves import Wave
from tests.support.labelled.windows import Scenario

pytestmark = [pytest.mark.prove, pytest.mark.timeout(3600)]
frames = Proof(
    "A frame that holds a part of the window, 100 labels; truth is the whole window’s",
    ("frame", "rate in it", "rate outside", "raw", "human", "corrected"),
)
others = Proof(
    "Labels of another time, 400 of them", ("", "what moved", "rate then", "rate now", "stands", "raw", "transported")
)


@pytest.fixture(scope="module", autouse=True)
def tables() -> Iterator[None]:
    yield
    frames.close()
    others.close()


@pytest.mark.parametrize("share", [1.0, 0.8, 0.6])
@pytest.mark.parametrize("outside", [0.1, 0.4])
def test_a_window_that_a_frame_covers_in_part(share: float, outside: float) -> None:
    """The estimate is that of the frame; the interval allows the rest any rate, so that it is never wrong."""
    inside, rest = moved(synthetic(0.1, 0.75), 0.1), moved(synthetic(0.1, 0.75), outside, seed=3)
    every = together(inside, rest)
    scenario = Scenario("", (Wave("active", 100),), framed=share)
    early = int(inside.cluster.max()) + 1
    found = measure(every, scenario, methods=("raw", "human", "corrected"), early=early)
    truth = share * inside.rate + (1.0 - share) * rest.rate
    found = {name: replace(one, truth=truth) for name, one in found.items()}
    frames.row(f"{share:.0%}", f"{inside.rate:.2f}", f"{rest.rate:.2f}", *found.values())
    for name in ("human", "corrected"):
        one = found[name]
        assert one.estimate.mean() == pytest.approx(inside.rate, abs=0.01)
        assert one.coverage >= (0.93 if share == 1.0 else 0.99)
        assert one.width >= 1.0 - share
        assert one.refused == 0.0


def versions(first: float, shares: tuple[float, float], other: Population) -> Population:
    """Two versions in proportion; the first is of synthetic units of rate `first`, the second `other`."""
    one = moved(synthetic(0.2, 0.75), first)
    rng = np.random.default_rng(4)
    take = [rng.choice(40_000, round(40_000 * share)) for share in shares]
    score = np.concatenate([one.score[take[0]], other.score[take[1]]])
    return population(
        "versions", score, np.concatenate([one.bad[take[0]], other.bad[take[1]]]), np.arange(score.size)
    )


def case(name: str) -> tuple[Population, Population, bool, float]:
    """The labelled traffic, the other, whether transported should stand, and the share of it that has labels."""
    people = synthetic(0.2, 0.75)
    same, strange = moved(people, 0.4, seed=6), judged_otherwise(moved(people, 0.4, seed=6))
    if name == "nothing":
        return moved(people, 0.2), moved(people, 0.2, seed=7), True, 1.0
    if name == "the rate, up":
        return moved(people, 0.1), moved(people, 0.4, seed=7), True, 1.0
    if name == "the rate, down":
        return moved(people, 0.4), moved(people, 0.1, seed=7), True, 1.0
    if name == "the mix of versions":
        return versions(0.1, (0.7, 0.3), same), versions(0.1, (0.2, 0.8), same), True, 1.0
    if name == "the mix of versions that score apart":
        return versions(0.1, (0.9, 0.1), strange), versions(0.1, (0.1, 0.9), strange), False, 1.0
    if name == "a third is of a version without labels":
        return moved(people, 0.2), moved(people, 0.2, seed=7), True, 2 / 3
    return moved(people, 0.2), judged_otherwise(moved(people, 0.2, seed=7)), False, 1.0


CASES = (
    "nothing", "the rate, up", "the rate, down", "the mix of versions", "a third is of a version without labels",
    "the mix of versions that score apart", "the judge",
)  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_labels_of_another_time(name: str) -> None:
    labelled, traffic, stands, share = case(name)
    found = carry(labelled, traffic, Scenario("", (Wave("active", 400),)), share=share)
    others.row(
        CASES.index(name) + 1,
        name,
        f"{labelled.rate:.2f}",
        f"{traffic.rate:.2f}",
        "yes" if stands else "no",
        *found.values(),
    )
    transported = found["transported"]
    if stands:
        assert transported.coverage >= 0.93
        assert abs(transported.bias) < 0.015
    else:
        assert transported.coverage < 0.5, "another judge is another scale: it must be seen, not carried over"
