"""Selects in retrospect: decides, for traces that are planned already, what a rule would have drawn of them.

A decision is taken as it would have been when the trace came: by its permanent random number, so that it can be told
beforehand exactly, at the rate that the rule gives its stratum. It is stored with that probability, and one that a
series has taken already stays. What is drawn waits behind all that comes in.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import structlog

from evaluator.core.access import LOCAL
from evaluator.core.errors import FaithlineError, InvalidInput, NotFound, told
from evaluator.core.ports import Clock, Hints, NoHints, OpenEvaluator
from evaluator.core.rule import FIRST
from evaluator.pipeline.isolation import apart
from evaluator.pipeline.sampling.cascade import note_drawn
from evaluator.pipeline.sampling.decide import Batch, batch_of, due_jobs, undecided
from evaluator.pipeline.schedule import AGGREGATE
from evaluator.pipeline.spending.quote import Quote
from evaluator.store.repositories.catalog.rules import StoredRule
from evaluator.store.repositories.sampling.selections import Selection
from evaluator.store.repositories.work.jobs import BACKFILL, TARGET
from evaluator.store.store import Store, Unit

log = structlog.get_logger()

BATCH = 200
"""Traces decided on in one transaction."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """Which rule is to look at which traces: those that began in [start, end) (UTC)."""

    project: str
    rule: str
    start: datetime
    end: datetime


@dataclass(slots=True)
class Stratum:
    """New decisions in one stratum: on how many targets, with which probability, and how many are drawn."""

    probability: float
    targets: int = 0
    drawn: int = 0


@dataclass(slots=True, kw_only=True)
class Onward:
    """What the rule's own evaluator is to do where the first step of a cascade is backfilled.

    `targets` wait for its decision; `jobs` of them, on average, are to be scored. `cost` (US dollars) is expected
    from the mean of its outcomes so far, None where it has none; `cost_bound` is the most that it can be: that of all
    `targets`. Both are None where its evaluator is not to be had for now.
    """

    rule: str
    evaluator: str
    rate: float
    targets: int = 0
    cost: float | None = None
    cost_bound: float | None = None
    usd_per_day: float | None = None

    @property
    def jobs(self) -> float:
        return self.rate * self.targets


@dataclass(slots=True, kw_only=True)
class Backfill:
    """What a backfill does, or, in a dry run, would do.

    `traces` were looked at, of `planned` in the window; `unsettled` are not planned yet: a backfill after they have
    settled takes them along. `decided` targets have a decision of the series already. `jobs` are to be scored;
    `drawn` minus those have an outcome or wait in the queue already. `cost` (US dollars) is expected from the mean of
    the outcomes so far, `cost_bound` the most that it can be, `usd_per_day` what the rule may spend; `seconds` is how
    long scoring takes at the pace of the busiest recent minute; None where nothing is known. `failed` are traces that
    the rule could not look at, and why. Of a rule with a cascade all that is told of the first step, and `onward` of
    the second. `complete` is false where it was stopped: it goes on with `end` = `resume_to`, or from the beginning,
    with the same result.
    """

    rule: str
    evaluator: str
    fingerprint: str
    start: datetime
    end: datetime
    applied: bool
    planned: int
    unsettled: int
    traces: int = 0
    decided: int = 0
    strata: dict[str, Stratum] = field(default_factory=dict)
    jobs: int = 0
    cost: float | None = None
    cost_bound: float | None = None
    usd_per_day: float | None = None
    seconds: float | None = None
    failed: dict[str, str] = field(default_factory=dict)
    onward: Onward | None = None
    complete: bool = False
    resume_to: datetime | None = None

    @property
    def targets(self) -> int:
        return sum(s.targets for s in self.strata.values())

    @property
    def drawn(self) -> int:
        return sum(s.drawn for s in self.strata.values())


@dataclass(frozen=True, slots=True)
class _Rules:
    """The rule that looks back, and the one that it is the first step of, where it is one."""

    first: StoredRule
    second: StoredRule | None


@dataclass(frozen=True, slots=True)
class _Step:
    """What a rule has to say of some traces: new decisions, jobs that are not queued yet, what stood decided, and
    the jobs that there will be if the second step of a cascade takes all that it has to decide on."""

    fresh: Sequence[Selection]
    jobs: Sequence[dict[str, Any]]
    stood: Sequence[Selection]
    onward: Sequence[dict[str, Any]]


def backfill(
    store: Store,
    request: Request,
    build: OpenEvaluator,
    clock: Clock,
    *,
    apply: bool = False,
    hints: Hints | None = None,
    actor: str = LOCAL,
    stop: Callable[[], bool] = lambda: False,
    seen: Callable[[Backfill], None] = lambda _: None,
) -> Backfill:
    """Count what `request` asks for or, to `apply` it, decide and queue it; newest traces first.

    Each batch is one transaction, and what it decided is passed over from then on: killed half-way and begun again,
    it ends at the same. `stop` is asked and `seen` told of progress between batches.

    Raises:
        NotFound: no active rule of that name, or its evaluator is not what is installed.
        InvalidInput: the window is empty.
    """
    if request.start >= request.end:
        raise InvalidInput("from", "must lie before `to`", "Give times like 2026-11-01T00:00:00Z")
    rules, found = _begin(store, request, apply, actor, clock)
    first, second = _quotes(store, request.project, rules, build)

    def decide(keys: Sequence[tuple[datetime, str]]) -> int:
        with store.read() as unit:
            rows = unit.of(request.project).traces.rows([trace for _, trace in keys])
            step = _look(unit, batch_of(unit, request.project, rows), rules, clock.now())
        if apply and (step.fresh or step.jobs or rules.second):
            step = store.change(partial(_decide, project=request.project, rows=rows, rules=rules, now=clock.now()))
            for stage in (rules.first.spec.resource.value, AGGREGATE):
                (hints or NoHints()).wake(stage)
        _count(found, step, len(rows))
        _price(found, step, first, second)
        return len(keys)

    def guilty(key: tuple[datetime, str], error: Exception) -> None:
        found.failed[key[1]] = told(error)

    after: tuple[datetime, str] | None = None
    while not stop():
        with store.read() as unit:
            keys = unit.of(request.project).traces.planned_between(request.start, request.end, after, BATCH)
        if not keys:
            found.complete = True
            break
        apart(keys, decide, guilty)
        after = keys[-1]
        seen(found)
    if not found.complete and after is not None:
        found.resume_to = after[0] + timedelta(microseconds=1)
    return found


def _begin(store: Store, request: Request, apply: bool, actor: str, clock: Clock) -> tuple[_Rules, Backfill]:
    with store.read() as unit:
        mine = unit.of(request.project)
        named = {r.rule.name: r for r in mine.rules.active()}
        rule = named.get(request.rule)
        if rule is not None and rule.rule.cascade is not None:  # its first step leads to the rest
            rule = named.get(request.rule + FIRST)
        if rule is None:
            raise NotFound("active rule", request.rule, "List what there is with `faithline rules list`")
        states = mine.traces.states_between(request.start, request.end)
    second = named.get(rule.rule.first_of)
    planned = states.get("planned", 0)
    found = Backfill(
        rule=rule.rule.name, evaluator=rule.spec.name, fingerprint=rule.rule.fingerprint, start=request.start,
        end=request.end, applied=apply, planned=planned, unsettled=sum(states.values()) - planned,
        usd_per_day=_usd_per_day(rule), onward=None if second is None else _onward(second),
    )  # fmt: skip
    if apply:
        window = {"from": request.start.isoformat(), "to": request.end.isoformat()}
        with store.write() as unit:
            audit = unit.of(request.project).audit
            audit.record(actor, "rule.backfill", rule.rule.name, clock.now(), version=rule.version, **window)
    return _Rules(rule, second), found


def _quotes(store: Store, project: str, rules: _Rules, build: OpenEvaluator) -> tuple[Quote, Quote | None]:
    """Of the rule, and of its second step; None where there is none, or nobody can say what that costs."""
    pin = rules.first.rule.fingerprint
    first = Quote(store, project, pin, build(project, pin))
    if rules.second is None:
        return first, None
    try:
        pin = rules.second.rule.fingerprint
        return first, Quote(store, project, pin, build(project, pin))
    except FaithlineError as error:  # what is drawn waits for it, as anything does
        log.warning("no_price", evaluator=rules.second.spec.name, error=told(error))
        return first, None


def _onward(rule: StoredRule) -> Onward:
    rate = rule.rule.cascade.rate if rule.rule.cascade else 0.0
    return Onward(rule=rule.rule.name, evaluator=rule.spec.name, rate=rate, usd_per_day=_usd_per_day(rule))


def _usd_per_day(rule: StoredRule) -> float | None:
    return rule.rule.budget.usd_per_day if rule.rule.budget else None


def _look(unit: Unit, batch: Batch, rules: _Rules, now: datetime) -> _Step:
    """What there is to decide and to queue; nothing is stored."""
    every = unit.of(batch.project).plans.of_traces(batch.ids, batch.days)
    stood = [s for s in every if s.series == rules.first.series]
    fresh = undecided(unit, batch, [rules.first], now)
    rows = due_jobs(unit, batch, [rules.first], [*stood, *fresh], now)
    queued = unit.of(batch.project).jobs.queued(rows)
    jobs = [row for row in rows if tuple(row[name] for name in TARGET) not in queued]
    onward: list[dict[str, Any]] = []
    if rules.second is not None:
        series = rules.second.series
        known = {(s.target_kind, s.target_id) for s in every if s.series == series}
        reached = [replace(s, series=series) for s in (*stood, *fresh) if (s.target_kind, s.target_id) not in known]
        onward = due_jobs(unit, batch, [rules.second], reached, now)
    return _Step(fresh, jobs, stood, onward)


def _decide(unit: Unit, project: str, rows: Sequence[dict[str, Any]], rules: _Rules, now: datetime) -> _Step:
    """Store decisions and jobs, of those traces that are still planned: the others are being settled anew."""
    held = unit.of(project).traces.hold_planned([row["id"] for row in rows])
    step = _look(unit, batch_of(unit, project, [row for row in rows if row["id"] in held]), rules, now)
    unit.of(project).plans.decide(step.fresh, planned_at=now)
    note_drawn(unit.of(project), [rules.first], [*step.stood, *step.fresh])
    unit.queue.add([job | {"priority": job["priority"] + BACKFILL} for job in step.jobs])
    return step


def _count(found: Backfill, step: _Step, traces: int) -> None:
    found.traces += traces
    found.decided += len(step.stood)
    found.jobs += len(step.jobs)
    if found.onward is not None:
        found.onward.targets += len(step.onward)
    for s in step.fresh:
        stratum = found.strata.setdefault(s.stratum, Stratum(s.probability))
        stratum.targets += 1
        stratum.drawn += s.drawn


def _price(found: Backfill, step: _Step, first: Quote, second: Quote | None) -> None:
    first.add(step.jobs)
    found.seconds, found.cost, found.cost_bound = first.seconds(found.jobs), first.cost(found.jobs), first.bound
    if found.onward is not None:
        cost, bound = None, None
        if second is not None:
            second.add(step.onward)
            cost, bound = second.cost(found.onward.jobs), second.bound
        found.onward.cost, found.onward.cost_bound = cost, bound
