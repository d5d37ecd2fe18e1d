"""Labels: of a trace that somebody read, and whole files of tasks out and in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Annotated, Any

import orjson
from fastapi import Query, Request
from fastapi.responses import JSONResponse, StreamingResponse
from starlette.concurrency import run_in_threadpool

from evaluator.api.bodies import body_of
from evaluator.api.errors import ErrorOut
from evaluator.api.items import items_of
from evaluator.api.openapi import OBJECTS, json_body
from evaluator.api.routing import resource
from evaluator.api.schemas.items import ItemErrorOut
from evaluator.api.schemas.review import ImportedOut, LabelIn, LabelOut
from evaluator.api.state import Admin, AppState, Read, Review, State
from evaluator.core.bounds import ANNOTATOR
from evaluator.pipeline.access.annotators import annotator_of
from evaluator.pipeline.review.exchange import Imported, export_page, import_rows
from evaluator.pipeline.review.labels import Said, add_label

router = resource("/api/v1/labels", "labels")
LINES = "application/x-ndjson"


@router.post("", status_code=201)
def post_label(state: State, caller: Review, body: LabelIn) -> LabelOut:
    """Say something of an answer that nobody asked about. It is kept and shown, and enters no rate."""
    services = state.services
    said = Said(
        trace=body.trace_id, criterion=body.criterion, level=body.level, target=body.target_id,
        content=body.content_hash, spans=[span.model_dump() for span in body.spans], comment=body.comment,
    )  # fmt: skip
    annotator = annotator_of(state.authenticator, caller, body.annotator)
    row, _ = add_label(services.store, caller.project, annotator, said, services.clock, actor=caller.actor)
    return LabelOut.model_validate(row)


@router.get("", response_class=StreamingResponse, responses={200: {"content": {LINES: {}}}})
def get_labels(
    state: State, caller: Read, wave: str | None = None, open_only: Annotated[bool, Query(alias="open")] = False
) -> StreamingResponse:
    """Tasks as JSON lines: what is asked, the design that drew it and, where there is one, the answer.

    `open` leaves those that are answered out: a file for people who label elsewhere.
    """
    first = _page(state, caller.project, "", wave, open_only)  # what is wrong is told before anything is sent

    def lines() -> Iterator[bytes]:
        page = first
        while page:
            yield b"".join(orjson.dumps(row) + b"\n" for row in page)
            page = _page(state, caller.project, page[-1]["task"], wave, open_only)

    return StreamingResponse(lines(), media_type=LINES)


def _page(state: AppState, project: str, after: str, wave: str | None, open_only: bool) -> list[dict[str, Any]]:
    with state.places.read(project) as unit:
        return export_page(unit, project, after, wave=wave, open_only=open_only)


@router.post(
    "/import",
    status_code=202,
    response_model=ImportedOut,
    responses={422: {"model": ImportedOut | ErrorOut}},
    openapi_extra=json_body(OBJECTS, "Completed rows"),
)
async def post_labels(
    request: Request,
    state: State,
    caller: Admin,
    annotator: Annotated[str | None, Query(min_length=1, max_length=ANNOTATOR.size)] = None,
) -> JSONResponse:
    """Take completed rows in: a list, ``{"labels": [...]}``, or JSON lines as they were exported (`Content-Type:
    application/x-ndjson`); gzip or plain. `annotator` (the caller, if left out) is whoever labelled the rows that
    name nobody.

    A row that does not fit is told by its index, field and remedy, and the others are kept. Answers 202 if anything
    was taken (or nothing sent), 422 if every row was bad.
    """
    services, encoding = state.services, request.headers.get("content-encoding")
    limit = services.settings.max_body_bytes
    by = annotator or annotator_of(state.authenticator, caller, None)
    as_lines = request.headers.get("content-type", "").partition(";")[0].strip().lower() == LINES
    async with body_of(request, limit, state.intake.room) as data:

        def store() -> Imported:
            with state.places.take(caller.project):
                rows = items_of(data, encoding, limit, "labels", strict=False, lines=as_lines)
                return import_rows(
                    services.store, caller.project, enumerate(rows), by, services.clock, actor=caller.actor
                )

        done = await run_in_threadpool(store)
    taken = done.accepted + done.unchanged + done.unanswered
    errors = [ItemErrorOut(**asdict(error)) for error in done.errors]
    out = ImportedOut(
        accepted=done.accepted, unchanged=done.unchanged, unanswered=done.unanswered,
        rejected=len(errors), errors=errors,
    )  # fmt: skip
    return JSONResponse(out.model_dump(), 422 if errors and not taken else 202)
