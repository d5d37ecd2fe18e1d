"""Reviewing: tasks one by one, and what is said of them.

These routes take no place of their project's few: they read and write some rows, and many reviewers work at once.
"""

from __future__ import annotations

from fastapi import Response

from evaluator.api.routing import resource
from evaluator.api.schemas.review import (
    AnnotatorIn,
    GivenOut,
    LeftOut,
    NextIn,
    PassageOut,
    SkipIn,
    TaskOut,
    VerdictIn,
)
from evaluator.api.schemas.traces import ToolCallOut
from evaluator.api.state import Review, State
from evaluator.pipeline.access.annotators import annotator_of
from evaluator.pipeline.review.serve import Served, next_task
from evaluator.pipeline.review.verdicts import Given, give_verdict, skip
from evaluator.pipeline.review.withdrawal import undo

router = resource("/api/v1/review", "review")


@router.post("/next", response_model=TaskOut, responses={204: {"description": "There is no task for you now"}})
def post_next(state: State, caller: Review, body: NextIn) -> TaskOut | Response:
    """The next task, of one wave or of all, held for its annotator until `lease_until`; asked again, the same."""
    annotator, services = annotator_of(state.authenticator, caller, body.annotator), state.services
    found = next_task(
        services.store, caller.project, annotator, services.clock, wave=body.wave, lease=services.review_lease
    )
    return Response(status_code=204) if found is None else _task(found)


@router.post("/{task_id}/verdict")
def post_verdict(state: State, caller: Review, task_id: str, body: VerdictIn) -> GivenOut:
    """Answer a task. The same again changes nothing; who wants another answer takes theirs back first (undo)."""
    annotator, services = annotator_of(state.authenticator, caller, body.annotator), state.services
    spans = [span.model_dump() for span in body.spans]
    return _given(
        give_verdict(
            services.store, caller.project, annotator, task_id, services.clock,
            level=body.level, spans=spans, comment=body.comment,
        )
    )  # fmt: skip


@router.post("/{task_id}/skip")
def post_skip(state: State, caller: Review, task_id: str, body: SkipIn) -> GivenOut:
    """Pass a task on to others."""
    annotator, services = annotator_of(state.authenticator, caller, body.annotator), state.services
    return _given(skip(services.store, caller.project, annotator, task_id, services.clock, comment=body.comment))


@router.post("/{task_id}/undo")
def post_undo(state: State, caller: Review, task_id: str, body: AnnotatorIn) -> GivenOut:
    """Take back what was said last of a task, within a day; it is the annotator's again."""
    annotator, services = annotator_of(state.authenticator, caller, body.annotator), state.services
    return _given(undo(services.store, caller.project, annotator, task_id, services.clock, services.review_lease))


def _task(found: Served) -> TaskOut:
    return TaskOut(
        task=found.task,
        criterion=found.criterion,
        question=found.question,
        conversation=[dict(turn) for turn in found.conversation],
        passages=[PassageOut(**passage) for passage in found.passages],
        tool_calls=[ToolCallOut(**call) for call in found.tool_calls],
        answer=found.answer,
        left=LeftOut(batch=found.left_in_batch, all=found.left),
        lease_until=found.lease_until,
    )


def _given(found: Given) -> GivenOut:
    spans = [{"start": start, "end": end} for start, end in found.spans]
    values = {name: getattr(found, name) for name in GivenOut.model_fields if name != "spans"}
    return GivenOut.model_validate({**values, "spans": spans})
