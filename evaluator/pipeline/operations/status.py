"""How far the house has come: what is waiting at which stage, what holds it back, and what it spends."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time

from evaluator.core.errors import NotFound
from evaluator.core.evaluator import Resource
from evaluator.core.judge import Judges
from evaluator.core.money import usd
from evaluator.core.outcome import ScoreKind
from evaluator.core.zones import EARLIEST, LATEST
from evaluator.pipeline.operations.yields import YieldDrop, read_yield_drops
from evaluator.pipeline.sampling.adaptive import queue_of, scope_of
from evaluator.pipeline.series.buckets import Grain
from evaluator.pipeline.series.read_slices import SliceReader
from evaluator.pipeline.series.window import Window
from evaluator.pipeline.spending.ledger import end_of, limit_of
from evaluator.store.repositories.catalog.evaluators import EvaluatorVersion
from evaluator.store.repositories.catalog.rules import StoredRule
from evaluator.store.repositories.sampling.rate_factors import Cause
from evaluator.store.store import ProjectUnit, Unit

EVER = Window(EARLIEST, LATEST, Grain.DAY)


@dataclass(frozen=True, slots=True)
class RuleStatus:
    """One active rule: outcomes in its rates so far, those that retention has sealed included, and jobs on their way.

    `unpaid` jobs wait for the money of another day and `unasked` ones for a judge that is not there; they are not
    among those `waiting`. `waits_for` says what is to be done about that, or why a judge can not be asked for now.
    """

    rule: str
    evaluator: str
    fingerprint: str
    scored: int
    failed: int
    skipped: int
    waiting: int
    running: int
    unpaid: int
    unasked: int
    dead: int
    waits_for: str = ""


@dataclass(frozen=True, slots=True)
class BudgetStatus:
    """What a rule may spend today (UTC) and has spent, in US dollars.

    `reserved` is set aside by `reservations` calls that have not been settled, whether they still run or their worker
    died; it counts as spent. `held`: a call cost more than its stated bound, and nothing more is spent today.
    """

    rule: str
    limit: float
    spent: float
    reserved: float
    reservations: int
    held: bool
    unpaid: int

    @property
    def exhausted(self) -> bool:
        """Whether jobs were put off until tomorrow for want of money."""
        return self.held or self.unpaid > 0


@dataclass(frozen=True, slots=True)
class RateStatus:
    """Rates that are lowered now: those of every rule of the queue `name`, or of the rule `name`.

    They are multiplied by `factor` in (0, 1], in protected strata by `protected`; `since` is when they were first
    lowered, `behind` the age of the oldest ready job when that was last looked at (s; queues only).
    """

    reason: Cause
    name: str
    factor: float
    protected: float
    since: datetime
    behind: float | None
    target: float | None


@dataclass(frozen=True, slots=True)
class Status:
    """Traces by stage (`open`: parts may still come; `settled`: not planned yet) and every active rule.

    `quarantined` counts what is set aside, also what is no trace; `broken_rules` can not be read. `yield_drops` are
    senders whose traces suddenly tell less.
    """

    open: int
    settled: int
    planned: int
    buckets_waiting: int
    quarantined: int
    broken_rules: list[str]
    rules: list[RuleStatus]
    budgets: list[BudgetStatus]
    rates: list[RateStatus]
    yield_drops: list[YieldDrop]

    @property
    def waiting(self) -> int:
        """Everything that has still to be done before the numbers are final."""
        return self.open + self.settled + sum(r.waiting + r.running for r in self.rules)


def read_status(unit: Unit, project: str, now: datetime, judges: Judges | None = None) -> Status:
    """Costs the same at any traffic: outcomes are those of the stored rates, which lag a moment behind.

    It is read in the direction in which work moves on, so that what moves meanwhile is not overlooked: when nothing
    waits at any stage, all outcomes are in. `judges` are asked whether they are there.
    """
    home = unit.of(project)
    traces, jobs, dirty = home.traces.stages(), home.jobs.counts(), home.marks.count()
    unpaid = home.jobs.unpaid(end_of(now))
    active = sorted(home.rules.active(), key=lambda r: r.rule.name)
    rules = [_rule(home, rule, jobs, unpaid.get(rule.rule.fingerprint, 0), judges) for rule in active]
    return Status(
        open=traces.get("open", 0),
        settled=traces.get("settled", 0),
        planned=traces.get("planned", 0),
        buckets_waiting=dirty,
        quarantined=home.quarantine.count(),
        broken_rules=[rule.name for rule in home.rules.broken()],
        rules=rules,
        budgets=[budget_status(home, r, unpaid.get(r.rule.fingerprint, 0), now) for r in active if r.rule.budget],
        rates=_rates(home, active),
        yield_drops=read_yield_drops(unit, project, now),
    )


def _rule(
    home: ProjectUnit, rule: StoredRule, jobs: dict[tuple[str, str], int], unpaid: int, judges: Judges | None
) -> RuleStatus:
    pinned = rule.rule.fingerprint
    scored, failed, skipped = outcomes_so_far(home, rule.series)
    ready = jobs.get((pinned, "ready"), 0) - unpaid
    asks = rule.spec.resource is Resource.PROVIDER
    missing, waits_for = judge_wait(home, pinned, ready, judges) if asks else (False, "")
    return RuleStatus(
        rule=rule.rule.name,
        evaluator=rule.spec.name,
        fingerprint=pinned,
        scored=scored,
        failed=failed,
        skipped=skipped,
        waiting=0 if missing else ready,
        running=jobs.get((pinned, "leased"), 0),
        unpaid=unpaid,
        unasked=ready if missing else 0,
        dead=jobs.get((pinned, "dead"), 0),
        waits_for=waits_for,
    )


def judge_wait(home: ProjectUnit, fingerprint: str, ready: int, judges: Judges | None) -> tuple[bool, str]:
    """Whether there is no judge to ask, and what is to be done about that, or why one can not be asked for now, where
    `ready` jobs would have it asked; empty where nothing keeps it."""
    version = home.evaluators.get(fingerprint)
    missing = _missing_judge(version, judges) if judges and version and version.spec.kind is ScoreKind.JUDGE else None
    return missing is not None, missing or (home.jobs.waits_for(fingerprint) if ready else "")


def _missing_judge(version: EvaluatorVersion, judges: Judges) -> str | None:
    parameters = version.manifest["parameters"]
    if parameters.get("base_url") is not None:
        return None  # the operator allows it, or its jobs say that he does not
    try:
        return judges.provider(parameters.get("provider")).missing
    except NotFound as error:
        return str(error)


def outcomes_so_far(home: ProjectUnit, series: str) -> tuple[int, int, int]:
    """(scored, failed, skipped) of all time: the sum over the days of a series, which take one row a month."""
    return SliceReader(home, series, (), ()).points(EVER).rates.outcomes()


def budget_status(home: ProjectUnit, rule: StoredRule, unpaid: int, now: datetime) -> BudgetStatus:
    """What a rule with a budget has spent today, `unpaid` jobs of which wait for another day."""
    name, today = rule.rule.name, now.date()
    day = next((d for d in home.ledger.days(today) if d.budget == name), None)
    calls = home.ledger.spending(name, today, datetime.combine(today, time(), now.tzinfo))
    committed = day.committed if day else 0
    return BudgetStatus(
        rule=name,
        limit=usd(limit_of([rule])),
        spent=usd(committed - calls.open),
        reserved=usd(calls.open),
        reservations=calls.reservations,
        held=bool(day and day.held),
        unpaid=unpaid,
    )


def _rates(home: ProjectUnit, active: Sequence[StoredRule]) -> list[RateStatus]:
    names = {scope_of(queue_of(r)): queue_of(r) for r in active}
    names |= {r.series: r.rule.name for r in active if r.rule.budget is not None}
    found = []
    for scope, factor in home.factors.current(names).items():
        since = home.factors.thinned_since(scope)
        if since is None:
            continue
        found.append(
            RateStatus(
                reason=factor.reason,
                name=names[scope],
                factor=factor.thinning.rest,
                protected=factor.thinning.protected,
                since=since,
                behind=factor.facts.get("age"),
                target=factor.facts.get("target"),
            )
        )
    return found
