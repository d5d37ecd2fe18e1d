"""Judges: how each one does, what it costs, and what it has said last."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query

from evaluator.api.routing import resource
from evaluator.api.state import Read, State
from evaluator.pipeline.operations.judges.report import JudgeReport, read_judge
from evaluator.pipeline.operations.judges.said import MOST_SHOWN, SHOWN, Only
from evaluator.pipeline.operations.judges.versions import JudgeList, read_judges

router = resource("/api/v1/judges", "judges")


@router.get("")
def list_judges(state: State, caller: Read) -> JudgeList:
    """Every evaluator version of a rubric that a rule pins, or did: what it asks of whom, whether it waits for a
    provider, how much it has scored and what a verdict costs (US dollars)."""
    with state.places.read(caller.project) as unit:
        return read_judges(unit, caller.project, state.services.clock.now(), state.services.judges)


@router.get("/{fingerprint}")
def show_judge(
    state: State,
    caller: Read,
    fingerprint: str,
    label: Annotated[str | None, Query(description="Of the last verdicts, only those with this label")] = None,
    only: Annotated[Only | None, Query(description="Or only failures, changed or suspected ones")] = None,
    limit: Annotated[int, Query(ge=0, le=MOST_SHOWN, description="So many of the last verdicts")] = SHOWN,
) -> JudgeReport:
    """How a judge does, over its last 10,000 outcomes in production: verdicts with intervals, failures by reason, how
    steady it is on samples that were asked about twice, repairs, seconds, tokens, US dollars, attempts on it,
    agreement with people, and its last verdicts with their reasons."""
    with state.places.read(caller.project) as unit:
        return read_judge(
            unit, caller.project, fingerprint, state.services.clock.now(), state.services.judges, label=label,
            only=only, limit=limit,
        )  # fmt: skip
