"""Quarantine: what was set aside so that everybody else could go on."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from evaluator.api.items import chosen
from evaluator.api.routing import resource
from evaluator.api.schemas.quarantine import QuarantinedOut
from evaluator.api.state import Admin, Read, State
from evaluator.pipeline.operations.quarantine import read_quarantine, replay
from evaluator.store.repositories.catalog.rules import BrokenRule

router = resource("/api/v1/quarantine", "quarantine")

Id = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{12}$")]


class QuarantineOut(BaseModel):
    """By the rules in `broken_rules` nothing is decided until they are pushed again."""

    items: list[QuarantinedOut]
    broken_rules: list[BrokenRule]
    next_after: str | None


class ReplayQuarantineIn(BaseModel):
    model_config = ConfigDict(extra="forbid")

    ids: list[Id] | None = Field(default=None, min_length=1, max_length=10_000)
    all: bool = False


class ReplayQuarantineOut(BaseModel):
    replayed: int


@router.get("")
def list_quarantine(
    state: State,
    caller: Read,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    after: Annotated[Id | None, Query()] = None,
) -> QuarantineOut:
    """What is set aside, the last first, from the one after `after` on."""
    with state.places.read(caller.project) as unit:
        found = read_quarantine(unit, caller.project, limit + 1, after)
    shown = [QuarantinedOut.model_validate(one) for one in found.items[:limit]]
    following = shown[-1].id if len(found.items) > limit else None
    return QuarantineOut(items=shown, broken_rules=found.broken_rules, next_after=following)


@router.post("/replay")
def replay_quarantine(state: State, caller: Admin, body: ReplayQuarantineIn) -> ReplayQuarantineOut:
    """Have what is set aside tried again, that of `ids` or all of it, with its tries counted anew."""
    services, ids = state.services, chosen(body.ids, body.all)
    with state.places.take(caller.project):
        done = replay(services.store, caller.project, ids, services.clock, services.hints, caller.actor)
    return ReplayQuarantineOut(replayed=done)
