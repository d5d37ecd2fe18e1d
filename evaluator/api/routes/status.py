"""What is waiting, and what has been done."""

from __future__ import annotations

from fastapi import APIRouter

from evaluator.api.state import Project, State
from evaluator.pipeline.status import Status, read_status

router = APIRouter(prefix="/api/v1", tags=["status"])


@router.get("/status")
def get_status(state: State, project: Project) -> Status:
    """Counts of traces by stage, and of jobs and outcomes by rule."""
    with state.services.store.read() as unit:
        return read_status(unit, project)
