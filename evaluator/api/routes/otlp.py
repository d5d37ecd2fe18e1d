"""OTLP/HTTP: where OpenTelemetry exporters send traces to."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Any

import structlog
from fastapi import APIRouter, Request, Response

from evaluator.api.bodies import body_of
from evaluator.api.errors import DECLARED, headers_of, status_of
from evaluator.api.metrics import count_parts
from evaluator.api.routing import Handler, Route
from evaluator.api.state import AppState, Ingest, State
from evaluator.core.errors import FaithlineError, InvalidInput
from evaluator.ingest.errors import UnsupportedMedia
from evaluator.ingest.otlp import (
    MIME,
    ContentType,
    Decoded,
    decode,
    encode_failure,
    encode_response,
    parse_content_type,
)

log = structlog.get_logger()


class OtlpRoute(Route):
    """A route that answers every error, also that of a missing key, in the form of the OTLP specification."""

    def get_route_handler(self) -> Handler:
        inner = super().get_route_handler()

        async def handle(request: Request) -> Response:
            try:
                return await inner(request)
            except FaithlineError as error:
                return _refuse(error, _kind_of(request))

        return handle


FORMS = {
    MIME["json"]: {"schema": {"type": "object"}},
    MIME["protobuf"]: {"schema": {"type": "string", "format": "binary"}},
}
BODY = {"requestBody": {"required": True, "description": "An ExportTraceServiceRequest", "content": FORMS}}
ANSWERS: dict[int | str, dict[str, Any]] = {
    status: {"description": about["description"], "content": FORMS} for status, about in DECLARED.items()
} | {200: {"description": "Stored; `partial_success` says what was refused", "content": FORMS}}

router = APIRouter(tags=["ingest"], route_class=OtlpRoute, responses=ANSWERS)


@router.post("/v1/traces", response_class=Response, openapi_extra=BODY)
async def export_traces(request: Request, state: State, caller: Ingest) -> Response:
    """Take an ExportTraceServiceRequest (protobuf or JSON, gzip or plain) and acknowledge it once it is on the disk.

    Answers follow the OTLP specification: 200 with `partial_success` where spans were refused, 503 with Retry-After
    when too much is waiting, and a google.rpc.Status as the body of every error.
    """
    parse_content_type(request.headers.get("content-type", ""))
    decoded = await _take(request, state, caller.project)
    count_parts(request, len(decoded.parts), decoded.rejected)
    return Response(encode_response(decoded), media_type=MIME[decoded.content_type])


async def _take(request: Request, state: AppState, project: str) -> Decoded:
    services = state.services
    limit = int(services.settings.max_body_mb * 2**20)
    async with body_of(request, limit, state.intake.room) as data:
        reading = partial(
            _read,
            state,
            data,
            request.headers.get("content-type", ""),
            request.headers.get("content-encoding"),
            project=project,
            max_bytes=limit,
            received=services.clock.now(),
        )
        decoded = await asyncio.wrap_future(state.intake.submit(reading, len(data)))
    if decoded.rejected:
        log.warning("spans_refused", rejected=decoded.rejected, kept=len(decoded.parts))
    return decoded


def _read(state: AppState, *body: Any, project: str, **given: Any) -> Decoded:
    """Decode a body as the project has it, on the thread of the intake: its names may have to be looked up."""
    return decode(*body, project=project, user_keys=state.user_keys.of(project), **given)


def _kind_of(request: Request) -> ContentType:
    """The form in which the sender understands an answer."""
    try:
        return parse_content_type(request.headers.get("content-type", ""))
    except UnsupportedMedia:
        return "protobuf"


def _refuse(error: FaithlineError, kind: ContentType) -> Response:
    # The specification knows 400 for what can not be read.
    status = 400 if isinstance(error, InvalidInput) else status_of(error)
    return Response(encode_failure(str(error), kind), status, media_type=MIME[kind], headers=headers_of(error))
