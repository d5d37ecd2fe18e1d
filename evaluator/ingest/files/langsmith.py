"""Exports of LangSmith: runs, as its API and its bulk export give them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from evaluator.ingest.files.exported import Step
from evaluator.ingest.shapes.structure import structure, text_of

TITLE = "LangSmith"


def recognises(record: Any) -> bool:
    """Whether a record is a run."""
    return isinstance(record, dict) and "run_type" in record and "start_time" in record


def steps(record: Mapping[str, Any]) -> Iterator[Step]:
    """The run as a span, and those below it where they lie in it."""
    extra = structure(record.get("extra"))
    metadata = extra.get("metadata") if isinstance(extra, dict) else None
    metadata = metadata if isinstance(metadata, dict) else {}
    written = {
        "langsmith.span.kind": record.get("run_type"),
        "langsmith.trace.name": record.get("name"),
        "gen_ai.prompt": _text(record.get("inputs")),
        "gen_ai.completion": _text(record.get("outputs")),
        "langsmith.span.tags": record.get("tags"),
        "gen_ai.request.model": metadata.get("ls_model_name"),
        "gen_ai.usage.input_tokens": record.get("prompt_tokens"),
        "gen_ai.usage.output_tokens": record.get("completion_tokens"),
        "gen_ai.usage.cost": record.get("total_cost"),
    }
    attributes = {f"langsmith.metadata.{key}": value for key, value in metadata.items()} | written
    failed = bool(record.get("error"))
    yield Step(
        trace_id=record.get("trace_id") or record.get("id"),
        span_id=record.get("id"),
        parent_id=record.get("parent_run_id"),
        name=record.get("name"),
        start=record.get("start_time"),
        end=record.get("end_time"),
        status="error" if failed else "ok",
        message=record.get("error"),
        attributes={key: value for key, value in attributes.items() if value not in (None, "", [], {})},
    )
    for child in record.get("child_runs") or ():
        if isinstance(child, dict):
            yield from steps({"trace_id": record.get("trace_id") or record.get("id"), **child})


def scores(record: Mapping[str, Any]) -> Iterator[dict[str, Any]]:  # noqa: ARG001 - runs hold no single scores
    """Runs tell only how their feedback is spread, and of no single score."""
    return iter(())


def _text(value: Any) -> str | None:
    return text_of(value) if value not in (None, {}, []) else None
