"""Dead letters: jobs that were given up."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query
from pydantic import BaseModel, ConfigDict, Field

from evaluator.api.items import chosen
from evaluator.api.routing import resource
from evaluator.api.state import Admin, Read, State
from evaluator.pipeline.operations.dead_letters import DeadLetter, read_dead_letters, replay

router = resource("/api/v1/dead-letters", "dead letters")

Id = Annotated[int, Field(ge=1, lt=2**63)]


class DeadLetterListOut(BaseModel):
    dead_letters: list[DeadLetter]
    next_after: int | None


class ReplayIn(BaseModel):
    model_config = ConfigDict(extra="forbid")

    ids: list[Id] | None = Field(default=None, min_length=1, max_length=10_000)
    all: bool = False


class ReplayOut(BaseModel):
    replayed: int


@router.get("")
def list_dead_letters(
    state: State,
    caller: Read,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    after: Annotated[int, Query(ge=0, lt=2**63)] = 0,
) -> DeadLetterListOut:
    """What was given up, by id, from the one after `after` on."""
    with state.places.read(caller.project) as unit:
        found = read_dead_letters(unit, caller.project, limit + 1, after)
    shown = found[:limit]
    following = shown[-1].id if len(found) > limit else None
    return DeadLetterListOut(dead_letters=shown, next_after=following)


@router.post("/replay")
def replay_dead_letters(state: State, caller: Admin, body: ReplayIn) -> ReplayOut:
    """Have dead letters scored again, those of `ids` or all; a new outcome replaces the failure in their place."""
    services, ids = state.services, chosen(body.ids, body.all)
    with state.places.take(caller.project):
        done = replay(services.store, caller.project, ids, services.clock, services.hints, caller.actor)
    return ReplayOut(replayed=done)
