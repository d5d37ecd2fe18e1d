"""Is the process up, and can it reach its database."""

from __future__ import annotations

from fastapi import APIRouter

from evaluator import __version__
from evaluator.api.state import State

router = APIRouter(tags=["health"])


@router.get("/healthz")
def healthz(state: State) -> dict[str, str]:
    """Answers 200 when the database answers."""
    with state.services.store.read() as unit:
        unit.projects.all()
    return {"status": "ok", "version": __version__}
