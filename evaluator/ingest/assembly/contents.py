"""What log records say, laid over the spans that they belong to, as if they had been events of these spans."""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from evaluator.core.bounds import EVENTS
from evaluator.core.people import NAMED
from evaluator.core.trace import Part, SpanKind
from evaluator.ingest.clean import note
from evaluator.ingest.conventions.gen_ai import MESSAGE_EVENTS
from evaluator.ingest.otlp.log_lines import content_of
from evaluator.ingest.otlp.logs import DETAILS, SIDES, is_content
from evaluator.ingest.otlp.logs import SOURCE as LOG
from evaluator.ingest.otlp.spans import SOURCE as SPAN
from evaluator.ingest.shapes import structure

UNKNOWN_PARENT = "0" * 16
"""The parent of a span that never came itself: some span, as far as anybody knows. No span has this id."""

_KIND = "faithline.span.kind"
_OPERATION = "gen_ai.operation.name"
_CHOICE = "gen_ai.choice"
# Some senders call every message of a prompt by one name, and put into it which it is.
_PROMPT, _COMPLETION = "gen_ai.content.prompt", "gen_ai.content.completion"
_ROLES = {role: name for name, role in MESSAGE_EVENTS.items()}


def with_contents(parts: Sequence[Part], notes: list[str]) -> list[Part]:
    """The parts without log records, whose spans have their contents among their events, in the order of time.

    A record whose span did not come makes one: a model call without a known parent. At most `EVENTS` events of a span
    are kept; `notes` are told of more.
    """
    records: dict[str, list[Part]] = defaultdict(list)
    for part in sorted((part for part in parts if part.source == LOG), key=_order):
        records[part.body["span_id"]].append(part)
    if not records:
        return list(parts)
    out = [
        _laid_over(p, records.pop(p.part_id, ()), notes) if p.source == SPAN else p for p in parts if p.source != LOG
    ]
    return out + [_laid_over(_stand_in(of_span), of_span, notes) for of_span in records.values()]


def _order(record: Part) -> tuple[int, int, str]:
    return _event(record)["time_ns"], record.body.get("place", 0), record.part_id


def _laid_over(span: Part, records: Sequence[Part], notes: list[str]) -> Part:
    if not records:
        return span
    events = [*span.body.get("events", ()), *(_as_of_span(_event(record)) for record in records)]
    events.sort(key=lambda event: event.get("time_ns", 0))
    if len(events) > EVENTS.most:
        note(notes, "events", f"are more than {EVENTS.most}: the first were kept")
    body = span.body | {"events": events[: EVENTS.size]}
    if named := _named([*records, span]):  # whoever is named anywhere can be found, and erased
        body[NAMED] = named
    return dataclasses.replace(span, body=body)


def _event(record: Part) -> dict[str, Any]:
    event: dict[str, Any] = record.body["events"][0]
    return event


def _as_of_span(event: dict[str, Any]) -> dict[str, Any]:
    said = _content(event)
    return {
        "name": _name(event["name"], said),
        "time_ns": event["time_ns"],
        "attributes": {**event.get("attributes", {}), **said},
    }


def _content(event: dict[str, Any]) -> dict[str, Any]:
    """What the body says by name; a text is the content of a message, unless it is JSON that says more."""
    body = event.get("body")
    if line := content_of(body):
        return line
    if isinstance(body, dict) and not is_content(event["name"]):
        found = {
            side: said["messages"]
            for side in SIDES
            if isinstance(said := body.get(side), dict) and "messages" in said
        }
        return {f"gen_ai.{side}.messages": _unwrapped(messages) for side, messages in found.items()}
    said = structure(body)
    if isinstance(said, dict):
        whole = said.get("content")  # Gemini's is a message of its own
        inner = whole.get("parts") if isinstance(whole, dict) else None
        return said | {"content": inner} if isinstance(inner, list) else said
    is_message = event["name"] in (*MESSAGE_EVENTS, _CHOICE)
    return {"content": body} if is_message and body is not None else {}


def _unwrapped(messages: Any) -> Any:
    """Messages whose contents are the attributes that they came from."""
    if not isinstance(messages, list):
        return messages
    return [
        {**one, "content": _inner(one["content"])} if isinstance(one, dict) and "content" in one else one
        for one in messages
    ]


def _inner(content: Any) -> Any:
    inner = content.get("content", content.get("message")) if isinstance(content, dict) else None
    return content if inner is None else inner


def _name(name: str, said: dict[str, Any]) -> str:
    if not is_content(name):
        return DETAILS
    if name == _PROMPT and isinstance(role := said.get("role"), str):
        return _ROLES.get(role, _ROLES["user"])
    return _CHOICE if name == _COMPLETION and "message" in said else name


def _named(parts: Iterable[Part]) -> dict[str, str]:
    named: dict[str, str] = {}
    for part in parts:
        named |= part.body.get(NAMED) or {}
    return named


def _stand_in(records: Sequence[Part]) -> Part:
    """A span that did not come, as far as its log records tell of it."""
    attributes: dict[str, Any] = {}
    for record in records:
        attributes |= _event(record).get("attributes", {})
    if _OPERATION not in attributes:
        attributes.setdefault(_KIND, SpanKind.LLM.value)
    body = {
        "span_id": records[0].body["span_id"],
        "parent_id": UNKNOWN_PARENT,
        "name": str(attributes.get(_OPERATION) or _event(records[0])["name"]),
        "attributes": attributes,
        "resource": records[0].body.get("resource", {}),
        "scope": records[0].body.get("scope", {}),
    }
    if named := _named(records):
        body[NAMED] = named
    end = max(record.end for record in records)
    start = min(record.start for record in records)
    return dataclasses.replace(records[0], part_id=body["span_id"], source=SPAN, start=start, end=end, body=body)
