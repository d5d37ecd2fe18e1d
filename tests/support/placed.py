"""OTLP requests in the JSON encoding, from plain values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.support.protobuf import START
from tests.support.records import pairs

PLACES = ("span", "event", "scope", "resource")
"""Where attributes may stand."""


def request(said: Mapping[str, Mapping[str, Any]], number: int = 1) -> dict[str, Any]:
    """A request with one span of a trace of its own; `said` are attributes by place."""
    at = {place: pairs(said.get(place, {})) for place in PLACES}
    span = {
        "traceId": f"{number:032x}", "spanId": f"{number:016x}", "name": "chat",
        "startTimeUnixNano": str(START), "endTimeUnixNano": str(START + 5),
        "attributes": [*at["span"], *pairs({"input.value": "Hi?", "output.value": "Hello."})],
        "events": [{"name": "e", "timeUnixNano": str(START), "attributes": at["event"]}],
    }  # fmt: skip
    batch = {"scope": {"name": "s", "attributes": at["scope"]}, "spans": [span]}
    return {"resourceSpans": [{"resource": {"attributes": at["resource"]}, "scopeSpans": [batch]}]}
