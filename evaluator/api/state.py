"""What routes share, and how they reach it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from evaluator.bootstrap import Services
from evaluator.core.ids import DEFAULT_PROJECT
from evaluator.pipeline.ingest import Intake


@dataclass(frozen=True, slots=True)
class AppState:
    """The services of this process and its group-committing writer."""

    services: Services
    intake: Intake


def app_state(request: Request) -> AppState:
    state: AppState = request.app.state.faithline
    return state


def current_project() -> str:
    """The project that a request speaks for; one, until there are API keys."""
    return DEFAULT_PROJECT


State = Annotated[AppState, Depends(app_state)]
Project = Annotated[str, Depends(current_project)]
