"""Criteria: what people are asked about a sample, and what they may answer."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from fastapi import Body
from pydantic import BaseModel

from evaluator.api.routing import resource
from evaluator.api.state import Admin, Read, State
from evaluator.core.review.definition import CriterionDefinition
from evaluator.pipeline.catalog.criteria import (
    KnownCriterion,
    criteria_in_use,
    criteria_of,
    known_criterion,
    parse_criterion,
)
from evaluator.pipeline.catalog.criteria import push_criterion as push

router = resource("/api/v1/criteria", "criteria")


class CriterionOut(BaseModel):
    """A version of a criterion: the project's own words or those that are shipped, and when it was stored."""

    name: str
    version: str
    source: Literal["project", "shipped"]
    created_at: datetime | None
    definition: CriterionDefinition


def _out(found: KnownCriterion) -> CriterionOut:
    return CriterionOut(
        name=found.definition.name,
        version=found.version,
        source=found.source,
        created_at=found.stored_at,
        definition=found.definition,
    )


@router.post("", status_code=201)
def push_criterion(state: State, caller: Admin, definition: dict[str, Any] = Body()) -> CriterionOut:  # noqa: B008
    """Store a version of a criterion, named by the hash of its content; new waves ask by it."""
    services = state.services
    criterion = parse_criterion(definition)
    with state.places.take(caller.project):
        return _out(push(services.store, caller.project, criterion, services.clock, actor=caller.actor))


@router.get("")
def list_criteria(state: State, caller: Read, *, all_versions: bool = False) -> list[CriterionOut]:
    """The criteria that new waves would ask by, the project's own and shipped ones, or every version of them."""
    with state.places.read(caller.project) as unit:
        found = (criteria_of if all_versions else criteria_in_use)(unit, caller.project)
    return [_out(each) for each in found]


@router.get("/{name}")
def show_criterion(state: State, caller: Read, name: str, version: str | None = None) -> CriterionOut:
    """A version of a criterion: the newest of the project unless named, else the shipped one."""
    with state.places.read(caller.project) as unit:
        return _out(known_criterion(unit, caller.project, name, version))
