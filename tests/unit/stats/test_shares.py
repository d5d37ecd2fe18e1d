"""Shares of plain counts: their intervals lie where they should, and cover as often as they say."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import beta, binom

from evaluator.stats.shares import share_of


@pytest.mark.parametrize(("count", "of"), [(0, 20), (1, 20), (10, 20), (19, 20), (20, 20), (3, 1000), (500, 1000)])
def test_it_lies_between_two_known_intervals(count: int, of: int) -> None:
    found = share_of(count, of, "")
    assert found.value == pytest.approx(count / of)
    assert found.low is not None
    assert found.high is not None
    widest = beta.ppf(0.025, count, of - count + 1) if count else 0.0
    narrower = beta.ppf(0.025, count + 0.5, of - count + 0.5)
    assert widest - 1e-9 <= found.low <= narrower
    widest = beta.ppf(0.975, count + 1, of - count) if count < of else 1.0
    narrower = beta.ppf(0.975, count + 0.5, of - count + 0.5)
    assert narrower <= found.high <= widest + 1e-9


@pytest.mark.parametrize("of", [15, 60, 300])
def test_the_truth_is_covered(of: int) -> None:
    ends = [share_of(count, of, "") for count in range(of + 1)]
    low, high = np.array([one.low for one in ends]), np.array([one.high for one in ends])
    truths = np.linspace(0.01, 0.99, 99)
    covered = [binom.pmf(range(of + 1), of, p)[(low <= p) & (p <= high)].sum() for p in truths]
    assert np.mean(covered) > 0.945
    assert min(covered) > 0.88


def test_nothing_has_no_share() -> None:
    found = share_of(0, 0, "it has not been asked")
    assert (found.value, found.low, found.high, found.reason) == (None, None, None, "it has not been asked")


@pytest.mark.parametrize(("count", "of"), [(2, 1), (-1, 3)])
def test_what_is_no_share_is_refused(count: int, of: int) -> None:
    with pytest.raises(ValueError, match="is no share"):
        share_of(count, of, "")
