"""Rules: what is scored and when."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from fastapi import Body
from pydantic import BaseModel

from evaluator.api.routing import resource
from evaluator.api.state import Admin, Read, State
from evaluator.core.criterion import Criterion
from evaluator.core.errors import NotFound
from evaluator.core.rule import Rule
from evaluator.pipeline.catalog.rules import retire_rule as drop_rule
from evaluator.store.repositories.catalog.rules import StoredRule

router = resource("/api/v1/rules", "rules")


class RuleOut(BaseModel):
    """A version of a rule; `criterion` is the one in force, also where the rule names none."""

    name: str
    version: str
    active: bool
    evaluator: str
    fingerprint: str
    criterion: Criterion
    definition: Rule
    created_at: datetime
    retired_at: datetime | None


def rule_out(stored: StoredRule) -> RuleOut:
    return RuleOut(
        name=stored.rule.name,
        version=stored.version,
        active=stored.retired_at is None,
        evaluator=stored.spec.name,
        fingerprint=stored.rule.fingerprint,
        criterion=stored.criterion,
        definition=stored.rule,
        created_at=stored.created_at,
        retired_at=stored.retired_at,
    )


@router.post("", status_code=201)
def push_rule(state: State, caller: Admin, definition: dict[str, Any] = Body()) -> RuleOut:  # noqa: B008
    """Register a rule: pins the evaluator version of today and becomes the active version of its name."""
    with state.places.take(caller.project):
        return rule_out(state.services.push_rule(caller.project, definition, caller.actor, remote=True))


@router.get("")
def list_rules(state: State, caller: Read, *, all_versions: bool = False) -> list[RuleOut]:
    """The active rules, or every version, newest first."""
    with state.places.read(caller.project) as unit:
        found = unit.of(caller.project).rules.versions() if all_versions else unit.of(caller.project).rules.active()
    return [rule_out(r) for r in found]


@router.get("/{name}")
def show_rule(state: State, caller: Read, name: str) -> list[RuleOut]:
    """Every version of a rule, newest first."""
    with state.places.read(caller.project) as unit:
        found = unit.of(caller.project).rules.versions(name)
    if not found:
        raise NotFound("rule", name, "List what there is with GET /api/v1/rules")
    return [rule_out(r) for r in found]


@router.delete("/{name}", status_code=204)
def retire_rule(state: State, caller: Admin, name: str) -> None:
    """Stop selecting by a rule; its scores and its series stay."""
    drop_rule(state.services.store, caller.project, name, state.services.clock, caller.actor)
