"""One judge with all that is known of it: the one function behind its page, the API and the command line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from evaluator.core.errors import FaithlineError, NotFound
from evaluator.core.judge import Judges
from evaluator.core.money import usd
from evaluator.core.rubric import Rubric
from evaluator.pipeline.calibration.agreement import VersionAgreement, read_agreement
from evaluator.pipeline.catalog.rubrics import rubric_of
from evaluator.pipeline.operations.judges.measures import (
    NOTHING_ASKED,
    NOTHING_SAID,
    FailureCount,
    LabelShare,
    Replies,
    ServedModel,
    Stability,
    SuspectedKind,
    failure_counts,
    label_shares,
    replies,
    served_models,
    share_of,
    stability,
    suspected_kinds,
    usd_per_verdict,
)
from evaluator.pipeline.operations.judges.said import SHOWN, JudgeVerdict, chosen, told_verdicts
from evaluator.pipeline.operations.judges.told import Told
from evaluator.pipeline.operations.judges.versions import (
    JudgeVersion,
    Pinned,
    judge_version,
    parameters_of,
    pinned_judge,
    ready_jobs,
)
from evaluator.pipeline.operations.status import BudgetStatus, budget_status
from evaluator.pipeline.spending.ledger import end_of
from evaluator.stats.agreement.measure import Measure
from evaluator.store.store import ProjectUnit, Unit

RECENT = 10_000
"""Outcomes that are looked at: the last ones, so that reading costs the same at any traffic."""
DAYS = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class LookedAt:
    """The outcomes behind a report: the last `outcomes` in production, said from `first` to `last`, of which `cached`
    were taken over from the same content. `cut_off`: there are older ones."""

    outcomes: int
    verdicts: int
    cached: int
    first: datetime | None
    last: datetime | None
    cut_off: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DaySpent:
    """What the rules that pin a judge have spent by the ledger on a day (UTC), what is reserved included, and what
    they might (US dollars). Of all calls, however many there were."""

    day: date
    usd: float
    limit: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """US dollars. `usd` is the sum over the outcomes that were looked at; `per_verdict` that sum for each verdict
    that was asked for, `per_outcome` for each one that there is, taken over ones included."""

    usd: float
    per_verdict: float | None
    per_outcome: float | None
    cached: Measure
    """Share of verdicts that were taken over."""
    days: tuple[DaySpent, ...]
    """The last `DAYS`, while it was pinned by rules with a budget."""
    budgets: tuple[BudgetStatus, ...]
    """Of the rules that pin it now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgeReport:
    """How a judge does, over its last outcomes."""

    judge: JudgeVersion
    parameters: dict[str, Any]
    rubric: Rubric | None
    """What it is asked; None where the text is gone, or a plug-in has none."""
    looked_at: LookedAt
    verdicts: tuple[LabelShare, ...]
    failures: tuple[FailureCount, ...]
    failed: Measure
    """Share of all that was not taken over which failed; what was skipped is no failure."""
    stability: Stability
    replies: Replies
    cost: Cost
    models: tuple[ServedModel, ...]
    suspected: tuple[SuspectedKind, ...]
    agreement: tuple[VersionAgreement, ...]
    """With people's labels, where there are any; one for each line that rules draw between good and bad."""
    last: tuple[JudgeVerdict, ...]
    """The newest first."""


