"""Registers rules: pins the evaluator that a rule names and makes the rule active."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from evaluator.core.access import LOCAL
from evaluator.core.bounds import RULES
from evaluator.core.errors import InvalidInput, NotFound
from evaluator.core.evaluator import Evaluator, Priced, fingerprint, manifest
from evaluator.core.ports import Clock
from evaluator.core.rule import Rule
from evaluator.core.rule_check import check_rule
from evaluator.core.unknown import instead, shortened
from evaluator.pipeline.catalog.documents import parse_document
from evaluator.store.repositories.catalog.rules import StoredRule
from evaluator.store.store import Store, Unit

CreateEvaluator = Callable[[str, str, Mapping[str, Any]], Evaluator]
"""Makes (without opening) the evaluator of a project by name and parameters."""
NO_RULES = "It has no rules yet: push one with POST /api/v1/rules or `faithline rules push`"
"""The remedy for whoever asks a project for a rule, or for what rules have, before there are any."""


def parse_rule(definition: Any) -> Rule:
    """A rule from what a user wrote.

    Raises:
        InvalidInput: names the first field that is wrong.
    """
    return parse_document(Rule, definition, "rule", "docs/rules.md")


def push_rule(
    store: Store, project: str, rule: Rule, create: CreateEvaluator, clock: Clock, actor: str = LOCAL
) -> StoredRule:
    """Pin `rule` to the evaluator version that its name and parameters give today, and make it active.

    Raises:
        InvalidInput: a rule that can not do what it says (`check_rule`), an unknown evaluator, parameters that it
            does not take, a budget for an evaluator that costs nothing, or none for one that does, or too many rules.
    """
    check_rule(rule)
    try:
        evaluator = create(project, rule.evaluator, rule.parameters)
    except NotFound as error:
        raise InvalidInput("rule.evaluator", f"{error.kind} {error.name!r} not found", error.remedy) from None
    _check_budget(rule, evaluator)
    pinned = fingerprint(evaluator)
    if rule.fingerprint not in ("", pinned):
        remedy = "Leave the fingerprint out to pin the installed version"
        raise InvalidInput("rule.fingerprint", f"this installation gives {pinned}", remedy)
    rule = rule.model_copy(update={"fingerprint": pinned})
    now = clock.now()
    with store.write() as unit:
        unit.projects.ensure(project, now)
        unit.of(project).evaluators.add(pinned, evaluator.spec, manifest(evaluator), now)
        if rule.budget is not None:  # it may be a larger one
            unit.queue.bring_back(project, rule.name, now)
        before = _active_version(unit, project, rule.name)
        if before is None:
            _check_room(unit, project)
        stored = unit.of(project).rules.push(rule, evaluator.spec, now)
        change = {"before": before, "after": stored.version, "fingerprint": pinned}
        unit.of(project).audit.record(actor, "rule.push", rule.name, now, **change)
        return stored


def retire_rule(store: Store, project: str, name: str, clock: Clock, actor: str = LOCAL) -> None:
    """Stop selecting by a rule; its scores and its series stay.

    Raises:
        NotFound: there is no active rule of this name.
    """
    now = clock.now()
    with store.write() as unit:
        before = _active_version(unit, project, name)
        if not unit.of(project).rules.retire(name, now):
            raise NotFound("active rule", name, "List what there is with GET /api/v1/rules")
        unit.of(project).audit.record(actor, "rule.retire", name, now, before=before, after=None)


def rule_named(unit: Unit, project: str, name: str) -> Rule:
    """The active rule `name`. Raises NotFound naming those that there are."""
    active = {stored.rule.name: stored.rule for stored in unit.of(project).rules.active()}
    if name not in active:
        raise NotFound("active rule", shortened(name), instead(name, active, NO_RULES))
    return active[name]


def _active_version(unit: Unit, project: str, name: str) -> str | None:
    return next((r.version for r in unit.of(project).rules.active() if r.rule.name == name), None)


def _check_room(unit: Unit, project: str) -> None:
    if len(unit.of(project).rules.active()) >= RULES.most:
        remedy = "Retire one that is not needed any more, or join several into one with strata"
        raise InvalidInput("rule", f"would be more than {RULES.most} active ones in this project", remedy)


def _check_budget(rule: Rule, evaluator: Evaluator) -> None:
    """Nobody spends money by accident, and no budget stands where it does nothing."""
    if isinstance(evaluator, Priced) and rule.budget is None:
        remedy = "Say what the rule may spend, e.g. `budget: {usd_per_day: 5}`"
        raise InvalidInput("rule.budget", f"is needed: {rule.evaluator} costs money", remedy)
    if not isinstance(evaluator, Priced) and rule.budget is not None:
        raise InvalidInput("rule.budget", f"{rule.evaluator} states no price", "Leave the budget out")
