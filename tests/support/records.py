"""Log records of OTLP as requests, in both encodings."""

from __future__ import annotations

import base64
import json
from typing import Any

from google.protobuf import json_format
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest

TRACE, SPAN = "5a" * 16, "c3" * 8
START = 1_790_000_000_000_000_000
PROTOBUF, JSON = "application/x-protobuf", "application/json"


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
    if content_type == JSON:
        return json.dumps(body).encode()

    def fixed(value: Any) -> Any:
        if isinstance(value, list):
            return [fixed(item) for item in value]
        return {k: in_base64(k, v) for k, v in value.items()} if isinstance(value, dict) else value

    def in_base64(key: str, value: Any) -> Any:
        is_id = key in ("traceId", "spanId")
        return base64.b64encode(bytes.fromhex(value)).decode() if is_id else fixed(value)

    message = json_format.ParseDict(fixed(body), ExportLogsServiceRequest(), ignore_unknown_fields=True)
    return bytes(message.SerializeToString())
