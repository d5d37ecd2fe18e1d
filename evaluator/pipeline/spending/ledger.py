"""Pays for calls: money is reserved before a call, settled after it, and counts as spent if that never happens.

The reservation is committed before the provider is asked, so that a worker may be killed at any moment: what a budget
has committed is never less than what the provider's own log says. Retries reserve anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta

import structlog

from evaluator.core.errors import FaithlineError, told
from evaluator.core.evaluator import Priced
from evaluator.core.ids import random_id
from evaluator.core.money import MICROS, micro_usd, usd
from evaluator.core.outcome import Failure, Outcome, Reason
from evaluator.core.ports import Clock
from evaluator.core.trace import Sample
from evaluator.pipeline.answers import is_interrupt
from evaluator.store.repositories.catalog.rules import StoredRule
from evaluator.store.repositories.spending.ledger import BudgetDay
from evaluator.store.repositories.work.jobs import Job
from evaluator.store.store import ProjectUnit, Store, Unit

log = structlog.get_logger()

SETTLES_WITHIN = timedelta(minutes=15)
"""A reservation that is open for longer belongs to a worker that is gone, and gives nothing back."""
ASK_AGAIN = timedelta(seconds=60)
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Grant:
    """What the ledger said to a batch, by place in it.

    Calls for `paid` are paid for, `refused` have their outcome, and all others were given back to the queue.
    """

    reservation: str = ""
    bounds: Sequence[int] = ()
    paid: Sequence[int] = ()
    refused: dict[int, Failure] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Bill:
    """What the calls of a reservation came to, in millionths of a US dollar; `over` where one broke its bound."""

    reservation: str
    spent: int
    over: bool


def reserve(
    store: Store,
    clock: Clock,
    owner: str,
    evaluator: Priced,
    jobs: Sequence[Job],
    samples: Sequence[Sample],
    copies: Sequence[Sequence[Job]] = (),
) -> Grant:
    """Set aside what scoring `samples` (those of `jobs`, of one budget) can cost at most.

    Where the money does not reach for all, the first of the batch get it: never the cheapest, which would make
    what is scored depend on what it says. The others go back, uncounted, each with its `copies` if there are any.
    """
    try:
        bounds = [micro_usd(price) for price in evaluator.price(samples)]
        if len(bounds) != len(samples):
            raise FaithlineError(f"{len(bounds)} prices for {len(samples)} samples")
    except BaseException as error:
        if is_interrupt(error):
            raise
        message = f"no price: {told(error)}"
        failure = Failure(reason=Reason.EVALUATOR_ERROR, message=message, retryable=True, cost=0.0)
        return Grant(refused=dict.fromkeys(range(len(jobs)), failure))
    with store.write() as unit:
        return _grant(unit, owner, jobs, bounds, copies, clock.now())


def _grant(
    unit: Unit,
    owner: str,
    jobs: Sequence[Job],
    bounds: Sequence[int],
    copies: Sequence[Sequence[Job]],
    now: datetime,
) -> Grant:
    project, budget = jobs[0].project, jobs[0].budget
    home, reservation = unit.of(project), random_id("spend-")
    limit = limit_of(home.rules.versions(budget) if budget else ())
    refused = {i: _unaffordable(bound, limit, budget) for i, bound in enumerate(bounds) if bound > limit}
    places = [i for i in range(len(jobs)) if i not in refused]
    if not places:
        return Grant(refused=refused)
    day = home.ledger.open_day(budget, now.date(), limit)
    paid = _set_aside(home, day, places, bounds, reservation, now)
    if poor := places[len(paid) :]:
        waiting = [job for i in poor for job in (jobs[i], *(copies[i] if copies else ()))]
        at, spread = _money_again(home, day, now)
        unit.queue.give_back(waiting, owner, at, spread)
        unit.queue.put_off(project, budget, at, spread)
    return Grant(reservation, bounds, paid, refused)


def reserve_for(
    home: ProjectUnit, budget: str, limit: int, bounds: Sequence[int], reservation: str, now: datetime
) -> Grant:
    """Set money aside for calls that are no jobs, from the day of `budget`: for the first of them, as many as its
    `limit` reaches for (in millionths of a US dollar, as `bounds`)."""
    day = home.ledger.open_day(budget, now.date(), limit)
    return Grant(reservation, bounds, _set_aside(home, day, range(len(bounds)), bounds, reservation, now))


def _set_aside(
    home: ProjectUnit, day: BudgetDay, places: Sequence[int], bounds: Sequence[int], reservation: str, now: datetime
) -> list[int]:
    """The first of `places` that the day has money for, which is set aside."""
    paid = _affordable(places, bounds, day.free)
    amount = sum(bounds[i] for i in paid)
    if paid and not home.ledger.reserve(reservation, day.budget, day.day, amount, len(paid), now):
        return []
    return paid


def limit_of(versions: Sequence[StoredRule]) -> int:
    """The daily limit of a rule in millionths of a US dollar: that of its active version, else of its newest."""
    newest = next((r for r in versions if r.retired_at is None), versions[0] if versions else None)
    budget = newest.rule.budget if newest else None
    return int(budget.usd_per_day * MICROS) if budget else 0


def _unaffordable(bound: int, limit: int, budget: str) -> Failure:
    whole = (
        f"more than {budget!r} may spend in a day ({usd(limit):.6g} USD)" if budget else "and no budget pays for it"
    )
    message = f"may cost up to {usd(bound):.6g} USD, {whole}"
    return Failure(reason=Reason.INVALID_INPUT, message=message, cost=0.0)


def _affordable(places: Sequence[int], bounds: Sequence[int], free: int) -> list[int]:
    """The longest beginning of `places` whose bounds sum up to at most `free`."""
    paid: list[int] = []
    for i in places:
        free -= bounds[i]
        if free < 0:
            break
        paid.append(i)
    return paid


def _money_again(home: ProjectUnit, day: BudgetDay, now: datetime) -> tuple[datetime, timedelta]:
    """From when on, and over which time, jobs without money are to come back.

    Calls that run may settle for less than was set aside: ask again soon. Else the day is spent, and what waits comes
    back evenly over the next one, so that it does not take all of that day's money before its own traces come.
    """
    running = home.ledger.spending(day.budget, day.day, now - SETTLES_WITHIN).reservations
    if running and not day.held:
        return now + ASK_AGAIN, timedelta()
    return end_of(now), DAY


def end_of(moment: datetime) -> datetime:
    """The midnight (UTC) that ends the day of `moment`."""
    return datetime.combine(moment.astimezone(UTC).date() + DAY, time(), UTC)


def bill_of(grant: Grant, outcomes: Sequence[Outcome]) -> tuple[list[Outcome], Bill]:
    """What the calls for `grant.paid` came to, and their outcomes with what each was charged.

    An outcome that does not say what it cost is charged its upper bound: the call may have reached the provider.
    """
    charged, spent, over = [], 0, False
    for i, outcome in zip(grant.paid, outcomes, strict=True):
        cost = _charge(outcome, grant.bounds[i])
        over |= cost > grant.bounds[i]
        spent += cost
        charged.append(replace(outcome, cost=usd(cost)))
    return charged, Bill(grant.reservation, spent, over)


def _charge(outcome: Outcome, bound: int) -> int:
    try:
        return bound if outcome.cost is None else micro_usd(outcome.cost)
    except (ValueError, TypeError):
        return bound


def settle(home: ProjectUnit, bill: Bill, now: datetime) -> None:
    """Book a bill, in the transaction that stores its outcomes. One that broke its bound ends the budget's day."""
    if bill.over:
        log.error("price_exceeded", reservation=bill.reservation, spent_usd=usd(bill.spent))
    home.ledger.settle(bill.reservation, bill.spent, now, hold=bill.over)
