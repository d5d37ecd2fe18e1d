"""The feedback of users, by trace id."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request
from fastapi.responses import JSONResponse

from evaluator.api.annotating import ListQuery, listed, take
from evaluator.api.errors import ErrorOut
from evaluator.api.openapi import json_body
from evaluator.api.routing import resource
from evaluator.api.schemas.annotations import AnnotatedOut, AnnotationListOut
from evaluator.api.state import Ingest, Read, State
from evaluator.core.annotation import AnnotationKind

router = resource("/api/v1/feedback", "feedback")

BODY = json_body({"anyOf": [{"type": "object"}, {"type": "array", "items": {"type": "object"}}]}, "Feedback")


@router.post(
    "",
    status_code=202,
    response_model=AnnotatedOut,
    responses={422: {"model": AnnotatedOut | ErrorOut}},
    openapi_extra=BODY,
)
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
