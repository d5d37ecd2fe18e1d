"""Values that know where they are from, and are otherwise what they are: the same text, the same number."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any, NamedTuple

from evaluator.core.trace import Part
from evaluator.ingest.conventions import Facts
from evaluator.ingest.native.traces import SOURCE as NATIVE

_FACTS = (
    *("question", "answer", "input", "output", "system_prompt", "request_model", "response_model", "session", "user"),
    *("prompt_version", "environment", "feedback", "sampling_probability", "trace_name", "trace_question"),
    *("trace_answer", "tool"),
)


class Origin(NamedTuple):
    """A fact of a span; without a span, a field of the native JSON."""

    span_id: str | None
    field: str


class _Text(str):
    origin: Origin


class _Whole(int):
    origin: Origin


class _Number(float):
    origin: Origin


_KINDS: Mapping[type, type] = {str: _Text, int: _Whole, float: _Number}


def told(value: Any, origin: Origin) -> Any:
    """The same value with its origin, where it is a text or a number."""
    kind = _KINDS.get(type(value))
    if kind is None:
        return value
    known = kind(value)
    known.origin = origin
    return known


def origin_of(value: Any) -> Origin | None:
    """Where a value is from, unless that was lost on the way."""
    return getattr(value, "origin", None)


def told_facts(span_id: str, facts: Facts) -> Facts:
    """The facts of a span, each with its origin."""
    said: dict[str, Any] = {
        name: told(value, Origin(span_id, name)) for name in _FACTS if (value := getattr(facts, name)) is not None
    }
    said["tags"] = tuple(told(tag, Origin(span_id, "tags")) for tag in facts.tags)
    origin = Origin(span_id, "passages")
    said["passages"] = tuple(dataclasses.replace(p, text=told(p.text, origin)) for p in facts.passages)
    return dataclasses.replace(facts, **said)


def told_part(part: Part) -> Part:
    """A part whose name, service and (of a native object) fields have their origin."""
    body = dict(part.body)
    if part.source == NATIVE:
        return dataclasses.replace(part, body={name: _field(value, name) for name, value in body.items()})
    if "name" in body:
        body["name"] = told(body["name"], Origin(body["span_id"], "name"))
    if isinstance(resource := body.get("resource"), dict) and "service.name" in resource:
        named = told(resource["service.name"], Origin(body["span_id"], "service"))
        body["resource"] = resource | {"service.name": named}
    return dataclasses.replace(part, body=body)


def _field(value: Any, path: str) -> Any:
    if path == "spans" or path.startswith("metadata"):
        return value  # spans are read as those of OTLP are
    if isinstance(value, list):
        return [_field(item, f"{path}[{n}]") for n, item in enumerate(value)]
    if isinstance(value, dict):
        return {name: _field(item, f"{path}.{name}") for name, item in value.items()}
    return told(value, Origin(None, path))
