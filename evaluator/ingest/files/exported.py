"""What exports have in common: ids and times in whatever form, made those of a span."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from evaluator.core.errors import InvalidInput
from evaluator.core.ids import content_hash
from evaluator.ingest.attributes import Keys
from evaluator.ingest.clean import clean_json, clean_text, clip
from evaluator.ingest.clocks import ns_of
from evaluator.ingest.native.fields import read_time
from evaluator.ingest.otlp.spans import SPAN_DIGITS, TRACE_DIGITS, RawSpan
from evaluator.ingest.shapes import text_of

_HEX = re.compile(r"[0-9a-f]+")
_INTERNAL = 1
EMPTY: tuple[Any, ...] = (None, "", [], {})
_CODES = {"unset": 0, "ok": 1, "error": 2}


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One span as an export tells of it. Ids are whatever the product calls them; times whatever `read_time` reads;
    `resource` and `scope` as of OTLP, `events` by their names."""

    trace_id: Any
    span_id: Any
    parent_id: Any = None
    name: Any = ""
    start: Any
    end: Any = None
    status: str = "unset"
    message: Any = ""
    attributes: Mapping[str, Any]
    events: Sequence[tuple[str, Mapping[str, Any]]] = ()
    resource: Mapping[str, Any] = field(default_factory=dict)
    scope: Mapping[str, Any] = field(default_factory=dict)


def raw_span(step: Step, keys: Keys) -> RawSpan:
    """The span of a step, to be checked like one that came by a door.

    Raises:
        InvalidInput: no trace or span id, a start that is missing or no time, or a value nested too deep.
    """
    start = _ns("start", step.start)
    return RawSpan(
        trace_id=hex_id("trace id", step.trace_id, TRACE_DIGITS),
        span_id=hex_id("span id", step.span_id, SPAN_DIGITS),
        parent_id=hex_id("parent id", step.parent_id, SPAN_DIGITS) if step.parent_id else "",
        name=str(step.name or ""),
        kind=_INTERNAL,
        start_ns=start,
        # An export may hold what had not ended, and what it was asked and said counts all the same.
        end_ns=start if step.end is None else _ns("end", step.end),
        status_code=_CODES[step.status],
        status_message=str(step.message or ""),
        attributes=storable(step.attributes, keys),
        events=[{"name": clean_text(name), "attributes": storable(said, keys)} for name, said in step.events],
        links=[],
        link_count=0,
        trace_state="",
        flags=0,
        notes=[],
    )


def storable(said: Mapping[str, Any], keys: Keys) -> dict[str, Any]:
    """What is said under names, made what both databases can hold; without what is empty."""
    return {keys[name]: clean_json(value, clip(name)) for name, value in said.items() if value not in EMPTY}


def json_text(value: Any) -> str | None:
    """A value as text; None where it is empty."""
    return None if value in EMPTY else text_of(value)


def hex_id(name: str, value: Any, digits: int) -> str:
    """An id of so many hexadecimal digits: the same where it has them, perhaps with dashes as a UUID; else a hash, so
    that the same id stays the same.

    Raises:
        InvalidInput: it is missing.
    """
    text = str(value).strip().lower() if isinstance(value, str | int) and not isinstance(value, bool) else ""
    if not text:
        raise InvalidInput(name, "is missing", "Export records with their ids")
    plain = text.replace("-", "")
    if len(plain) == digits and _HEX.fullmatch(plain) and plain.strip("0"):
        return plain
    return content_hash(text)[:digits]


def _ns(name: str, value: Any) -> int:
    try:
        return ns_of(read_time(value))
    except ValueError as error:
        raise InvalidInput(name, str(error), "Export records with their times, as ISO 8601") from None
