"""Pacing: how far a rule's rates shrink so that its money lasts until the end of the day (UTC).

A stated rule that looks only at the past: what is left of the day's money, less what the jobs that wait will cost, is
compared with what full rates would cost until midnight. The forecast decides how evenly the money is spread, never
whether a rate is right: that takes only that the probabilities are stored.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from evaluator.core.rule import FLOOR, Thinning
from evaluator.store.repositories.sampling.rate_factors import Draws

DAY = timedelta(days=1)
RECENT = timedelta(hours=1)
"""What stands for the present."""
SHORTEST = timedelta(minutes=10)
"""A series that is younger is taken to be so old: a first burst is no rate yet."""
TREND = 2.0
"""Today may run so many times above or below yesterday, for all that is forecast."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """What a series has met, in draws at full rates.

    `recent` is of the last hour, or since `first`; of the day before, `season` is of what is still to come of this
    day, and `season_recent` of the same hour.
    """

    first: datetime | None
    recent: Draws
    season: Draws
    season_recent: Draws


def forecast(demand: Demand, now: datetime, end: datetime) -> Draws:
    """Draws at full rates from `now` to `end`, the day's.

    As yesterday at this time of day, times how much busier the last hour is than the same hour was. Without a
    yesterday: as in the last hour.
    """
    if demand.first is None:
        return Draws()
    age = now - demand.first
    if age >= DAY + RECENT:
        trend = _trend(_sum(demand.recent), _sum(demand.season_recent))
        return Draws(demand.season.rest * trend, demand.season.protected * trend)
    times = (end - now) / min(max(age, SHORTEST), RECENT)
    return Draws(demand.recent.rest * times, demand.recent.protected * times)


def _sum(draws: Draws) -> float:
    return draws.rest + draws.protected


def _trend(recent: float, before: float) -> float:
    if before <= 0.0:
        return TREND if recent > 0.0 else 1.0
    return min(TREND, max(1.0 / TREND, recent / before))


def paced(money: float, expected: Draws) -> Thinning:
    """The thinning at which `expected` draws cost `money`, both in units of one draw.

    Protected strata keep their rates until all others are at the floor.
    """
    if expected.rest + expected.protected <= money:
        return Thinning()
    share = (money - expected.protected) / expected.rest if expected.rest > 0 else 0.0
    if share >= FLOOR or expected.protected <= 0:
        return Thinning(max(FLOOR, share), 1.0 if share >= FLOOR else FLOOR)
    left = (money - FLOOR * expected.rest) / expected.protected
    return Thinning(FLOOR, min(1.0, max(FLOOR, left)))
