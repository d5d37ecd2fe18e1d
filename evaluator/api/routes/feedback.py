"""The feedback of users, by trace id."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request
from fastapi.responses import JSONResponse

from evaluator.api.annotating import ListQuery, accepting, listed, take
from evaluator.api.routing import resource
from evaluator.api.schemas.annotations import AnnotationListOut
from evaluator.api.state import Ingest, Read, State
from evaluator.core.annotation import AnnotationKind

router = resource("/api/v1/feedback", "feedback")


@router.post("", **accepting("Feedback"))
async def send_feedback(request: Request, state: State, caller: Ingest) -> JSONResponse:
    """Take feedback: one object, a list, or ``{"feedback": [...]}``; gzip or plain. What is accepted is on the disk.

    `trace_id` and a `value` in [-1, 1], or `thumbs`: ``up`` or ``down``; the trace may arrive later. The latest is
    the feedback of the trace, which rules may ask for while it is being planned; no decision is taken back.
    """
    return await take(request, state, caller.project, AnnotationKind.FEEDBACK, "feedback")


@router.get("")
def list_feedback(state: State, caller: Read, query: Annotated[ListQuery, Depends()]) -> AnnotationListOut:
    """Feedback, the latest first; that on one trace with `trace_id`."""
    return listed(state, caller.project, AnnotationKind.FEEDBACK, query)
