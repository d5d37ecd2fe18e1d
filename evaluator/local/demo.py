"""Loads the demo: two weeks of traffic of an invented company, ending now, with rules and a golden set."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from evaluator import shipped
from evaluator.bootstrap import Services, assemble, push_golden_set
from evaluator.ingest.native import traces as native
from evaluator.pipeline.catalog.starter_rules import ATTENTION
from evaluator.pipeline.review.labels import add_labels
from evaluator.pipeline.stages.ingest import store_parts
from evaluator.store.repositories.traces.arrivals import samples_of

RULES: tuple[dict[str, Any], ...] = (
    {"name": "hallucination", "evaluator": "faithfulness", "rate": 1.0, "strata": ATTENTION},
    {"name": "toxic-answers", "evaluator": "toxicity", "rate": 1.0},
    {"name": "off-topic", "evaluator": "answer_relevance", "rate": 0.5, "strata": ATTENTION},
    {
        "name": "differs-from-golden",
        "evaluator": "golden_similarity",
        "parameters": {"golden_set": "demo-desk"},
        "rate": 1.0,
    },
)
ANNOTATOR = "demo-truth"


def load(services: Services, project: str) -> int:
    """Store the demo's traces with times that end now, and its true labels beside them; returns the traces."""
    push_golden_set(services, project, "demo-desk")
    for definition in RULES:
        services.push_rule(project, definition)
    folder = shipped.demo_dir()
    documents = {d["id"]: d for d in map(json.loads, _lines(folder / "documents.jsonl"))}
    rows = [json.loads(line) for line in _lines(folder / "traces.jsonl")]
    now = services.clock.now()
    items = [trace_of(row, documents, now) for row in rows]
    parts, errors = native.parse(items, project=project, received=now)
    if errors:
        raise ValueError(f"the demo's own data is wrong: {errors[0]}")
    store_parts(services.store, parts, services.clock, services.quiet)
    truth = {row["id"]: row for row in rows}
    labels = [
        label
        for part in parts
        for sample in samples_of(assemble(project, part.trace_id, [part]))
        for label in labels_of(truth[part.trace_id], sample.target_id, sample.content_hash, project, now)
    ]
    add_labels(services.store, project, labels, services.clock)
    return len(parts)


def trace_of(row: Mapping[str, Any], documents: Mapping[str, Mapping[str, Any]], now: datetime) -> dict[str, Any]:
    """A native trace of one row of the demo; its labels stay out of it."""
    start = now - timedelta(hours=row["age_hours"])
    passages = [{"id": i, "text": f"{documents[i]['title']}\n\n{documents[i]['text']}"} for i in row["document_ids"]]
    return {
        "id": row["id"],
        "name": f"{row['application']}-assistant",
        "service": row["application"],
        "environment": "production",
        "question": row["question"],
        "answer": row["answer"],
        "context": passages,
        "model": row["model"],
        "prompt_version": row["prompt_version"],
        "session": row["session"],
        "user": row["user"],
        "feedback": row["feedback"],
        "status": "error" if row["error"] else "ok",
        "latency_ms": row["latency_ms"],
        "input_tokens": row["tokens"]["input"],
        "output_tokens": row["tokens"]["output"],
        "start_time": start.isoformat(),
        "complete": True,
    }


def labels_of(row: Mapping[str, Any], target: str, content: str, project: str, now: datetime) -> list[dict[str, Any]]:
    """The true verdicts on one answer, as rows of the label table."""
    verdicts = {"unfaithful": row["label"], "toxic": row["toxic"]}
    span = row["mistake_span"]
    at = row["answer"].find(span) if span else -1
    spans = [{"start": at, "end": at + len(span), "label": row["mistake"]}] if at >= 0 else []
    return [
        {
            "project": project,
            "target_kind": "answer",
            "target_id": target,
            "content_hash": content,
            "criterion": criterion,
            "annotator": ANNOTATOR,
            "trace_id": row["id"],
            "bad": float(bad),
            "comment": (row["mistake"] or "") if criterion == "unfaithful" else "",
            "spans": spans if criterion == "unfaithful" else [],
            "created_at": now,
        }
        for criterion, bad in verdicts.items()
    ]


def _lines(path: Any) -> list[str]:
    return [line for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
