"""What judging cost by day, as bars of a small picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from evaluator.pipeline.operations.judges.report import DAYS, DaySpent
from evaluator.web.format import money

TALL = 100
"""Units of the picture from its floor to its top; it is as wide as `DAYS`, a unit each."""
LEAST = 7
"""Days that it shows at least."""


@dataclass(frozen=True, slots=True)
class DayBar:
    """One day: `said` in words."""

    x: float
    y: float
    height: float
    said: str


@dataclass(frozen=True, slots=True)
class SpendChart:
    """`width` days, from the `first` on; `limit` is where the budget of the last day lies, if that is in it."""

    width: int
    bars: list[DayBar]
    limit: float | None
    top: str
    """What the top stands for."""
    first: str
    last: str
    said: str
    """What it shows, for those who do not see it."""


def spend_chart(days: Sequence[DaySpent], today: date) -> SpendChart | None:
    """The chart of `days` in ascending order up to `today`; None where nothing was spent."""
    total = sum(day.usd for day in days)
    if total <= 0.0:
        return None
    width = min(DAYS, max(LEAST, (today - days[0].day).days + 1))
    first = today - timedelta(days=width - 1)
    highest, limit = max(day.usd for day in days), days[-1].limit
    top = max(highest, limit) if limit <= 3 * highest else highest  # a budget that is far away would flatten all
    bars = [_bar(day, (day.day - first).days, top) for day in days if day.day >= first and day.usd > 0.0]
    return SpendChart(
        width=width,
        bars=bars,
        limit=round(TALL * (1.0 - limit / top), 1) if 0.0 < limit <= top else None,
        top=money(top),
        first=_day(first),
        last=_day(today),
        said=f"{money(total)} in {width} days, at most {money(highest)} on one",
    )


def _bar(day: DaySpent, x: int, top: float) -> DayBar:
    height = max(1.5, TALL * day.usd / top)
    return DayBar(x + 0.12, round(TALL - height, 1), round(height, 1), f"{_day(day.day)}: {money(day.usd)}")


def _day(day: date) -> str:
    return f"{day.day} {day:%b}"
