"""A plain share and its interval."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from evaluator.stats.shares import share


def test_it_lies_within_its_interval() -> None:
    for count, size in ((0, 5), (5, 5), (1, 3), (50, 100)):
        found = share(count, size)
        assert found.estimate == count / size
        assert 0.0 <= found.low <= found.estimate <= found.high <= 1.0
        assert found.high - found.low > 0


def test_of_none_nothing_is_said() -> None:
    assert (share(0, 0).estimate, share(0, 0).low, share(0, 0).high) == (None, 0.0, 1.0)


@pytest.mark.parametrize(("count", "size"), [(-1, 3), (4, 3), (1, 0)])
def test_what_can_not_be(count: int, size: int) -> None:
    with pytest.raises(ValueError, match="can not be"):
        share(count, size)


def test_coverage() -> None:
    """On average over rates it covers what it promises."""
    covered = []
    for rate in np.linspace(0.05, 0.95, 19):
        for size in (10, 30, 100):
            chances = stats.binom.pmf(range(size + 1), size, rate)
            inside = [(found := share(k, size)).low <= rate <= found.high for k in range(size + 1)]
            covered.append(float((chances * inside).sum()))
    assert 0.94 < np.mean(covered) < 0.965
    assert min(covered) > 0.85
