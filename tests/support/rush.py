"""A day with a rush hour that is worse than the rest of it, under the rules that thin rates: the same functions that
the service calls decide, minute by minute, with what probability each trace is drawn."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import numpy as np
import numpy.typing as npt

from evaluator.core.criterion import Criterion
from evaluator.core.rule import Budget, Rule, Thinning
from evaluator.pipeline.sampling.backpressure import Look, pressed
from evaluator.pipeline.sampling.pacing import DAY, RECENT, Demand, forecast, paced
from evaluator.pipeline.spending.ledger import end_of
from evaluator.stats.estimators.raw import raw_rate
from evaluator.stats.units import State
from evaluator.store.repositories.sampling.rate_factors import Draws
from tests.support.simulation import FLAG_BAD, FLAG_GOOD, Floats, Row, Window, summarise, wilson

MIDNIGHT = datetime(2026, 11, 20, tzinfo=UTC)
MINUTES = 1440
RUSH = slice(720, 900)
TARGET = 600.0
RULE = Rule.model_validate(
    {
        "name": "rush",
        "evaluator": "any",
        "criterion": Criterion(name="bad", threshold=0.5),
        "strata": [{"name": "errors", "when": [{"field": "status", "value": "error"}], "rate": 1.0}],
        "rate": 0.5,
        "budget": Budget(usd_per_day=1.0),
    }
)
FACTS = {False: {"status": "ok"}, True: {"status": "error"}}


@dataclass(frozen=True)
class Day:
    """Traces a minute, the share of bad ones, what workers score in a minute and what the money pays for in a day."""

    name: str
    quiet: float = 2.0
    rush: float = 14.0
    bad_quiet: float = 0.08
    bad_rush: float = 0.4
    speed: int = 100
    money: int = 1_000_000
    session: float = 1.5
    seen: bool = False
    """Whether there was such a day before, which forecasts know."""

    def expected(self) -> tuple[Floats, Floats]:
        """Draws at full rates in each minute [MINUTES], of the rest and of the protected stratum."""
        rate, share = np.full(MINUTES, self.quiet), np.full(MINUTES, self.bad_quiet)
        rate[RUSH], share[RUSH] = self.rush, self.bad_rush
        flagged = share * FLAG_BAD + (1 - share) * FLAG_GOOD
        return RULE.rate * rate * (1 - flagged), rate * flagged

    @property
    def truth(self) -> float:
        """Share of bad traces of the process."""
        long = RUSH.stop - RUSH.start
        rush, quiet = self.rush * long, self.quiet * (MINUTES - long)
        return (rush * self.bad_rush + quiet * self.bad_quiet) / (rush + quiet)


SLOW = Day("back-pressure", speed=4)
POOR = Day("paced budget, first day", money=1700)
PACED = Day("paced budget", money=1700, seen=True)
BOTH = Day("both", speed=4, money=1500, seen=True)


@dataclass
class Traffic:
    """The traces of a day in the order of their minutes, all [n]; `start` [MINUTES + 1] says where each begins."""

    start: npt.NDArray[np.int64]
    bad: Floats
    flagged: npt.NDArray[np.bool_]
    session: npt.NDArray[np.int64]
    number: Floats


def arrive(rng: np.random.Generator, day: Day) -> Traffic:
    rate = np.full(MINUTES, day.quiet)
    rate[RUSH] = day.rush
    sessions = rng.poisson(rate / day.session)
    minute = np.repeat(np.arange(MINUTES), sessions)
    size = rng.geometric(1.0 / day.session, minute.size)
    minute, session = np.repeat(minute, size), np.repeat(np.arange(1, size.size + 1), size)
    hot = (minute >= RUSH.start) & (minute < RUSH.stop)
    bad = (rng.random(minute.size) < np.where(hot, day.bad_rush, day.bad_quiet)).astype(float)
    flagged = rng.random(minute.size) < np.where(bad > 0, FLAG_BAD, FLAG_GOOD)
    start = np.searchsorted(minute, np.arange(MINUTES + 1))
    return Traffic(start, bad, flagged, session, rng.random(minute.size))


class Service:
    """Scores the newest first, `speed` a minute and while there is money, and looks at itself once a minute."""

    def __init__(self, day: Day, traffic: Traffic) -> None:
        self.day, self.traffic = day, traffic
        self.inclusion = np.ones(traffic.bad.size)
        self.state = np.full(traffic.bad.size, State.UNSELECTED, dtype=np.int8)
        self.queue: list[tuple[int, int]] = []  # (minute, trace)
        self.money = day.money
        self.pressure, self.last = Thinning(), None
        self.rest, self.protected = np.zeros(MINUTES), np.zeros(MINUTES)
        self.yesterday = day.expected() if day.seen else None
        self.lowest = 1.0

    def run(self) -> None:
        for minute in range(MINUTES):
            self.draw(minute, self.thinning(minute))
            self.score(self.day.speed)
        self.score(len(self.queue))

    def thinning(self, minute: int) -> Thinning:
        """What holds in this minute, from what was there before it."""
        age = 60.0 * (minute - self.queue[0][0]) if self.queue else 0.0
        look = Look(age, len(self.queue))
        self.pressure, self.last = pressed(self.pressure, look, self.last, TARGET), look
        now = MIDNIGHT + timedelta(minutes=minute)
        pace = paced(self.money - len(self.queue), forecast(self.demand(minute), now, end_of(now)))
        found = self.pressure.and_also(pace)
        self.lowest = min(self.lowest, found.rest)
        return found

    def demand(self, minute: int) -> Demand:
        hour = slice(max(0, minute - int(RECENT / timedelta(minutes=1))), minute)
        recent = Draws(float(self.rest[hour].sum()), float(self.protected[hour].sum()))
        if self.yesterday is None:
            return Demand(first=MIDNIGHT, recent=recent, season=Draws(), season_recent=Draws())
        season, same = (Draws(*(float(x[s].sum()) for x in self.yesterday)) for s in (slice(minute, None), hour))
        return Demand(first=MIDNIGHT - 2 * DAY, recent=recent, season=season, season_recent=same)

    def draw(self, minute: int, thinning: Thinning) -> None:
        here = slice(*self.traffic.start[minute : minute + 2])
        flagged = self.traffic.flagged[here]
        rates = {flag: RULE.thinned(FACTS[flag], thinning)[1] for flag in (False, True)}
        self.inclusion[here] = np.where(flagged, rates[True], rates[False])
        drawn = here.start + np.flatnonzero(self.traffic.number[here] < self.inclusion[here])
        self.state[drawn] = State.PENDING
        self.queue += [(minute, int(i)) for i in drawn]
        self.protected[minute] = flagged.sum()
        self.rest[minute] = RULE.rate * (~flagged).sum()

    def score(self, jobs: int) -> None:
        for _ in range(min(jobs, len(self.queue), self.money)):
            self.state[self.queue.pop()[1]] = State.SCORED
            self.money -= 1


@dataclass(frozen=True)
class Found:
    """What days showed by the stored probabilities, and by the rates that the rule names."""

    stored: Row
    nominal: Row
    lowest: float
    """The mean over days of the lowest factor."""
    pending: float
    """Share of what was drawn and not scored for want of money."""


def measure_days(day: Day, repeats: int, seed: int) -> Found:
    """Runs `repeats` days and compares the raw rate of each with the truth."""
    rng = np.random.default_rng(seed)
    stored, nominal, lowest, pending = [], [], [], []
    for _ in range(repeats):
        service = Service(day, arrive(rng, day))
        service.run()
        traffic = service.traffic
        kept = np.ones(traffic.bad.size)
        window = Window(traffic.bad, traffic.flagged, traffic.session, kept, service.inclusion, service.state)
        named = replace(window, inclusion=np.where(traffic.flagged, 1.0, RULE.rate))
        stored.append((raw_rate(window.cells()), wilson(window)))
        nominal.append((raw_rate(named.cells()), wilson(window)))
        lowest.append(service.lowest)
        pending.append((service.state == State.PENDING).sum() / (service.state != State.UNSELECTED).sum())
    rows = (summarise(day.truth, stored), summarise(day.truth, nominal))
    return Found(*rows, float(np.mean(lowest)), float(np.mean(pending)))
