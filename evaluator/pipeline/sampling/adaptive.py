"""Works out, once a minute, what rates are multiplied by, and says what holds now.

A factor is appended with the figures that it was made of, and holds for the decisions after it. It depends on what
was known before a trace was decided on and never on the trace's own answer or number, so that every stored
probability is the one with which the trace was drawn.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import structlog

from evaluator.core.money import usd
from evaluator.core.ports import Clock
from evaluator.core.rule import Thinning
from evaluator.core.times import floor_minute
from evaluator.pipeline.sampling.backpressure import Look, pressed
from evaluator.pipeline.sampling.learned import learn
from evaluator.pipeline.sampling.pacing import DAY, RECENT, Demand, forecast, paced
from evaluator.pipeline.spending.ledger import end_of, limit_of
from evaluator.store.repositories.catalog.rules import StoredRule
from evaluator.store.repositories.sampling.rate_factors import Draws, RateFactor
from evaluator.store.repositories.sampling.selections import Selection
from evaluator.store.store import ProjectUnit, Store

log = structlog.get_logger()

MINUTE = timedelta(minutes=1)
MOVES = 0.02
"""A pace that differs by less (relative) is not written down."""


def adjust_rates(store: Store, clock: Clock, backlog_target: float) -> int:
    """Work out the factors of every project that nobody has looked at in this minute; returns how many were written.

    `backlog_target` (s) is the age of a project's oldest ready job above which its rates shrink; 0 switches that off.
    Costs one query when nothing is due, and may be called by many processes at once.
    """
    now = clock.now()
    with store.read() as unit:
        due = unit.reviews.due(floor_minute(now))
    written = 0
    for project in due:
        try:
            with store.write() as unit:
                home = unit.of(project)
                if home.factors.begin(floor_minute(now)):
                    written += _review(home, backlog_target, now)
        except Exception:  # rates that stay as they were are no reason to select nothing
            log.exception("rates_not_adjusted", project=project)
    return written


def _review(home: ProjectUnit, target: float, now: datetime) -> int:
    rules = home.rules.active()
    found = [_backlog(home, queue, target, now) for queue in sorted({queue_of(r) for r in rules})]
    found += [_budget(home, rule, now) for rule in rules if rule.rule.budget is not None]
    firsts = {rule.rule.first_of: rule for rule in rules if rule.rule.first_of}
    cascades = [(rule, firsts[rule.rule.name]) for rule in rules if rule.rule.cascade and rule.rule.name in firsts]
    found += [learn(home, rule, first, now) for rule, first in cascades]
    home.factors.forget_demand(now - 2 * DAY)
    for factor in filter(None, found):
        home.factors.append(factor)
    return sum(factor is not None for factor in found)


def _backlog(home: ProjectUnit, queue: str, target: float, now: datetime) -> RateFactor | None:
    """The next factor of a queue; written every minute while it is behind or thinned, for the next to compare.

    Only the project's own jobs count. Projects take turns, so who stays within its share does not wait for long,
    whatever others send: rates shrink where the pressure comes from.
    """
    scope, ready = scope_of(queue), home.jobs.ready(queue, now)
    last = home.factors.current([scope]).get(scope)
    before = last.thinning if last else Thinning()
    look = Look((now - ready.since).total_seconds(), ready.jobs) if ready else Look(0.0, 0)
    recent = last is not None and now - last.at < 2 * MINUTE
    thinning = pressed(before, look, Look(last.facts["age"], last.facts["jobs"]) if last and recent else None, target)
    if thinning == before == Thinning() and not 0 < target < look.age:
        return None
    facts = {"age": look.age, "jobs": look.jobs, "target": target}
    return RateFactor(scope=scope, at=now, thinning=thinning, reason="backlog", facts=facts)


def _budget(home: ProjectUnit, rule: StoredRule, now: datetime) -> RateFactor | None:
    """The next factor of a series with a budget, where it differs from the one that holds."""
    last = home.factors.current([rule.series]).get(rule.series)
    thinning, facts = _pace(home, rule, now)
    if not _moved(last.thinning if last else Thinning(), thinning):
        return None
    return RateFactor(scope=rule.series, at=now, thinning=thinning, reason="budget", facts=facts)


def _pace(home: ProjectUnit, rule: StoredRule, now: datetime) -> tuple[Thinning, dict[str, Any]]:
    budget, limit, end = rule.rule.name, limit_of([rule]), end_of(now)
    day = next((d for d in home.ledger.days(now.date()) if d.budget == budget), None)
    free = min(day.free, limit - day.committed) if day else limit
    spending = home.ledger.spending(budget, (now - DAY).date(), now - DAY)
    expected = forecast(_demand(home, rule.series, now), now, end)
    waiting = home.jobs.awaiting(budget, end)
    facts = {"limit_usd": usd(limit), "free_usd": usd(free), "waiting": waiting}
    facts |= {"expected": expected.rest + expected.protected}
    if not spending.spent:  # nothing is known of what a draw costs; the ledger still holds
        return Thinning(), facts
    cost = spending.spent / spending.jobs
    return paced(free / cost - waiting, expected), facts | {"usd_a_draw": usd(1) * cost}


def _demand(home: ProjectUnit, series: str, now: datetime) -> Demand:
    """What the series met in whole minutes before this one."""
    minute = floor_minute(now)
    before, met = minute - DAY, home.factors.demand
    return Demand(
        first=home.factors.first_demand(series),
        recent=met(series, minute - RECENT, minute),
        season=met(series, before, end_of(now) - DAY),
        season_recent=met(series, before - RECENT, before),
    )


def _moved(old: Thinning, new: Thinning) -> bool:
    pairs = ((old.rest, new.rest), (old.protected, new.protected))
    return any(abs(b - a) > MOVES * a or (b == 1.0 and a != 1.0) for a, b in pairs)


def queue_of(rule: StoredRule) -> str:
    """The queue that a rule's jobs wait in."""
    return rule.spec.resource.value


def scope_of(queue: str) -> str:
    """The scope of a queue's factor."""
    return f"queue:{queue}"


def thinning_now(home: ProjectUnit, rules: Sequence[StoredRule]) -> dict[str, Thinning]:
    """What the rates of each series are multiplied by at present: the smaller where two causes ask for less."""
    scopes = [scope_of(queue_of(r)) for r in rules] + [r.series for r in rules if r.rule.budget is not None]
    held = {scope: factor.thinning for scope, factor in home.factors.current(scopes).items()}
    found = {}
    for rule in rules:
        thinning = held.get(scope_of(queue_of(rule)), Thinning())
        if rule.rule.budget is not None:
            thinning = thinning.and_also(held.get(rule.series, Thinning()))
        found[rule.series] = thinning
    return found


def demand_of(
    decided: Sequence[Selection], rules: Sequence[StoredRule], thinning: Mapping[str, Thinning]
) -> dict[str, Draws]:
    """What decisions would have come to at full rates, by series; of rules with a budget, for forecasts."""
    found: dict[str, Draws] = {}
    for rule in rules:
        if rule.rule.budget is None:
            continue
        rest = protected = 0.0
        for s in decided:
            if s.series == rule.series and rule.rule.protects(s.stratum):
                protected += s.probability / thinning[s.series].protected
            elif s.series == rule.series:
                rest += s.probability / thinning[s.series].rest
        if rest or protected:
            found[rule.series] = Draws(rest, protected)
    return found
