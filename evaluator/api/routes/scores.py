"""Scores that were computed elsewhere, by trace id."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request
from fastapi.responses import JSONResponse

from evaluator.api.annotating import ListQuery, accepting, listed, take
from evaluator.api.routing import resource
from evaluator.api.schemas.annotations import AnnotationListOut
from evaluator.api.state import Ingest, Read, State
from evaluator.core.annotation import AnnotationKind

router = resource("/api/v1/scores", "scores")


@router.post("", **accepting("Scores"))
async def send_scores(request: Request, state: State, caller: Ingest) -> JSONResponse:
    """Take scores: one object, a list, or ``{"scores": [...]}``; gzip or plain. What is accepted is on the disk.

    `trace_id`, `name` and a finite `value` (or a `label`) make a score; the trace may arrive later. The same `id`
    again replaces the score. No rate is made of them: nobody knows for which traces they were sent.
    """
    return await take(request, state, caller.project, AnnotationKind.SCORE, "scores")


@router.get("")
def list_scores(state: State, caller: Read, query: Annotated[ListQuery, Depends()]) -> AnnotationListOut:
    """Scores from elsewhere, the latest first; those of one trace with `trace_id`."""
    return listed(state, caller.project, AnnotationKind.SCORE, query)
