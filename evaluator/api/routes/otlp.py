"""OTLP/HTTP: where OpenTelemetry exporters send traces to."""

from __future__ import annotations

import asyncio
from functools import partial

import structlog
from fastapi import APIRouter, Request, Response

from evaluator.api.bodies import body_of
from evaluator.api.metrics import count_parts
from evaluator.api.state import AppState, Project, State
from evaluator.core.errors import FaithlineError, InvalidInput, Unavailable
from evaluator.ingest.errors import TooLarge, TooSlow, UnsupportedMedia
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
router = APIRouter(tags=["ingest"])


@router.post("/v1/traces", response_class=Response)
async def export_traces(request: Request, state: State, project: Project) -> Response:
    """Take an ExportTraceServiceRequest (protobuf or JSON, gzip or plain) and acknowledge it once it is on the disk.

    Answers follow the OTLP specification: 200 with `partial_success` where spans were refused, 503 with Retry-After
    when too much is waiting, and a google.rpc.Status as the body of every error.
    """
    kind: ContentType = "protobuf"
    try:
        kind = parse_content_type(request.headers.get("content-type", ""))
        decoded = await _take(request, state, project)
        count_parts(request, len(decoded.parts), decoded.rejected)
    except FaithlineError as error:
        return _refuse(error, kind)
    return Response(encode_response(decoded), media_type=MIME[decoded.content_type])


async def _take(request: Request, state: AppState, project: str) -> Decoded:
    services = state.services
    limit = int(services.settings.max_body_mb * 2**20)
    async with body_of(request, limit, state.intake.room) as data:
        reading = partial(
            decode,
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


def _refuse(error: FaithlineError, kind: ContentType) -> Response:
    headers: dict[str, str] = {}
    match error:
        case Unavailable():
            status = 503
            headers["Retry-After"] = str(max(1, round(error.retry_after)))
        case TooLarge():
            status = 413
        case UnsupportedMedia():
            status = 415
        case TooSlow():
            status = 408
        case InvalidInput():
            status = 400
        case _:
            status = 500
    return Response(encode_failure(str(error), kind), status, media_type=MIME[kind], headers=headers)
