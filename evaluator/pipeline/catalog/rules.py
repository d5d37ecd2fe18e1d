"""Registers rules: pins the evaluator that a rule names and makes the rule active."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from evaluator.core.access import LOCAL
from evaluator.core.bounds import RULES
from evaluator.core.errors import InvalidInput, NotFound
from evaluator.core.evaluator import Evaluator, Priced, fingerprint, manifest
from evaluator.core.ports import Clock
from evaluator.core.rule import FIRST, Cascade, Rule
from evaluator.core.rule_check import check_rule
from evaluator.core.unknown import instead, shortened
from evaluator.pipeline.catalog.documents import parse_document
from evaluator.pipeline.catalog.rubrics import keep_rubric
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
    """Pin `rule` to the evaluator version that its name and parameters give today, and make it active; with that of a
    cascade, whose cheap evaluator gets a rule of its own.

    Raises:
        InvalidInput: a rule that can not do what it says (`check_rule`), an unknown evaluator, parameters that it
            does not take, a budget for an evaluator that costs nothing, or none for one that does, a cascade whose
            first step is none, or too many rules.
    """
    check_rule(rule)
    evaluator = _created(create, project, "rule", rule)
    _check_budget(rule, evaluator)
    rule = rule.model_copy(update={"fingerprint": _pinned("rule", rule, evaluator)})
    cheap = None
    if rule.cascade is not None:
        cheap = _created(create, project, "rule.cascade", rule.cascade)
        pin = _pinned("rule.cascade", rule.cascade, cheap)
        rule = rule.model_copy(update={"cascade": rule.cascade.model_copy(update={"fingerprint": pin})})
        _check_first(rule, cheap)
    now = clock.now()
    with store.write() as unit:
        unit.projects.ensure(project, now)
        keep_rubric(unit, project, rule.evaluator, now)
        if rule.budget is not None:  # it may be a larger one
            unit.queue.bring_back(project, rule.name, now)
        active = {r.rule.name: r for r in unit.of(project).rules.active()}
        _check_names(rule, active)
        first = rule.first()
        _check_room(active, {rule.name} | ({first.name} if first else set()))
        if first is not None and cheap is not None:
            _push(unit, project, first, cheap, now)
        elif rule.name + FIRST in active and active[rule.name + FIRST].rule.first_of:
            unit.of(project).rules.retire(rule.name + FIRST, now)
        stored = _push(unit, project, rule, evaluator, now)
        before = active[rule.name].version if rule.name in active else None
        change = {"before": before, "after": stored.version, "fingerprint": rule.fingerprint}
        unit.of(project).audit.record(actor, "rule.push", rule.name, now, **change)
        return stored


def _push(unit: Unit, project: str, rule: Rule, evaluator: Evaluator, now: datetime) -> StoredRule:
    unit.of(project).evaluators.add(rule.fingerprint, evaluator.spec, manifest(evaluator), now)
    return unit.of(project).rules.push(rule, evaluator.spec, now)


def retire_rule(store: Store, project: str, name: str, clock: Clock, actor: str = LOCAL) -> None:
    """Stop selecting by a rule, and by the first step of its cascade; its scores and its series stay.

    Raises:
        NotFound: there is no active rule of this name.
        InvalidInput: it is the first step of a cascade.
    """
    now = clock.now()
    with store.write() as unit:
        rules = unit.of(project).rules
        before = next((r for r in rules.active() if r.rule.name == name), None)
        if before is not None and before.rule.first_of:
            remedy = f"Retire {before.rule.first_of}, or push it without its cascade"
            raise InvalidInput("rule.name", f"is the first step of {before.rule.first_of}", remedy)
        if not rules.retire(name, now):  # also one that can not be read
            raise NotFound("active rule", name, "List what there is with GET /api/v1/rules")
        if before is not None and before.rule.cascade is not None:
            rules.retire(name + FIRST, now)
        version = None if before is None else before.version
        unit.of(project).audit.record(actor, "rule.retire", name, now, before=version, after=None)


def rule_named(unit: Unit, project: str, name: str) -> Rule:
    """The active rule `name`. Raises NotFound naming those that there are."""
    active = {stored.rule.name: stored.rule for stored in unit.of(project).rules.active()}
    if name not in active:
        raise NotFound("active rule", shortened(name), instead(name, active, NO_RULES))
    return active[name]


def _created(create: CreateEvaluator, project: str, field: str, said: Rule | Cascade) -> Evaluator:
    """The evaluator that a rule or its cascade names."""
    try:
        return create(project, said.evaluator, said.parameters)
    except NotFound as error:
        raise InvalidInput(f"{field}.evaluator", f"{error.kind} {error.name!r} not found", error.remedy) from None
    except InvalidInput as error:
        if isinstance(said, Rule):
            raise
        raise InvalidInput(f"{field}.{error.field}", error.problem, error.remedy) from None


def _pinned(field: str, said: Rule | Cascade, evaluator: Evaluator) -> str:
    found = fingerprint(evaluator)
    if said.fingerprint not in ("", found):
        remedy = "Leave the fingerprint out to pin the installed version"
        raise InvalidInput(f"{field}.fingerprint", f"this installation gives {found}", remedy)
    return found


def _check_first(rule: Rule, cheap: Evaluator) -> None:
    """The first step of a cascade must be worth taking."""
    assert rule.cascade is not None
    if isinstance(cheap, Priced):
        remedy = "Let one that runs here go first"
        raise InvalidInput("rule.cascade.evaluator", f"{rule.cascade.evaluator} costs money", remedy)
    if rule.cascade.fingerprint == rule.fingerprint:
        raise InvalidInput("rule.cascade.evaluator", "is the rule's own", "Name a cheaper one, or leave cascade out")


def _check_names(rule: Rule, active: Mapping[str, StoredRule]) -> None:
    """A rule and the first step of a cascade do not take each other's place."""
    other = active.get(rule.name)
    if other is not None and other.rule.first_of:
        problem = f"{rule.name} is the first step of {other.rule.first_of}"
        raise InvalidInput("rule.name", problem, f"Change the cascade of {other.rule.first_of}, or use another name")
    taken = active.get(rule.name + FIRST)
    if rule.cascade is not None and taken is not None and not taken.rule.first_of:
        problem = f"needs the name {taken.rule.name} for its first step, which another rule has"
        raise InvalidInput("rule.cascade", problem, "Retire that one, or use another name")


def _check_room(active: Mapping[str, StoredRule], names: set[str]) -> None:
    if names - active.keys() and len(names | active.keys()) > RULES.most:
        remedy = "Retire one that is not needed any more, or join several into one with strata"
        raise InvalidInput("rule", f"would be more than {RULES.most} active ones in this project", remedy)


def _check_budget(rule: Rule, evaluator: Evaluator) -> None:
    """Nobody spends money by accident, and no budget stands where it does nothing."""
    if isinstance(evaluator, Priced) and rule.budget is None:
        remedy = "Say what the rule may spend, e.g. `budget: {usd_per_day: 5}`"
        raise InvalidInput("rule.budget", f"is needed: {rule.evaluator} costs money", remedy)
    if not isinstance(evaluator, Priced) and rule.budget is not None:
        raise InvalidInput("rule.budget", f"{rule.evaluator} states no price", "Leave the budget out")
