"""Exports of LangSmith: runs, as its API and its bulk export give them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from evaluator.ingest.files.exported import Step, json_text
from evaluator.ingest.shapes.structure import structure


def recognises(record: Any) -> bool:
    """Whether a record is a run."""
    return isinstance(record, dict) and "run_type" in record and "start_time" in record


def steps(record: Mapping[str, Any]) -> Iterator[Step]:
    """The run as a span, and those below it where they lie in it."""
    runs = [record]
    for run in runs:  # which grows
        trace_id = run.get("trace_id") or run.get("id")
        yield _step(run, trace_id)
        below = run.get("child_runs")
        children = [child for child in below if isinstance(child, dict)] if isinstance(below, list) else []
        runs += [child | {"trace_id": child.get("trace_id") or trace_id} for child in children]


def _step(record: Mapping[str, Any], trace_id: Any) -> Step:
    extra = structure(record.get("extra"))
    metadata = extra.get("metadata") if isinstance(extra, dict) else None
    metadata = metadata if isinstance(metadata, dict) else {}
    written = {
        "langsmith.span.kind": record.get("run_type"),
        "langsmith.trace.name": record.get("name"),
        "gen_ai.prompt": json_text(record.get("inputs")),
        "gen_ai.completion": json_text(record.get("outputs")),
        "langsmith.span.tags": record.get("tags"),
        "gen_ai.request.model": metadata.get("ls_model_name"),
        "gen_ai.usage.input_tokens": record.get("prompt_tokens"),
        "gen_ai.usage.output_tokens": record.get("completion_tokens"),
        "gen_ai.usage.cost": record.get("total_cost"),
    }
    return Step(
        trace_id=trace_id,
        span_id=record.get("id"),
        parent_id=record.get("parent_run_id"),
        name=record.get("name"),
        start=record.get("start_time"),
        end=record.get("end_time"),
        status="error" if record.get("error") else "ok",
        message=record.get("error"),
        attributes={f"langsmith.metadata.{key}": value for key, value in metadata.items()} | written,
    )
