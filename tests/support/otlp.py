"""OTLP requests by hand, in both encodings."""

from __future__ import annotations

import base64
import json
from typing import Any

from google.protobuf import json_format
from google.protobuf.message import Message
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from evaluator.ingest.otlp.requests import Decoded, decode

TRACE, SPAN, PARENT = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331", "00f067aa0ba902b7"
START = 1_790_000_000_000_000_000
PROTOBUF, JSON = "application/x-protobuf", "application/json; charset=utf-8"
MAX = 1_000_000


def span(**changes: Any) -> dict[str, Any]:
    """A span in OTLP's JSON encoding."""
    plain = {
        "traceId": TRACE.upper(),
        "spanId": SPAN,
        "parentSpanId": PARENT,
        "name": "chat",
        "kind": 3,
        "startTimeUnixNano": str(START),
        "endTimeUnixNano": str(START + 1_500_000_000),
        "traceState": "ot=th:8",
        "flags": 257,
        "status": {"code": 2, "message": "late"},
        "attributes": [
            {"key": "text", "value": {"stringValue": "a\u0000b"}},
            {"key": "yes", "value": {"boolValue": True}},
            {"key": "count", "value": {"intValue": "42"}},
            {"key": "ratio", "value": {"doubleValue": 0.5}},
            {"key": "odd", "value": {"doubleValue": "NaN"}},
            {"key": "bytes", "value": {"bytesValue": "aGk="}},
            {"key": "list", "value": {"arrayValue": {"values": [{"stringValue": "x"}, {"intValue": 1}]}}},
            {"key": "map", "value": {"kvlistValue": {"values": [{"key": "k", "value": {"boolValue": False}}]}}},
            {"key": "none", "value": {}},
            {"key": "user.id", "value": {"stringValue": "ada"}},
        ],
        "events": [{"name": "e", "timeUnixNano": "5", "attributes": [{"key": "k", "value": {"intValue": 1}}]}],
        "links": [{"traceId": TRACE, "spanId": PARENT}],
        "somethingNew": {"of": "tomorrow"},
    }
    return {k: v for k, v in (plain | changes).items() if v is not None}


def request(*spans: Any) -> dict[str, Any]:
    resource = {"attributes": [{"key": "service.name", "value": {"stringValue": "shop"}}]}
    return {
        "resourceSpans": [{"resource": resource, "scopeSpans": [{"scope": {"name": "lib"}, "spans": list(spans)}]}]
    }


def as_json(*spans: Any) -> bytes:
    return json.dumps(request(*spans)).encode()


def as_protobuf(*spans: dict[str, Any]) -> bytes:
    return in_form(request(*spans), PROTOBUF)


def in_form(body: dict[str, Any], content_type: str, kind: type[Message] = ExportTraceServiceRequest) -> bytes:
    """A request as JSON, or as the protobuf that says the same without links."""
    if content_type != PROTOBUF:
        return json.dumps(body).encode()

    def fixed(value: Any) -> Any:
        if isinstance(value, list):
            return [fixed(item) for item in value]
        return {k: in_base64(k, v) for k, v in value.items() if k != "links"} if isinstance(value, dict) else value

    def in_base64(key: str, value: Any) -> Any:
        is_id = key in ("traceId", "spanId", "parentSpanId")
        return base64.b64encode(bytes.fromhex(value)).decode() if is_id else fixed(value)

    return bytes(json_format.ParseDict(fixed(body), kind(), ignore_unknown_fields=True).SerializeToString())


def decoded(body: bytes, content_type: str = JSON, encoding: str | None = None, **more: Any) -> Decoded:
    return decode(body, content_type, encoding, project="p", max_bytes=more.pop("max_bytes", MAX), **more)
