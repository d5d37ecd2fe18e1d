"""The audit log of a project."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any

from fastapi import Query
from pydantic import BaseModel

from evaluator.api.routing import resource
from evaluator.api.state import Admin, State

router = resource("/api/v1/audit", "audit")


class AuditEventOut(BaseModel):
    """One change: `actor` is the id of a key, or ``local`` for somebody at the machine itself."""

    id: str
    at: datetime
    actor: str
    action: str
    subject: str
    details: dict[str, Any]


@router.get("")
def list_events(
    state: State,
    caller: Admin,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    offset: Annotated[int, Query(ge=0, le=1_000_000)] = 0,
) -> list[AuditEventOut]:
    """Changes to rules, criteria, rubrics, golden sets, labels, keys and projects, and deletions; newest first."""
    with state.places.read(caller.project) as unit:
        return [AuditEventOut(**asdict(e)) for e in unit.of(caller.project).audit.events(limit, offset)]
