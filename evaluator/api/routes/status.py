"""What is waiting, and what has been done."""

from __future__ import annotations

from evaluator.api.routing import resource
from evaluator.api.state import Read, State
from evaluator.pipeline.operations.status import Status, read_status

router = resource("/api/v1", "status")


@router.get("/status")
def get_status(state: State, caller: Read) -> Status:
    """Counts of traces by stage, of jobs and outcomes by rule; rates that are lowered; what was spent today."""
    with state.places.read(caller.project) as unit:
        return read_status(unit, caller.project, state.services.clock.now(), state.services.judges)
