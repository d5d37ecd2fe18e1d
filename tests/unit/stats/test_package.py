"""The example in the package's own words runs."""

from __future__ import annotations

import doctest

from evaluator import stats


def test_the_example_runs() -> None:
    failed, attempted = doctest.testmod(stats)
    assert attempted > 5
    assert failed == 0
