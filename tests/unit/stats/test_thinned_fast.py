"""The quick form of the proof that rates stay right while back-pressure and budgets thin them."""

from __future__ import annotations

import pytest

from tests.support.rush import PACED, SLOW, Day, measure_days


@pytest.mark.parametrize("day", [SLOW, PACED], ids=lambda d: d.name)
def test_stored_probabilities_keep_the_rate_right_and_the_rule_s_own_do_not(day: Day) -> None:
    found = measure_days(day, repeats=50, seed=7)
    assert found.lowest < 0.5, "nothing was thinned: the test would show nothing"
    assert abs(found.stored.mean - day.truth) <= 4 * found.stored.error
    assert found.stored.coverage >= 0.95 - 3 * found.stored.slack
    assert abs(found.nominal.mean - day.truth) > 0.02
    assert abs(found.nominal.mean - day.truth) > 6 * found.nominal.error
    assert found.nominal.coverage < 0.5
