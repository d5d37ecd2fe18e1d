"""OTLP's binary encoding."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator
from typing import Any

from google.protobuf.message import DecodeError  # type: ignore[import-untyped]
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from evaluator.core.errors import InvalidInput
from evaluator.ingest.clean import MAX_DEPTH, clean_number, clean_text
from evaluator.ingest.spans import Context, RawSpan


def spans(body: bytes) -> Iterator[tuple[Context, Any]]:
    """Every span of a request with what its batch says once; `read` decodes it.

    Raises:
        InvalidInput: the body is no ExportTraceServiceRequest.
    """
    request = ExportTraceServiceRequest()
    try:
        request.ParseFromString(body)
    except (DecodeError, RecursionError) as error:
        problem = f"is no OTLP trace request ({error})"[:300]
        raise InvalidInput("body", problem, "Send a whole ExportTraceServiceRequest") from None
    for resource_spans in request.resource_spans:
        resource = _attributes(resource_spans.resource.attributes)
        for scope_spans in resource_spans.scope_spans:
            scope = scope_spans.scope
            about = {"name": clean_text(scope.name), "version": clean_text(scope.version)}
            context = Context(resource=resource, scope=about | _extra(scope.attributes))
            for span in scope_spans.spans:
                yield context, span


def read(span: Any) -> RawSpan:
    """Decode one span.

    Raises:
        InvalidInput: an attribute is nested too deep.
    """
    return RawSpan(
        trace_id=span.trace_id.hex(),
        span_id=span.span_id.hex(),
        parent_id=span.parent_span_id.hex(),
        name=span.name,
        kind=span.kind,
        start_ns=span.start_time_unix_nano,
        end_ns=span.end_time_unix_nano,
        status_code=span.status.code,
        status_message=span.status.message,
        attributes=_attributes(span.attributes),
        events=[
            {"name": clean_text(e.name), "time_ns": e.time_unix_nano, "attributes": _attributes(e.attributes)}
            for e in span.events
        ],
        links=[{"trace_id": link.trace_id.hex(), "span_id": link.span_id.hex()} for link in span.links],
        trace_state=span.trace_state,
        flags=span.flags,
    )


def _extra(pairs: Iterable[Any]) -> dict[str, Any]:
    attributes = _attributes(pairs)
    return {"attributes": attributes} if attributes else {}


def _attributes(pairs: Iterable[Any], depth: int = 0) -> dict[str, Any]:
    out: dict[str, Any] = {}
    for pair in pairs:
        value = pair.value
        text = value.string_value  # most are texts, and asking which one is set costs as much as reading it
        out[clean_text(pair.key)] = clean_text(text) if text else _value(value, depth)
    return out


def _value(value: Any, depth: int) -> Any:
    if depth > MAX_DEPTH:
        raise InvalidInput("attributes", f"are nested deeper than {MAX_DEPTH} levels", "Flatten them")
    match value.WhichOneof("value"):
        case "string_value":
            return clean_text(value.string_value)
        case "bool_value":
            return value.bool_value
        case "int_value":
            return value.int_value
        case "double_value":
            return clean_number(value.double_value)
        case "bytes_value":
            return base64.b64encode(value.bytes_value).decode("ascii")
        case "array_value":
            return [_value(item, depth + 1) for item in value.array_value.values]
        case "kvlist_value":
            return _attributes(value.kvlist_value.values, depth + 1)
        case _:
            return None
