"""Which judges a project has: every evaluator version of a rubric that a rule pins, or did."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from evaluator.core.errors import NotFound
from evaluator.core.judge import Judges
from evaluator.core.outcome import ScoreKind
from evaluator.core.unknown import instead, shortened
from evaluator.pipeline.operations.judges.measures import usd_per_verdict
from evaluator.pipeline.operations.judges.told import Told
from evaluator.pipeline.operations.status import judge_wait, outcomes_so_far
from evaluator.pipeline.spending.ledger import end_of
from evaluator.store.repositories.catalog.rules import StoredRule
from evaluator.store.store import ProjectUnit, Unit

MOST = 50
"""Versions that a list holds."""
GLANCED = 200
"""Of the last outcomes of each, for what a verdict costs."""
NONE_YET = "There is none yet: push a rule with `evaluator: rubric:NAME` (docs/judges.md)"


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgeVersion:
    """A judge: a rubric in one version, asked of one model. `rules` pin it, or did; those that do first.

    `scored`, `failed` and `skipped` are its outcomes so far in the rates of these rules, those that retention has
    sealed included; `waiting` are jobs. `waits_for` says what is to be done before it can be asked. `usd_per_verdict`
    (US dollars, as `measures.usd_per_verdict` says it) is of its last `GLANCED` outcomes.
    """

    fingerprint: str
    evaluator: str
    title: str
    rubric: str | None
    """None of a judge that has no rubric: a plug-in."""
    rubric_version: str | None
    criterion: str
    provider: str | None
    """Its name, or the address that a rule gives."""
    model: str | None
    rules: tuple[str, ...]
    active: bool
    created_at: datetime
    waits_for: str
    waiting: int
    scored: int
    failed: int
    skipped: int
    usd_per_verdict: float | None
    last_at: datetime | None
    """When it last said something."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgeList:
    """The judges of a project: active ones first, and among them the newest. `left_out` older ones are not listed."""

    judges: tuple[JudgeVersion, ...]
    left_out: int


@dataclass(frozen=True, slots=True)
class Pinned:
    """A judge with the rules that pin it, or did, the newest first; and with the parameters that it has."""

    fingerprint: str
    rules: Sequence[StoredRule]

    @property
    def active(self) -> bool:
        return any(rule.retired_at is None for rule in self.rules)

    @property
    def rubric(self) -> str | None:
        family, _, member = self.rules[0].spec.name.partition(":")
        return member if family == "rubric" else None

    @property
    def rule_names(self) -> tuple[str, ...]:
        ordered = sorted(self.rules, key=lambda rule: rule.retired_at is not None)
        return tuple(dict.fromkeys(rule.rule.name for rule in ordered))


def read_judges(unit: Unit, project: str, now: datetime, judges: Judges | None = None) -> JudgeList:
    """Every judge of a project; `judges` are asked whether they are there. Costs the same at any traffic."""
    home = unit.of(project)
    found = pinned_judges(home)
    ready = ready_jobs(home, now)
    shown = tuple(judge_version(home, one, ready.get(one.fingerprint, 0), judges) for one in found[:MOST])
    return JudgeList(judges=shown, left_out=max(0, len(found) - MOST))


def judge_named(unit: Unit, project: str, name: str) -> str:
    """The fingerprint of the judge that `name` means: its fingerprint or the beginning of it (8 characters or more),
    a rubric (its version that is active, or was last) or a rule.

    Raises:
        NotFound: there is no such judge, naming what there is.
    """
    found = pinned_judges(unit.of(project))
    for one in found:
        rubric = one.rubric
        if name in (one.fingerprint, rubric, f"rubric:{rubric}", *one.rule_names):
            return one.fingerprint
    begins = [one.fingerprint for one in found if len(name) >= 8 and one.fingerprint.startswith(name)]
    if len(begins) == 1:
        return begins[0]
    known = dict.fromkeys(word for one in found for word in (one.rubric, *one.rule_names) if word)
    raise NotFound("judge", shortened(name), instead(name, list(known), NONE_YET))


def pinned_judges(home: ProjectUnit) -> list[Pinned]:
    """Active ones first, and among them the newest."""
    by_fingerprint: dict[str, list[StoredRule]] = {}
    for rule in home.rules.versions():
        if rule.spec.kind is ScoreKind.JUDGE:
            by_fingerprint.setdefault(rule.rule.fingerprint, []).append(rule)
    found = [Pinned(fingerprint, rules) for fingerprint, rules in by_fingerprint.items()]
    return sorted(found, key=lambda one: not one.active)


def pinned_judge(home: ProjectUnit, fingerprint: str) -> Pinned:
    """Raises NotFound for a fingerprint that is no judge's, naming those that there are."""
    found = {one.fingerprint: one for one in pinned_judges(home)}
    if fingerprint not in found:
        raise NotFound("judge", shortened(fingerprint), instead(fingerprint, list(found), NONE_YET))
    return found[fingerprint]


def ready_jobs(home: ProjectUnit, now: datetime) -> dict[str, int]:
    """How many jobs wait for each evaluator version to be asked; those that wait for another day's money do not."""
    unpaid = home.jobs.unpaid(end_of(now))
    ready = {fingerprint: n for (fingerprint, state), n in home.jobs.counts().items() if state == "ready"}
    return {fingerprint: n - unpaid.get(fingerprint, 0) for fingerprint, n in ready.items()}


def parameters_of(home: ProjectUnit, fingerprint: str) -> dict[str, Any]:
    """The parameters that a judge has; none where they can not be read."""
    version = home.evaluators.get(fingerprint)
    found = version.manifest.get("parameters") if version else None
    return dict(found) if isinstance(found, dict) else {}


def judge_version(
    home: ProjectUnit, pinned: Pinned, ready: int, judges: Judges | None, newest: Sequence[Told] | None = None
) -> JudgeVersion:
    """What a list says of a judge, which `ready` jobs wait for; `newest` are its last outcomes, where they are at
    hand."""
    spec, fingerprint = pinned.rules[0].spec, pinned.fingerprint
    given = parameters_of(home, fingerprint)
    _, waits_for = judge_wait(home, fingerprint, ready, judges if pinned.active else None)
    counts = [outcomes_so_far(home, series) for series in dict.fromkeys(rule.series for rule in pinned.rules)]
    scored, failed, skipped = (sum(one[i] for one in counts) for i in range(3))
    last = [Told(row) for row in home.verdicts.newest(fingerprint, GLANCED)] if newest is None else newest[:GLANCED]
    return JudgeVersion(
        fingerprint=fingerprint,
        evaluator=spec.name,
        title=spec.title,
        rubric=pinned.rubric,
        rubric_version=_text(given.get("version")),
        criterion=pinned.rules[0].criterion.name,
        provider=_text(given.get("provider")) or _text(given.get("base_url")),
        model=_text(given.get("model")),
        rules=pinned.rule_names,
        active=pinned.active,
        created_at=min(rule.created_at for rule in pinned.rules),
        waits_for=waits_for,
        waiting=ready,
        scored=scored,
        failed=failed,
        skipped=skipped,
        usd_per_verdict=usd_per_verdict(last),
        last_at=last[0].row.created_at if last else None,
    )


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
