"""Registers rules: pins the evaluator that a rule names and makes the rule active."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from pydantic import ValidationError

from evaluator.core.errors import InvalidInput, NotFound
from evaluator.core.evaluator import Evaluator, fingerprint, manifest
from evaluator.core.ports import Clock
from evaluator.core.rule import Rule
from evaluator.store.repositories.rules import StoredRule
from evaluator.store.store import Store

CreateEvaluator = Callable[[str, str, Mapping[str, Any]], Evaluator]
"""Makes (without opening) the evaluator of a project by name and parameters."""


def parse_rule(definition: Any) -> Rule:
    """A rule from what a user wrote.

    Raises:
        InvalidInput: names the first field that is wrong.
    """
    if not isinstance(definition, Mapping):
        raise InvalidInput("rule", "must be an object", "See docs/rules.md for an example")
    try:
        return Rule.model_validate(definition)
    except ValidationError as error:
        raise invalid("rule", error) from None


def invalid(what: str, error: ValidationError) -> InvalidInput:
    """The first complaint of pydantic, as one of ours."""
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    path = ".".join(str(part) for part in first["loc"])
    return InvalidInput(f"{what}.{path}" if path else what, first["msg"].removeprefix("Value error, "))


def push_rule(store: Store, project: str, rule: Rule, create: CreateEvaluator, clock: Clock) -> StoredRule:
    """Pin `rule` to the evaluator version that its name and parameters give today, and make it active.

    Raises:
        InvalidInput: an unknown evaluator, or parameters that it does not take.
    """
    try:
        evaluator = create(project, rule.evaluator, rule.parameters)
    except NotFound as error:
        raise InvalidInput("rule.evaluator", f"{error.kind} {error.name!r} not found", error.remedy) from None
    pinned = fingerprint(evaluator)
    if rule.fingerprint not in ("", pinned):
        remedy = "Leave the fingerprint out to pin the installed version"
        raise InvalidInput("rule.fingerprint", f"this installation gives {pinned}", remedy)
    rule = rule.model_copy(update={"fingerprint": pinned})
    now = clock.now()
    with store.write() as unit:
        unit.projects.ensure(project, now)
        unit.of(project).rules.add_evaluator(pinned, evaluator.spec, manifest(evaluator), now)
        return unit.of(project).rules.push(rule, evaluator.spec, now)
