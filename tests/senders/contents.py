"""What recorded bytes hold: traces of OTLP requests, and every value in them, however it is packed."""

from __future__ import annotations

import ast
import base64
import contextlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from google.protobuf.json_format import MessageToDict
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from tests.senders.recorder import Request

MESSAGES: dict[str, Any] = {"traces": ExportTraceServiceRequest, "logs": ExportLogsServiceRequest}
SCALARS = {"stringValue", "boolValue", "intValue", "doubleValue", "bytesValue"}


@dataclass
class Contents:
    """A trace as it was sent: `values` are the texts, numbers and objects in it, those within JSON texts too."""

    trace_id: str
    start: int = 0
    spans: int = 0
    logs: int = 0
    values: list[Any] = field(default_factory=list)


def signal(request: Request) -> str | None:
    """ "traces" or "logs" for an OTLP request, else none."""
    last = request.path.split("?")[0].rsplit("/v1/", 1)[-1]
    return last if last in MESSAGES else None


def traces(requests: list[Request]) -> list[Contents]:
    """The traces of all OTLP requests, in the order of their first span."""
    found: dict[str, Contents] = {}
    for request in requests:
        if kind := signal(request):
            for trace_id, record, around in records(kind, request):
                trace = found.setdefault(trace_id, Contents(trace_id))
                trace.values += walk(around) + walk(record)
                if kind == "logs":
                    trace.logs += 1
                else:
                    trace.spans += 1
                    start = int(record["startTimeUnixNano"])
                    trace.start = min(trace.start or start, start)
    return sorted(found.values(), key=lambda trace: trace.start)


def records(kind: str, request: Request) -> Iterator[tuple[str, dict[str, Any], Any]]:
    """Spans or log records, each with its trace's id and what stands around it (resource and scope), made plain."""
    outer, inner, items = {
        "traces": ("resourceSpans", "scopeSpans", "spans"),
        "logs": ("resourceLogs", "scopeLogs", "logRecords"),
    }[kind]
    for resource in _decoded(kind, request).get(outer, []):
        for scope in resource.get(inner, []):
            around = _plain([resource.get("resource", {}), scope.get("scope", {})])
            for record in scope.get(items, []):
                yield _hex(record.get("traceId", "")), _plain(record), around


def _decoded(kind: str, request: Request) -> dict[str, Any]:
    if "json" in request.headers.get("content-type", ""):
        return dict(json.loads(request.body))
    message = MESSAGES[kind]()
    message.ParseFromString(request.body)
    return dict(MessageToDict(message))


def _hex(trace_id: str) -> str:
    return trace_id if len(trace_id) == 32 else base64.b64decode(trace_id).hex()


def _plain(value: Any) -> Any:
    """OTLP's JSON with attribute values and lists of attributes made plain."""
    if isinstance(value, list):
        if value and all(isinstance(v, dict) and set(v) <= {"key", "value"} and "key" in v for v in value):
            return {v["key"]: _plain(v.get("value", {})) for v in value}
        return [_plain(v) for v in value]
    if not isinstance(value, dict):
        return value
    if len(value) == 1:
        ((name, only),) = value.items()
        if name in SCALARS:
            return only
        if name in {"arrayValue", "kvlistValue"}:
            return _plain(only.get("values", []))
    return {name: _plain(v) for name, v in value.items()}


def walk(value: Any) -> list[Any]:
    """A value and all that is in it; a text that is JSON, or a value as Python prints it, is opened."""
    found = [value]
    if isinstance(value, dict):
        for name, inner in value.items():
            found += [name, *walk(inner)]
    elif isinstance(value, list):
        for inner in value:
            found += walk(inner)
    elif isinstance(value, str) and value[:1] in set('{["'):
        found += walk(_opened(value))
    return found


def _opened(text: str) -> Any:
    for read in (json.loads, ast.literal_eval):
        with contextlib.suppress(ValueError, SyntaxError):
            return read(text)
    return None
