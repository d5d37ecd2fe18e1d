"""Traces as JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator

from evaluator.api.schemas.annotations import AnnotationOut
from evaluator.api.schemas.items import ItemErrorOut
from evaluator.api.schemas.quarantine import QuarantinedOut
from evaluator.core.trace import Fact


class IngestOut(BaseModel):
    """How many items are durable now, and what was wrong with the others."""

    accepted: int
    rejected: int
    errors: list[ItemErrorOut]


class GapOut(BaseModel):
    """What no answer of the trace has, and why: a code, and the end of a sentence."""

    fact: Fact
    reason: str
    said: str


class TraceOut(BaseModel):
    """`sender` and `gaps` are null where they are not known: the trace has not settled since this is asked."""

    id: str
    name: str
    start: datetime
    end: datetime
    state: str
    input: str
    output: str
    model: str | None
    prompt_version: str | None
    environment: str | None
    service: str | None
    session: str | None
    user: str | None
    status: str
    feedback: float | None
    latency_ms: float | None
    input_tokens: int | None
    output_tokens: int | None
    cost: float | None
    tags: list[str]
    problem: str
    sender: str | None
    gaps: list[GapOut] | None


class ListedTraceOut(TraceOut):
    """`badness`, `label` and `reason` are those of the trace's worst answer by the evaluator asked for."""

    badness: float | None
    label: str | None
    reason: str | None


class TraceListOut(BaseModel):
    traces: list[ListedTraceOut]
    next_offset: int | None


class ScoreOut(BaseModel):
    evaluator: str
    fingerprint: str
    target_id: str
    value: float | None
    badness: float | None
    label: str | None
    explanation: str
    evidence: list[dict[str, Any]]
    details: dict[str, Any]
    failure: str | None
    message: str
    superseded: bool
    created_at: datetime


class ToolCallOut(BaseModel):
    """A tool that was called on the way to an answer: `arguments` as JSON text or as the model wrote them; `result`
    and `error` are null for what was not said."""

    name: str
    arguments: str
    result: str | None
    error: str | None


class AnswerOut(BaseModel):
    target_id: str
    content_hash: str
    question: str
    answer: str
    passages: list[dict[str, Any]]
    system_prompt: str | None
    tool_calls: Annotated[list[ToolCallOut], BeforeValidator(lambda stored: stored or [])]
    """In the order of the calls; none for samples from before they were kept."""


class SpanOut(BaseModel):
    span_id: str
    parent_id: str | None
    name: str
    kind: str
    start: datetime
    end: datetime
    status: str
    status_message: str
    input: str | None
    output: str | None


class TraceDetailOut(TraceOut):
    """`set_aside` says why the trace stands still, if it does."""

    metadata: dict[str, Any]
    answers: list[AnswerOut]
    scores: list[ScoreOut]
    annotations: list[AnnotationOut]
    spans: list[SpanOut]
    set_aside: list[QuarantinedOut]


def trace_values(row: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a `TraceOut` from a row of the trace table."""
    same = {name: row[name] for name in TraceOut.model_fields if name in row}
    return same | {"start": row["start_at"], "end": row["end_at"]}


def listed(row: Mapping[str, Any]) -> ListedTraceOut:
    shown = {name: row[name] for name in ("badness", "label", "reason")}
    return ListedTraceOut(**trace_values(row), **shown)


def scores_out(rows: Sequence[Mapping[str, Any]], names: Mapping[str, str]) -> list[ScoreOut]:
    """Outcomes as JSON; `names` gives the evaluator of a fingerprint."""
    return [
        ScoreOut(
            evaluator=names.get(row["fingerprint"], ""),
            failure=row["reason"],
            **{name: row[name] for name in ScoreOut.model_fields if name in row},
        )
        for row in rows
    ]