def read_judge(
    unit: Unit,
    project: str,
    fingerprint: str,
    now: datetime,
    judges: Judges | None = None,
    *,
    label: str | None = None,
    only: str | None = None,
    limit: int = SHOWN,
) -> JudgeReport:
    """How the judge `fingerprint` does, over its last `RECENT` outcomes, and the last `limit` of them with their
    reasons: those with this `label`, or those that `only` names (`said.Only`).

    Raises:
        NotFound: the project has no such judge.
        InvalidInput: a label, an `only` or a limit that there is not.
    """
    home = unit.of(project)
    pinned = pinned_judge(home, fingerprint)
    found = home.verdicts.newest(fingerprint, RECENT + 1)
    rows = [Told(row) for row in found[:RECENT]]
    version = judge_version(home, pinned, ready_jobs(home, now).get(fingerprint, 0), judges, rows)
    given = [one for one in rows if one.row.reason is None]
    asked = [one for one in given if not one.cached]
    failures = failure_counts(rows)
    rubric = _rubric(unit, project, version)
    shares = label_shares(asked, rubric)
    labels = list(dict.fromkeys([*(share.label for share in shares), *(one.row.label or "" for one in given)]))
    shown = chosen(rows, labels, label, only, limit)
    return JudgeReport(
        judge=version,
        parameters=parameters_of(home, fingerprint),
        rubric=rubric,
        looked_at=LookedAt(
            outcomes=len(rows),
            verdicts=len(given),
            cached=len(given) - len(asked),
            first=rows[-1].row.created_at if rows else None,
            last=rows[0].row.created_at if rows else None,
            cut_off=len(found) > RECENT,
        ),
        verdicts=shares,
        failures=failures,
        failed=share_of(
            sum(one.count for one in failures if not one.skipped),
            sum(not one.cached for one in rows),
            NOTHING_ASKED,
        ),
        stability=stability(rows),
        replies=replies(rows),
        cost=_cost(home, pinned, rows, given, now),
        models=served_models(rows),
        suspected=suspected_kinds(rows),
        agreement=_agreement(unit, project, pinned),
        last=told_verdicts(home, fingerprint, shown),
    )


def _rubric(unit: Unit, project: str, version: JudgeVersion) -> Rubric | None:
    if version.rubric is None:
        return None
    try:
        return rubric_of(unit, project, version.rubric, version.rubric_version)
    except NotFound:
        return None


def _cost(home: ProjectUnit, pinned: Pinned, rows: Sequence[Told], given: Sequence[Told], now: datetime) -> Cost:
    total = sum(one.row.cost for one in rows)
    taken_over = sum(one.cached for one in given)
    unpaid = home.jobs.unpaid(end_of(now)).get(pinned.fingerprint, 0)
    paying = sorted((r for r in pinned.rules if r.retired_at is None and r.rule.budget), key=lambda r: r.rule.name)
    return Cost(
        usd=total,
        per_verdict=usd_per_verdict(rows),
        per_outcome=total / len(given) if given else None,
        cached=share_of(taken_over, len(given), NOTHING_SAID),
        days=_days(home, pinned, now),
        budgets=tuple(budget_status(home, rule, unpaid, now) for rule in paying),
    )


def _days(home: ProjectUnit, pinned: Pinned, now: datetime) -> tuple[DaySpent, ...]:
    """By the days on which a rule pinned the judge: on one when it changed, the money of both versions is in it."""
    first = (now.astimezone(UTC) - timedelta(days=DAYS - 1)).date()
    held = [(r.rule.name, r.created_at.date(), (r.retired_at or now).date()) for r in pinned.rules]
    spent: dict[date, list[int]] = {}
    for day in home.ledger.history({name for name, _, _ in held}, first):
        if any(name == day.budget and begun <= day.day <= end for name, begun, end in held):
            of_day = spent.setdefault(day.day, [0, 0])
            of_day[0] += day.committed
            of_day[1] += day.limit
    return tuple(DaySpent(day=day, usd=usd(both[0]), limit=usd(both[1])) for day, both in sorted(spent.items()))


def _agreement(unit: Unit, project: str, pinned: Pinned) -> tuple[VersionAgreement, ...]:
    """By each criterion that its rules judge by; of those without labels there is nothing to tell."""
    found: list[VersionAgreement] = []
    for criterion in dict.fromkeys(rule.criterion.name for rule in pinned.rules):
        try:
            answer = read_agreement(unit, project, criterion, fingerprint=pinned.fingerprint)
        except FaithlineError:  # what is wrong with labels is told by their own page, and keeps nobody from this one
            continue
        found += [one for one in answer.versions if one.agreement is not None]
    return tuple(found)
