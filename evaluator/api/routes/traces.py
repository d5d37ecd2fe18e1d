"""Traces: sent in as native JSON, listed, and shown whole."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from typing import Annotated, Literal, NamedTuple

from fastapi import Depends, Query, Request
from fastapi.responses import JSONResponse

from evaluator.api.bodies import body_of
from evaluator.api.errors import ErrorOut
from evaluator.api.filters import ExactQuery
from evaluator.api.items import items_of
from evaluator.api.openapi import OBJECTS, json_body
from evaluator.api.routing import resource
from evaluator.api.schemas.annotations import annotation_out
from evaluator.api.schemas.items import ItemErrorOut
from evaluator.api.schemas.quarantine import QuarantinedOut
from evaluator.api.schemas.traces import (
    AnswerOut,
    IngestOut,
    SpanOut,
    TraceDetailOut,
    TraceListOut,
    listed,
    scores_out,
    trace_values,
)
from evaluator.api.state import Ingest, Read, State
from evaluator.api.times import Between
from evaluator.bootstrap import assemble
from evaluator.bootstrap import explain as explain_parts
from evaluator.core.errors import ItemError
from evaluator.core.explained import Explanation
from evaluator.core.trace import Fact, Part
from evaluator.ingest.compression import decompress
from evaluator.ingest.native import traces as native
from evaluator.pipeline.traces import explain_trace, find_traces, read_trace, rule_of, shown_rules
from evaluator.store.repositories.traces.lists import MAX_TEXT, TraceFilter

router = resource("/api/v1/traces", "traces")


class _Taken(NamedTuple):
    """What was made of a body of `size` bytes, unpacked."""

    parts: list[Part]
    errors: list[ItemError]
    size: int


BODY = json_body(OBJECTS, "Native traces")


@router.post(
    "",
    status_code=202,
    response_model=IngestOut,
    responses={422: {"model": IngestOut | ErrorOut}},
    openapi_extra=BODY,
)
async def send_traces(request: Request, state: State, caller: Ingest) -> JSONResponse:
    """Take native traces: one object, a list, or ``{"traces": [...]}``; gzip or plain.

    A bad item is reported by its index and field and the others are kept; what is accepted is on the disk. Answers
    202 if anything was accepted (or nothing sent), 422 if every item was bad.
    """
    limit = state.services.settings.max_body_bytes
    received = state.services.clock.now()
    encoding = request.headers.get("content-encoding")

    async with body_of(request, limit, state.intake.room) as data:

        def reading() -> _Taken:
            body = decompress(data, encoding, limit)
            items = items_of(body, None, limit, "traces")
            user_keys = state.user_keys.of(caller.project)
            parsed = native.parse(items, project=caller.project, received=received, user_keys=user_keys)
            return _Taken(*parsed, len(body))

        taken = await asyncio.wrap_future(state.intake.submit(reading, len(data)))
    errors = [ItemErrorOut(**asdict(error)) for error in taken.errors]
    out = IngestOut(accepted=len(taken.parts), rejected=len(errors), errors=errors)
    request.app.state.metrics.count_parts(out.accepted, out.rejected)
    status = 422 if out.rejected and not out.accepted else 202
    return JSONResponse(out.model_dump(), status)


@router.get("")
def list_traces(
    state: State,
    caller: Read,
    between: Annotated[Between, Depends()],
    exact: Annotated[ExactQuery, Depends()],
    q: Annotated[str, Query(max_length=MAX_TEXT)] = "",
    rule: str | None = None,
    label: str | None = None,
    annotation: str | None = None,
    tag: str | None = None,
    missing: Fact | None = None,
    sort: Literal["newest", "worst"] = "newest",
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
    offset: Annotated[int, Query(ge=0, le=1_000_000)] = 0,
) -> TraceListOut:
    """Traces, newest first or worst first by the rule asked for (else the first active one).

    `q` searches questions, answers and ids; model, prompt_version, environment, service, session, user (by name or
    pseudonym), status and sender (by its id) filter by equality, `tag` keeps traces that have it among their tags,
    `annotation` those that have a score from elsewhere or feedback of that name, `missing` those of which no answer
    has this.
    """
    asked = TraceFilter(
        exact=exact.values,
        text=q,
        start=between.start,
        end=between.end,
        label=label,
        annotation=annotation,
        tag=tag,
        missing=missing,
        worst=sort == "worst",
        limit=limit + 1,
        offset=offset,
    )
    with state.places.read(caller.project) as unit:
        chosen = rule_of(shown_rules(unit, caller.project), rule)
        found = find_traces(unit, caller.project, asked, chosen)
    more = len(found) > limit
    return TraceListOut(traces=[listed(r) for r in found[:limit]], next_offset=offset + limit if more else None)


@router.get("/{trace_id:id}/explain")
def explain(state: State, caller: Read, trace_id: str) -> Explanation:
    """Where each fact of a trace came from: span, attribute (or event, log record, field) and convention."""
    with state.places.read(caller.project) as unit:
        return explain_trace(unit, caller.project, trace_id, explain_parts)


@router.get("/{trace_id:id}")
def show_trace(state: State, caller: Read, trace_id: str) -> TraceDetailOut:
    """One trace with its answers, scores, evidence and spans."""
    with state.places.read(caller.project) as unit:
        detail = read_trace(unit, caller.project, trace_id, assemble)
    names = {fingerprint: spec.name for fingerprint, spec in detail.specs.items()}
    return TraceDetailOut(
        **trace_values(detail.trace),
        metadata=detail.trace["facts"],
        answers=[AnswerOut(**{f: s[f] for f in AnswerOut.model_fields}) for s in detail.samples],
        scores=scores_out(detail.outcomes, names),
        annotations=[annotation_out(row) for row in detail.annotations],
        spans=[SpanOut(**{f: getattr(s, f) for f in SpanOut.model_fields}) for s in detail.spans],
        set_aside=[QuarantinedOut.model_validate(one) for one in detail.set_aside],
    )
