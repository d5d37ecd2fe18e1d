"""Selects in retrospect: decides, for traces that are planned already, what a rule would have drawn of them.

A decision is taken as it would have been when the trace came: by its permanent random number, so that it can be told
beforehand exactly, at the rate that the rule gives its stratum. It is stored with that probability, and one that a
series has taken already stays. What is drawn waits behind all that comes in.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import structlog

from evaluator.core.access import LOCAL
from evaluator.core.errors import InvalidInput, NotFound, told
from evaluator.core.evaluator import Evaluator, Priced
from evaluator.core.ports import Clock, Hints, NoHints, OpenEvaluator
from evaluator.core.rule import FIRST
from evaluator.pipeline.isolation import apart
from evaluator.pipeline.sampling.cascade import note_drawn
from evaluator.pipeline.sampling.decide import Batch, batch_of, due_jobs, undecided
from evaluator.pipeline.schedule import AGGREGATE
from evaluator.pipeline.spending.pace import Pace, read_pace
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
class Backfill:
    """What a backfill does, or, in a dry run, would do.

    `traces` were looked at, of `planned` in the window; `unsettled` are not planned yet: a backfill after they have
    settled takes them along. `decided` targets have a decision of the series already. `jobs` are to be scored;
    `drawn` minus those have an outcome or wait in the queue already. `cost` (US dollars) is expected from the mean of
    the outcomes so far, `cost_bound` the most that it can be, `usd_per_day` what the rule may spend; `seconds` is how
    long scoring takes at the pace of the busiest recent minute; None where nothing is known. `failed` are traces that
    the rule could not look at, and why. `complete` is false where it was stopped: it goes on with `end` =
    `resume_to`, or from the beginning, with the same result.
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
    complete: bool = False
    resume_to: datetime | None = None

    @property
    def targets(self) -> int:
        return sum(s.targets for s in self.strata.values())

    @property
    def drawn(self) -> int:
        return sum(s.drawn for s in self.strata.values())


@dataclass(frozen=True, slots=True)
class _Step:
    """What a rule has to say of some traces: new decisions, jobs that are not queued yet, and what stood decided."""

    fresh: Sequence[Selection]
    jobs: Sequence[dict[str, Any]]
    stood: Sequence[Selection]


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
    rule, found = _begin(store, request, apply, actor, clock)
    evaluator = build(request.project, rule.rule.fingerprint)
    with store.read() as unit:
        pace = read_pace(unit, request.project, rule.rule.fingerprint)
    found.cost_bound = 0.0

    def decide(keys: Sequence[tuple[datetime, str]]) -> int:
        with store.read() as unit:
            rows = unit.of(request.project).traces.rows([trace for _, trace in keys])
            step = _look(unit, batch_of(unit, request.project, rows), rule, clock.now())
        if apply and (step.fresh or step.jobs or rule.rule.first_of):
            step = store.change(partial(_decide, project=request.project, rows=rows, rule=rule, now=clock.now()))
            for stage in (rule.spec.resource.value, AGGREGATE):
                (hints or NoHints()).wake(stage)
        _count(found, step, len(rows))
        _price(found, store, request.project, step, evaluator, pace)
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


def _begin(store: Store, request: Request, apply: bool, actor: str, clock: Clock) -> tuple[StoredRule, Backfill]:
    with store.read() as unit:
        mine = unit.of(request.project)
        named = {r.rule.name: r for r in mine.rules.active()}
        rule = named.get(request.rule)
        if rule is not None and rule.rule.cascade is not None:  # its first step leads to the rest
            rule = named.get(request.rule + FIRST)
        if rule is None:
            raise NotFound("active rule", request.rule, "List what there is with `faithline rules list`")
        states = mine.traces.states_between(request.start, request.end)
    planned = states.get("planned", 0)
    found = Backfill(
        rule=rule.rule.name, evaluator=rule.spec.name, fingerprint=rule.rule.fingerprint, start=request.start,
        end=request.end, applied=apply, planned=planned, unsettled=sum(states.values()) - planned,
        usd_per_day=rule.rule.budget.usd_per_day if rule.rule.budget else None,
    )  # fmt: skip
    if apply:
        window = {"from": request.start.isoformat(), "to": request.end.isoformat()}
        with store.write() as unit:
            audit = unit.of(request.project).audit
            audit.record(actor, "rule.backfill", rule.rule.name, clock.now(), version=rule.version, **window)
    return rule, found


def _look(unit: Unit, batch: Batch, rule: StoredRule, now: datetime) -> _Step:
    """What there is to decide and to queue; nothing is stored."""
    stored = [s for s in unit.of(batch.project).plans.of_traces(batch.ids, batch.days) if s.series == rule.series]
    fresh = undecided(unit, batch, [rule], now)
    rows = due_jobs(unit, batch, [rule], [*stored, *fresh], now)
    queued = unit.of(batch.project).jobs.queued(rows)
    jobs = [row for row in rows if tuple(row[name] for name in TARGET) not in queued]
    return _Step(fresh, jobs, stored)


def _decide(unit: Unit, project: str, rows: Sequence[dict[str, Any]], rule: StoredRule, now: datetime) -> _Step:
    """Store decisions and jobs, of those traces that are still planned: the others are being settled anew."""
    held = unit.of(project).traces.hold_planned([row["id"] for row in rows])
    step = _look(unit, batch_of(unit, project, [row for row in rows if row["id"] in held]), rule, now)
    unit.of(project).plans.decide(step.fresh, planned_at=now)
    note_drawn(unit.of(project), [rule], [*step.stood, *step.fresh])
    unit.queue.add([job | {"priority": job["priority"] + BACKFILL} for job in step.jobs])
    return step


def _count(found: Backfill, step: _Step, traces: int) -> None:
    found.traces += traces
    found.decided += len(step.stood)
    found.jobs += len(step.jobs)
    for s in step.fresh:
        stratum = found.strata.setdefault(s.stratum, Stratum(s.probability))
        stratum.targets += 1
        stratum.drawn += s.drawn


def _price(found: Backfill, store: Store, project: str, step: _Step, evaluator: Evaluator, pace: Pace | None) -> None:
    found.seconds = None if pace is None else found.jobs / pace.per_second
    if not isinstance(evaluator, Priced):
        found.cost = 0.0
        return
    found.cost = None if pace is None else found.jobs * pace.mean_cost
    if step.jobs and found.cost_bound is not None:
        keys = [(project, *(job[name] for name in TARGET[:-1])) for job in step.jobs]
        try:
            with store.read() as unit:
                samples = unit.of(project).traces.samples(keys)
            found.cost_bound += sum(evaluator.price(list(samples.values())))
        except Exception as error:  # noqa: BLE001 - what is decided stays, whatever it is: there is no bound to tell
            log.warning("no_price", evaluator=found.evaluator, error=type(error).__name__)
            found.cost_bound = None
