"""Proof of what raw intervals of small windows are worth: they cover, and are not much wider than they must be (-s
prints the table)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.labelled.proof import Proof
from tests.support.strata_windows import measure

pytestmark = [pytest.mark.prove, pytest.mark.timeout(1800)]
proof = Proof("Three strata at 10, 40 and 100 %, sessions, failures", ("scored", "rate", "raw"))


@pytest.fixture(scope="module", autouse=True)
def table() -> Iterator[None]:
    yield
    proof.close()


@pytest.mark.parametrize("scored", [23, 85, 450, 1500])
@pytest.mark.parametrize("rate", [0.005, 0.02, 0.1, 0.3])
def test_small_windows(rate: float, scored: int) -> None:
    found = measure(scored, rate)
    proof.row(scored, rate, found)
    assert found.coverage >= 0.93
    if scored * rate >= 1.5:
        assert found.ratio <= 1.6
