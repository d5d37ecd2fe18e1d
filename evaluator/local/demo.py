"""Loads the demo: two weeks of traffic of an invented company, ending now, with rules and a golden set; then a wave,
of which the recorded truth answers a part as a reviewer would."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from evaluator import shipped
from evaluator.bootstrap import Services, push_golden_set
from evaluator.core.review.wave import WaveRequest
from evaluator.ingest.native import traces as native
from evaluator.pipeline.catalog.starter_rules import ATTENTION
from evaluator.pipeline.review.draw import draw_wave
from evaluator.pipeline.review.serve import next_task
from evaluator.pipeline.review.verdicts import give_verdict
from evaluator.pipeline.series.buckets import Grain
from evaluator.pipeline.series.read import read_breakdown
from evaluator.pipeline.series.window import Window
from evaluator.pipeline.stages.ingest import store_parts
from evaluator.stats.estimators.labels import CORRECTED
from evaluator.stats.estimators.rates import Rate

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
"""Who answers by the recorded truth. Labels of theirs are marked as simulated wherever they are shown."""
WAVE = {
    "criterion": "unfaithful",
    "rule": "hallucination",
    "size": 200,
    "design": {"kind": "stratified", "by": "prompt_version", "minimum": 100},
    "second_share": 0.0,
}
OPEN = 40
"""Tasks that are left to whoever tries the demo."""
CONTRADICTED = {"contradiction", "wrong_number", "wrong_unit_or_date", "swapped_name", "wrong_condition"}
"""Mistakes that say something else than the documents; the others say more."""


@dataclass(frozen=True, slots=True)
class Truth:
    """What the demo knows of itself."""

    rows: Mapping[str, Mapping[str, Any]]
    """Of each trace, by id."""

    def rate(self, prompt_version: str) -> float:
        """The share of unfaithful answers under a version of the prompt."""
        labels = [row["label"] for row in self.rows.values() if row["prompt_version"] == prompt_version]
        return float(sum(labels) / len(labels))


def load(services: Services, project: str) -> Truth:
    """Store the demo's traces with times that end now; the truth about them is not stored, and returned."""
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
    return Truth({row["id"]: row for row in rows})


def review(services: Services, project: str, truth: Truth) -> tuple[int, int]:
    """Draw a wave over what is scored, and answer it but for `OPEN` tasks; returns how many are answered and left."""
    store, clock = services.store, services.clock
    start = clock.now() - timedelta(days=15)
    request = WaveRequest.model_validate(WAVE | {"from": start})
    found = draw_wave(store, project, request, clock, actor=ANNOTATOR, hints=services.hints, simulated=True)
    answered = 0
    while (task := next_task(store, project, ANNOTATOR, clock, wave=found.id)) is not None and task.left > OPEN:
        with store.read() as unit:
            asked = unit.of(project).tasks.get(task.task)
        assert asked is not None
        level, spans = verdict_of(truth.rows[asked["trace_id"]])
        give_verdict(store, project, ANNOTATOR, task.task, clock, level=level, spans=spans)
        answered += 1
    return answered, 0 if task is None else task.left


def verdict_of(row: Mapping[str, Any]) -> tuple[str, list[dict[str, int]]]:
    """The level that a careful reviewer would choose for an answer, and what they would mark of it."""
    if not row["label"]:
        return "supported", []
    span = row["mistake_span"]
    at = row["answer"].find(span) if span else -1
    marks = [{"start": at, "end": at + len(span)}] if at >= 0 else []
    return "contradicted" if row["mistake"] in CONTRADICTED else "unsupported", marks


def rates(services: Services, project: str) -> dict[str | None, Rate]:
    """The corrected rate of unfaithful answers by version of the prompt."""
    now = services.clock.now()
    with services.store.read() as unit:
        rule = next(r for r in unit.of(project).rules.active() if r.rule.name == WAVE["rule"])
        window = Window(now - timedelta(days=15), now, Grain.DAY)
        return read_breakdown(unit.of(project), rule, "prompt_version", window, CORRECTED.name)


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


def _lines(path: Any) -> list[str]:
    return [line for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
