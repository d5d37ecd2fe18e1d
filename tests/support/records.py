"""Log records of OTLP as requests, in both encodings."""

from __future__ import annotations

from typing import Any

from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest

from tests.support import otlp

TRACE, SPAN = "5a" * 16, "c3" * 8
START, PROTOBUF, JSON = otlp.START, otlp.PROTOBUF, "application/json"


def any_value(value: Any) -> dict[str, Any]:
    """A JSON value as OTLP writes it."""
    match value:
        case None:
            return {}
        case bool():
            return {"boolValue": value}
        case int():
            return {"intValue": str(value)}
        case float():
            return {"doubleValue": value}
        case str():
            return {"stringValue": value}
        case list():
            return {"arrayValue": {"values": [any_value(item) for item in value]}}
    return {"kvlistValue": {"values": pairs(value)}}


def pairs(values: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"key": key, "value": any_value(value)} for key, value in values.items()]


def record(name: str, body: Any = None, at: int = 0, **changes: Any) -> dict[str, Any]:
    """A record `at` nanoseconds after `START`, with its name in its own field. `attributes` are plain."""
    plain = {
        "timeUnixNano": str(START + at),
        "eventName": name,
        "traceId": TRACE,
        "spanId": SPAN,
        "attributes": pairs(changes.pop("attributes", {})),
        "body": any_value(body),
    }
    return {key: value for key, value in (plain | changes).items() if value is not None}


def request(*records: Any, resource: dict[str, Any] | None = None) -> dict[str, Any]:
    about = {"attributes": pairs(resource or {"service.name": "shop"})}
    scope = {"scope": {"name": "lib"}, "logRecords": list(records)}
    return {"resourceLogs": [{"resource": about, "scopeLogs": [scope]}]}


def in_form(body: dict[str, Any], content_type: str) -> bytes:
    """A request as JSON, or as the protobuf that says the same."""
    return otlp.in_form(body, content_type, ExportLogsServiceRequest)
