"""Exports of Phoenix: spans, as rows of its table of spans or from its API."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from evaluator.core.bounds import ATTRIBUTES, DEPTH
from evaluator.ingest.files.exported import Step
from evaluator.ingest.shapes.structure import structure

_COLUMN = "attributes."
_CODES = {"OK": "ok", "ERROR": "error"}
_LISTED = ("llm.input_messages", "llm.output_messages", "retrieval.documents", "reranker.", "embedding.embeddings")
"""Attributes that hold lists of objects, which OpenInference numbers."""


def recognises(record: Any) -> bool:
    """Whether a record is a span of Phoenix."""
    if not isinstance(record, dict):
        return False
    if "context.trace_id" in record and "context.span_id" in record:
        return True
    context = record.get("context")
    return isinstance(context, dict) and "trace_id" in context and "attributes" in record and "start_time" in record


def steps(record: Mapping[str, Any]) -> Iterator[Step]:
    """The span."""
    given = record.get("context")
    context = given if isinstance(given, dict) else {}
    attributes: dict[str, Any] = {}
    whole = structure(record.get("attributes"))
    columns = {key[len(_COLUMN) :]: value for key, value in record.items() if key.startswith(_COLUMN)}
    for key, value in {**(whole if isinstance(whole, dict) else {}), **columns}.items():
        _flatten(key, value, attributes, 0)
    if kind := record.get("span_kind"):
        attributes.setdefault("openinference.span.kind", kind)
    events = structure(record.get("events"))
    yield Step(
        trace_id=record.get("context.trace_id") or context.get("trace_id"),
        span_id=record.get("context.span_id") or context.get("span_id"),
        parent_id=record.get("parent_id"),
        name=record.get("name"),
        start=record.get("start_time"),
        end=record.get("end_time"),
        status=_CODES.get(str(record.get("status_code") or "").upper(), "unset"),
        message=record.get("status_message"),
        attributes=attributes,
        events=[_event(e) for e in events if isinstance(e, dict)] if isinstance(events, list) else [],
    )


def _flatten(key: str, value: Any, out: dict[str, Any], depth: int) -> None:
    """Objects, and lists of objects, under dotted names; everything else as it is."""
    if len(out) > ATTRIBUTES.size or depth > DEPTH.size:
        return
    numbered = structure(value) if key.startswith(_LISTED) else value
    if isinstance(value, dict) and key not in ("metadata", "input.value", "output.value"):
        for name, inner in value.items():
            _flatten(f"{key}.{name}", inner, out, depth + 1)
    elif isinstance(numbered, list) and numbered and all(isinstance(item, dict) for item in numbered):
        for place, item in enumerate(numbered):
            _flatten(f"{key}.{place}", item, out, depth + 1)
    elif value is not None:
        out[key] = value


def _event(event: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    attributes = event.get("attributes")
    return str(event.get("name") or ""), attributes if isinstance(attributes, dict) else {}
