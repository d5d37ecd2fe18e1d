"""One OTLP log record that holds what was said in a span, checked and made a `Part`; the same for both encodings.

GenAI instrumentations may send messages as events of their own beside the span that they belong to. Such a record is
kept as it came, and laid over its span when the trace is put together (`evaluator.ingest.assembly.contents`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, NamedTuple

from evaluator.core.errors import InvalidInput
from evaluator.core.ids import content_hash
from evaluator.core.people import Level
from evaluator.core.trace import Part
from evaluator.ingest.attributes import Keys, keep_bounded
from evaluator.ingest.clean import clean_text
from evaluator.ingest.clocks import check_time, from_ns
from evaluator.ingest.otlp.log_lines import HEADINGS
from evaluator.ingest.otlp.origins import Origin
from evaluator.ingest.otlp.spans import SPAN_DIGITS, TRACE_DIGITS, check_id, is_complete
from evaluator.ingest.users import Named, Users

SOURCE = "otlp-log"
NAME_KEYS = ("event.name", "event_name")
"""Attributes that name an event where the record itself does not."""

_CONTENT = "gen_ai."
DETAILS = "gen_ai.client.inference.operation.details"
"""The event that today's conventions have for all of it."""
SIDES = ("input", "output")
"""Keys of a body that holds what went in and came out, as AWS's distribution writes it, whatever the event's name."""
_SAID = "events"
_AGAIN = "again"


class RawRecord(NamedTuple):
    """A log record as decoded, not yet checked. Ids are lower-case hexadecimal, times nanoseconds since 1970 (UTC) or
    0 where they are not said; `body` is JSON, `notes` say what could not be read."""

    name: str
    trace_id: str
    span_id: str
    time_ns: int
    observed_ns: int
    attributes: dict[str, Any]
    body: Any
    notes: list[str]


def is_content(name: str) -> bool:
    """Whether an event or line of this name holds what was said to a model, by it or of it."""
    return name.startswith(_CONTENT) or name in HEADINGS


def is_whole(sides: Mapping[str, Iterable[str]]) -> bool:
    """Whether a body holds the messages of either side and nothing else, by its keys and the keys below them."""
    return bool(sides) and all(side in SIDES and "messages" in keys for side, keys in sides.items())


def to_part(raw: RawRecord, origin: Origin, keys: Keys, users: Users, received: datetime | None) -> Part:
    """Check a record and make it a part. What of it is out of bounds is left out, and noted in its body.

    Raises:
        InvalidInput: a trace or span id that is missing or none, or a time that can not be.
    """
    if not raw.trace_id.strip("0") or not raw.span_id.strip("0"):
        raise InvalidInput(
            "spanId", "is missing, or the traceId is", "Emit the event within its span, or with its context"
        )
    trace_id = check_id(raw.trace_id, TRACE_DIGITS, "traceId")
    span_id = check_id(raw.span_id, SPAN_DIGITS, "spanId")
    stated = raw.time_ns or raw.observed_ns
    time = received or datetime.now(UTC)
    if stated:
        time = check_time(from_ns(stated, "timeUnixNano"), "timeUnixNano", received)
    named = Named()
    body: dict[str, Any] = {
        "span_id": span_id,
        "resource": origin.resource,
        "scope": origin.scope,
        _SAID: [_event(raw, keys, users, named)],
    }
    named.tell(body, origin.named)
    if raw.notes:
        body["notes"] = raw.notes
    return Part(
        project=users.project,
        trace_id=trace_id,
        part_id=record_id(body),
        source=SOURCE,
        start=time,
        end=time,
        body=body,
        complete=is_complete(raw.attributes),
    )


def told_apart(parts: Sequence[Part]) -> list[Part]:
    """The records of one request, each with its place among them; those that say the same of one span at the same
    time stay as many as they are. The same request gives the same parts."""
    seen: Counter[tuple[str, str]] = Counter()
    out = []
    for place, part in enumerate(parts):
        again = seen[part.trace_id, part.part_id]
        seen[part.trace_id, part.part_id] += 1
        body = part.body | {"place": place} | ({_AGAIN: again} if again else {})
        out.append(replace(part, part_id=record_id(body) if again else part.part_id, body=body))
    return out


def record_id(body: Mapping[str, Any]) -> str:
    """The id of a record's part: its span, and a hash of what it says and when. A retry has the same."""
    return f"{body['span_id']}.{content_hash([body[_SAID], body.get(_AGAIN, 0)])}"


def _event(raw: RawRecord, keys: Keys, users: Users, named: Named) -> dict[str, Any]:
    keep_bounded(raw.attributes, keys, raw.notes)
    event: dict[str, Any] = {
        "name": clean_text(raw.name),
        "time_ns": raw.time_ns or raw.observed_ns,
        "attributes": users.hide(raw.attributes, named, Level.AROUND),
    }
    if raw.time_ns and raw.observed_ns:
        event["observed_ns"] = raw.observed_ns
    if isinstance(raw.body, dict):
        keep_bounded(raw.body, keys, raw.notes, "body")
        event["body"] = users.hide(raw.body, named, Level.AROUND)
    elif raw.body is not None:
        event["body"] = raw.body
    return event
