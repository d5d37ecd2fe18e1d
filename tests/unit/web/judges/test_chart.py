"""What judging cost by day: drawn to scale, and not at all where nothing was spent."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from evaluator.pipeline.operations.judges.report import DAYS, DaySpent
from evaluator.web.judges.chart import spend_chart

TODAY = date(2026, 3, 18)


def spent(ago: int, usd: float, limit: float = 2.0) -> DaySpent:
    return DaySpent(day=TODAY - timedelta(days=ago), usd=usd, limit=limit)


def test_bars_stand_on_their_days_and_are_as_high_as_their_money() -> None:
    found = spend_chart([spent(3, 1.0), spent(1, 0.5), spent(0, 0.0)], TODAY)
    assert found is not None
    assert (found.width, found.first, found.last, found.top) == (7, "12 Mar", "18 Mar", "$2.00")
    assert [(bar.x, bar.height, bar.y) for bar in found.bars] == [(3.12, 50.0, 50.0), (5.12, 25.0, 75.0)]
    assert found.bars[0].said == "15 Mar: $1.00"
    assert found.limit == 0.0
    assert found.said == "$1.50 in 7 days, at most $1.00 on one"


def test_a_budget_that_is_far_away_flattens_nothing() -> None:
    found = spend_chart([spent(0, 0.1)], TODAY)
    assert found is not None
    assert (found.limit, found.top, found.bars[0].height) == (None, "$0.10", 100.0)


@pytest.mark.parametrize("ago", [DAYS - 1, 10])
def test_it_begins_where_the_money_does(ago: int) -> None:
    found = spend_chart([spent(ago, 1.0), spent(0, 1.0)], TODAY)
    assert found is not None
    assert found.width == ago + 1
    assert (found.bars[0].x, found.bars[1].x) == (0.12, ago + 0.12)


def test_nothing_is_drawn_where_nothing_was_spent() -> None:
    assert spend_chart([], TODAY) is None
    assert spend_chart([spent(1, 0.0)], TODAY) is None
