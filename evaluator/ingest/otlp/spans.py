"""One OTLP span, checked and made a `Part`; the same for both encodings."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

from evaluator.core.bounds import PROBABILITY, SPANS, TITLE, TRACE_STATE, VALUES
from evaluator.core.errors import InvalidInput
from evaluator.core.people import Level
from evaluator.core.trace import Part
from evaluator.ingest.attributes import Keys, keep_bounded, shortened
from evaluator.ingest.clean import clean_text, note
from evaluator.ingest.clocks import check_time, from_ns, is_set_back, remark
from evaluator.ingest.errors import TooLarge
from evaluator.ingest.otlp.ids import wrong_id
from evaluator.ingest.otlp.origins import Origin
from evaluator.ingest.otlp.tracestate import stated_probability
from evaluator.ingest.users import Named, Users

SOURCE = "otlp"
TRACE_DIGITS, SPAN_DIGITS = 32, 16
"""Hexadecimal digits of the id of a trace, and of a span."""

_TIMES = ("endTimeUnixNano", "startTimeUnixNano")
_KINDS = ("unspecified", "internal", "server", "client", "producer", "consumer")
_STATUS = ("unset", "ok", "error")


class Reading:
    """What reading the items of one request shares: the keys, its users, and how many more values it may hold."""

    __slots__ = ("batches", "keys", "left", "users")

    def __init__(self, users: Users) -> None:
        self.keys, self.left, self.batches, self.users = Keys(), VALUES.size, SPANS.size, users

    def batch(self) -> None:
        """Raises TooLarge at one more resource or scope than a request may have spans, and as `check` does."""
        self.check()
        self.batches -= 1
        if self.batches < 0:
            raise TooLarge(f"the request has more than {SPANS.most} resources and scopes. Send smaller batches")

    def check(self) -> None:
        """Raises TooLarge once more attributes, entries and events were met than a request may hold."""
        if self.left < 0:
            raise TooLarge(f"the request holds more than {VALUES.most} values. Send smaller batches")


class RawSpan(NamedTuple):
    """A span as decoded, not yet checked. Ids are lower-case hexadecimal, times nanoseconds since 1970 (UTC); `notes`
    say what could not be read, and was left out."""

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
    link_count: int
    trace_state: str
    flags: int
    notes: list[str]


def to_part(raw: RawSpan, origin: Origin, keys: Keys, users: Users, received: datetime | None) -> Part:
    """Check a span and make it a part. What of it is out of bounds is left out, and noted in its body.

    Raises:
        InvalidInput: a trace or span id of the wrong length or all zeros, a time that cannot be, an end that is
            missing, or further before the start than by a clock that was set back.
    """
    trace_id = check_id(raw.trace_id, TRACE_DIGITS, "traceId")
    span_id = check_id(raw.span_id, SPAN_DIGITS, "spanId")
    parent = raw.parent_id if raw.parent_id.strip("0") else ""
    parent_id = check_id(parent, SPAN_DIGITS, "parentSpanId") if parent else None
    start = check_time(from_ns(raw.start_ns, "startTimeUnixNano"), "startTimeUnixNano", received)
    if raw.end_ns == 0:
        raise InvalidInput("endTimeUnixNano", "is 0: the span has not ended", "Send finished spans")
    end = check_time(from_ns(raw.end_ns, "endTimeUnixNano"), "endTimeUnixNano", received)
    set_back = is_set_back(raw.start_ns, raw.end_ns, *_TIMES)
    body = _body(raw, origin, keys, users)
    body |= {"span_id": span_id, "parent_id": parent_id}
    if set_back:
        end = start
        body |= {"end_ns": raw.start_ns, "notes": [*raw.notes, remark(*_TIMES)]}
    return Part(
        project=users.project,
        trace_id=trace_id,
        part_id=span_id,
        source=SOURCE,
        start=start,
        end=end,
        body=body,
        name=body["name"],
        complete=is_complete(raw.attributes),
    )


def is_complete(attributes: dict[str, Any]) -> bool:
    """Whether the sender says that nothing more will come for this trace."""
    return attributes.get("faithline.complete") in (True, "true")


def check_id(value: str, length: int, name: str) -> str:
    """The same id, when it has so many characters and is not all zeros. Raises InvalidInput for another."""
    if len(value) != length:
        raise wrong_id(value, length, name)
    if not value.strip("0"):
        raise InvalidInput(name, "is all zeros", "Send W3C trace context ids")
    return value


def _body(raw: RawSpan, origin: Origin, keys: Keys, users: Users) -> dict[str, Any]:
    notes, named = raw.notes, Named()
    keep_bounded(raw.attributes, keys, notes)
    name = clean_text(raw.name)
    if len(name) > TITLE.most:
        name = shortened(name, TITLE)
        note(notes, "name", f"has more than {TITLE.most} characters and was shortened")
    body: dict[str, Any] = {
        "name": name,
        "kind": _KINDS[raw.kind] if 0 <= raw.kind < len(_KINDS) else "unspecified",
        "start_ns": raw.start_ns,
        "end_ns": raw.end_ns,
        "status": _STATUS[raw.status_code] if 0 <= raw.status_code < len(_STATUS) else "unset",
        "status_message": clean_text(raw.status_message),
        "attributes": users.hide(raw.attributes, named),
        "resource": origin.resource,
        "scope": origin.scope,
    }
    if raw.events:
        for event in raw.events:
            keep_bounded(event["attributes"], keys, notes, "events.attributes")
            event["attributes"] = users.hide(event["attributes"], named, Level.AROUND)
        body["events"] = raw.events
    named.tell(body, origin.named)
    if raw.links:
        body |= {"links": raw.links, "link_count": raw.link_count}
    if raw.trace_state and (state := _trace_state(raw.trace_state, notes)):
        body["trace_state"] = state
    if raw.flags:
        body["flags"] = raw.flags
    if notes:
        body["notes"] = notes
    return body


def _trace_state(state: str, notes: list[str]) -> str:
    if len(state) > TRACE_STATE.most:
        note(notes, "traceState", f"has more than {TRACE_STATE.most} characters and was left out")
        return ""
    stated = stated_probability(state)
    if stated is not None and not PROBABILITY.holds(stated):
        note(notes, "traceState", f"states a probability ({stated:.3g}) that is not {PROBABILITY} and was not read")
    return clean_text(state)
