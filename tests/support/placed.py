"""OTLP requests in the JSON encoding, from plain values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.support.protobuf import START

PLACES = ("span", "event", "scope", "resource")
"""Where attributes may stand."""


def request(said: Mapping[str, Mapping[str, Any]], number: int = 1) -> dict[str, Any]:
    """A request with one span of a trace of its own; `said` are attributes by place."""
    at = {place: attributes(said.get(place, {})) for place in PLACES}
    span = {
        "traceId": f"{number:032x}", "spanId": f"{number:016x}", "name": "chat",
        "startTimeUnixNano": str(START), "endTimeUnixNano": str(START + 5),
        "attributes": [*at["span"], *attributes({"input.value": "Hi?", "output.value": "Hello."})],
        "events": [{"name": "e", "timeUnixNano": str(START), "attributes": at["event"]}],
    }  # fmt: skip
    batch = {"scope": {"name": "s", "attributes": at["scope"]}, "spans": [span]}
    return {"resourceSpans": [{"resource": {"attributes": at["resource"]}, "scopeSpans": [batch]}]}


def attributes(said: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Pairs of key and value."""
    return [{"key": key, "value": _value(value)} for key, value in said.items()]


def _value(value: Any) -> dict[str, Any]:
    if isinstance(value, dict):
        return {"kvlistValue": {"values": attributes(value)}}
    if isinstance(value, list):
        return {"arrayValue": {"values": [_value(one) for one in value]}}
    return {"intValue": str(value)} if isinstance(value, int) else {"stringValue": value}
