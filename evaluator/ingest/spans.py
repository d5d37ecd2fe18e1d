"""One OTLP span, checked and made a `Part`; the same for both encodings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from evaluator.core.errors import InvalidInput
from evaluator.core.ids import pseudonym
from evaluator.core.people import USER_KEYS
from evaluator.core.trace import Part
from evaluator.ingest.clean import clean_text

SOURCE = "otlp"
FUTURE = timedelta(hours=24)
"""How far ahead of the server's clock a time may lie."""
OLDEST = datetime(2000, 1, 1, tzinfo=UTC)
NEWEST = datetime(2100, 1, 1, tzinfo=UTC)
MAX_LINKS = 8
"""Links kept of a span; `link_count` tells how many there were."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TRACE_HEX, _SPAN_HEX = 32, 16
_KINDS = ("unspecified", "internal", "server", "client", "producer", "consumer")
_STATUS = ("unset", "ok", "error")


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What a batch says once for many spans: attributes of the resource, and the instrumentation scope."""

    resource: dict[str, Any] = field(default_factory=dict)
    scope: dict[str, Any] = field(default_factory=dict)


class RawSpan(NamedTuple):
    """A span as decoded, not yet checked. Ids are lower-case hexadecimal, times nanoseconds since 1970 (UTC)."""

    trace_id: str
    span_id: str
    parent_id: str
    name: str
    kind: int
    start_ns: int
    end_ns: int
    status_code: int
    status_message: str
    attributes: dict[str, Any]
    events: list[dict[str, Any]]
    links: list[dict[str, Any]]
    trace_state: str
    flags: int


def to_part(raw: RawSpan, context: Context, project: str, received: datetime | None) -> Part:
    """Check a span and make it a part.

    Raises:
        InvalidInput: a trace or span id of the wrong length or all zeros, a time that cannot be, an end before the
            start.
    """
    trace_id = _id(raw.trace_id, _TRACE_HEX, "traceId")
    span_id = _id(raw.span_id, _SPAN_HEX, "spanId")
    parent = raw.parent_id if raw.parent_id.strip("0") else ""
    parent_id = _id(parent, _SPAN_HEX, "parentSpanId") if parent else None
    start = check_time(from_ns(raw.start_ns, "startTimeUnixNano"), "startTimeUnixNano", received)
    end = check_time(from_ns(raw.end_ns, "endTimeUnixNano"), "endTimeUnixNano", received)
    if raw.end_ns < raw.start_ns:
        raise InvalidInput("endTimeUnixNano", "is before startTimeUnixNano", "Send finished spans")
    body = _body(raw, context, project)
    body |= {"span_id": span_id, "parent_id": parent_id}
    return Part(
        project=project,
        trace_id=trace_id,
        part_id=span_id,
        source=SOURCE,
        start=start,
        end=end,
        body=body,
        name=body["name"],
        complete=raw.attributes.get("faithline.complete") in (True, "true"),
    )


def from_ns(value: int, name: str) -> datetime:
    """A time from nanoseconds since 1970 (UTC), to the microsecond below.

    Raises:
        InvalidInput: outside the years that a datetime has.
    """
    try:
        return _EPOCH + timedelta(microseconds=value // 1000)
    except OverflowError:
        raise InvalidInput(name, f"is no time of this age ({value})", "Send nanoseconds since 1970") from None


def check_time(value: datetime, name: str, received: datetime | None) -> datetime:
    """The same time, when it can be true: from 2000 on, and not more than a day ahead of `received`.

    Raises:
        InvalidInput: it cannot.
    """
    newest = NEWEST if received is None else received + FUTURE
    if not OLDEST <= value <= newest:
        said = value.isoformat()
        raise InvalidInput(name, f"is no plausible time ({said})", "Check the unit and the sender's clock")
    return value


def hide_users(attributes: Mapping[str, Any], project: str) -> dict[str, Any]:
    """The attributes with every user id replaced by its pseudonym; an empty id is left out."""
    out = dict(attributes)
    for key in USER_KEYS:
        if key in out:
            raw = str(out.pop(key) or "")
            out |= {key: pseudonym(project, raw)} if raw else {}
    return out


def _id(value: str, length: int, name: str) -> str:
    if len(value) != length:
        raise InvalidInput(name, f"has {len(value) / 2:g} bytes, not {length // 2}", "Send W3C trace context ids")
    if not value.strip("0"):
        raise InvalidInput(name, "is all zeros", "Send W3C trace context ids")
    return value


def _body(raw: RawSpan, context: Context, project: str) -> dict[str, Any]:
    body: dict[str, Any] = {
        "name": clean_text(raw.name),
        "kind": _KINDS[raw.kind] if 0 <= raw.kind < len(_KINDS) else "unspecified",
        "start_ns": raw.start_ns,
        "end_ns": raw.end_ns,
        "status": _STATUS[raw.status_code] if 0 <= raw.status_code < len(_STATUS) else "unset",
        "status_message": clean_text(raw.status_message),
        "attributes": hide_users(raw.attributes, project),
        "resource": hide_users(context.resource, project),
        "scope": context.scope,
    }
    if raw.events:
        body["events"] = raw.events
    if raw.links:
        body |= {"links": raw.links[:MAX_LINKS], "link_count": len(raw.links)}
    if raw.trace_state:
        body["trace_state"] = clean_text(raw.trace_state)
    if raw.flags:
        body["flags"] = raw.flags
    return body
