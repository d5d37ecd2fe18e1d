"""OTLP/HTTP: where OpenTelemetry exporters send traces, and logs that hold what was said in them."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request, Response

from evaluator.api.bodies import body_of
from evaluator.api.errors import DECLARED, headers_of, status_of
from evaluator.api.exports import store_export
from evaluator.api.routing import Handler, Route
from evaluator.api.state import Ingest, State
from evaluator.core.errors import FaithlineError, InvalidInput
from evaluator.ingest.errors import UnsupportedMedia
from evaluator.ingest.otlp.requests import (
    MIME,
    ContentType,
    encode_failure,
    encode_response,
    parse_content_type,
)
from evaluator.ingest.otlp.signals import LOGS, TRACES, Signal


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


def body(signal: Signal) -> dict[str, Any]:
    """What a route says of the body that it takes."""
    name = signal.request.DESCRIPTOR.name
    return {"requestBody": {"required": True, "description": f"An {name}", "content": FORMS}}


ANSWERS: dict[int | str, dict[str, Any]] = {
    status: {"description": about["description"], "content": FORMS} for status, about in DECLARED.items()
} | {200: {"description": "Stored; `partial_success` says what was refused", "content": FORMS}}

router = APIRouter(tags=["ingest"], route_class=OtlpRoute, responses=ANSWERS)


@router.post("/v1/traces", response_class=Response, openapi_extra=body(TRACES))
async def export_traces(request: Request, state: State, caller: Ingest) -> Response:
    """Take an ExportTraceServiceRequest (protobuf or JSON, gzip or plain) and acknowledge it once it is on the disk.

    Answers follow the OTLP specification: 200 with `partial_success` where spans were refused, 503 with Retry-After
    when too much is waiting, and a google.rpc.Status as the body of every error.
    """
    return await take(request, state, caller.project, TRACES)


@router.post("/v1/logs", response_class=Response, openapi_extra=body(LOGS))
async def export_logs(request: Request, state: State, caller: Ingest) -> Response:
    """Take an ExportLogsServiceRequest, as `/v1/traces` takes traces.

    Log records that are GenAI events (`gen_ai.user.message`, `gen_ai.choice` and the like) are what was said in the
    span whose ids they carry, and are kept with it. All others are counted and not kept, which `partial_success` says
    without rejecting any.
    """
    return await take(request, state, caller.project, LOGS)


async def take(request: Request, state: State, project: str, signal: Signal) -> Response:
    """Store the export request in a body, and answer in its form."""
    content_type = request.headers.get("content-type", "")
    parse_content_type(content_type)
    async with body_of(request, state.services.settings.max_body_bytes, state.intake.room) as data:
        decoded = await store_export(
            state,
            request.app.state.metrics,
            data,
            project=project,
            signal=signal,
            content_type=content_type,
            content_encoding=request.headers.get("content-encoding"),
        )
    return Response(encode_response(decoded), media_type=MIME[decoded.content_type])


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
