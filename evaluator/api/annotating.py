"""What the routes of scores and of feedback share."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import Depends, Query, Request
from fastapi.responses import JSONResponse
from starlette.concurrency import run_in_threadpool

from evaluator.api.bodies import body_of
from evaluator.api.errors import ErrorOut
from evaluator.api.items import items_of
from evaluator.api.openapi import OBJECTS, json_body
from evaluator.api.schemas.annotations import AnnotatedOut, AnnotationListOut, annotation_out
from evaluator.api.schemas.items import ItemErrorOut
from evaluator.api.state import AppState
from evaluator.api.times import Between
from evaluator.core.annotation import AnnotationKind
from evaluator.ingest.native.fields import canonical_id
from evaluator.pipeline.stages.annotate import Annotated as Outcome
from evaluator.pipeline.stages.annotate import annotate
from evaluator.pipeline.traces import check_annotation
from evaluator.store.repositories.traces.annotations import AnnotationFilter


def accepting(title: str) -> dict[str, Any]:
    """What a route that takes annotations says of itself; `title` names its body."""
    return {
        "status_code": 202,
        "response_model": AnnotatedOut,
        "responses": {422: {"model": AnnotatedOut | ErrorOut}},
        "openapi_extra": json_body(OBJECTS, title),
    }


async def take(request: Request, state: AppState, project: str, kind: AnnotationKind, name: str) -> JSONResponse:
    """Store the items of a body. 202 if anything was accepted (or nothing sent), 422 if every item was bad."""
    services = state.services
    limit = services.settings.max_body_bytes
    encoding = request.headers.get("content-encoding")
    async with body_of(request, limit, state.intake.room) as data:

        def store() -> Outcome:
            with state.places.take(project):
                items = items_of(data, encoding, limit, name)
                keys = state.user_keys.of(project)
                return annotate(services.store, project, kind, items, services.clock, services.redact, keys)

        done = await run_in_threadpool(store)
    errors = [ItemErrorOut(**asdict(e)) for e in done.errors]
    out = AnnotatedOut(accepted=done.accepted, rejected=len(errors), unmatched=done.unmatched, errors=errors)
    return JSONResponse(out.model_dump(), 422 if errors and not done.accepted else 202)


class ListQuery:
    """Which annotations to list, as a dependency of a route."""

    def __init__(
        self,
        between: Annotated[Between, Depends()],
        trace_id: str | None = None,
        name: str | None = None,
        matched: bool | None = None,
        limit: Annotated[int, Query(ge=1, le=1000)] = 100,
        offset: Annotated[int, Query(ge=0, le=1_000_000)] = 0,
    ) -> None:
        self.trace_id = None if trace_id is None else canonical_id(trace_id)
        self.name, self.start, self.end = name, between.start, between.end
        self.matched, self.limit, self.offset = matched, limit, offset


def listed(state: AppState, project: str, kind: AnnotationKind, q: ListQuery) -> AnnotationListOut:
    """Annotations of one kind, the latest first."""
    f = AnnotationFilter(
        kind=kind, trace_id=q.trace_id, name=q.name, start=q.start, end=q.end, matched=q.matched,
        limit=q.limit + 1, offset=q.offset,
    )  # fmt: skip
    with state.places.read(project) as unit:
        found = unit.of(project).annotations.find(f)
        if q.name is not None and not found:
            check_annotation(unit, project, "name", q.name, kind)
    following = q.offset + q.limit if len(found) > q.limit else None
    return AnnotationListOut(items=[annotation_out(row) for row in found[: q.limit]], next_offset=following)
