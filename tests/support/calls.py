"""Traces of one model call each, with and without contents, as OpenTelemetry GenAI sends them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from evaluator.core.trace import Part
from tests.support.house import NOW, PROJECT

SCOPE = "opentelemetry.instrumentation.openai_v2"
CALL = {"gen_ai.operation.name": "chat", "gen_ai.request.model": "m", "gen_ai.usage.output_tokens": 4}
TEXTS = {"gen_ai.input.messages": "When does it close?", "gen_ai.output.messages": "It closes at nine."}


def call(
    number: int, *, texts: bool, scope: str = SCOPE, project: str = PROJECT, now: datetime = NOW, **attributes: Any
) -> Part:
    """The call `number` minutes before `now`, in a trace of its own; `attributes` instead of a call's, if any."""
    at = now - timedelta(minutes=number)
    span_id = f"{number:016x}"
    body = {
        "span_id": span_id,
        "parent_id": None,
        "name": "chat",
        "scope": {"name": scope},
        "resource": {},
        "attributes": attributes or CALL | (TEXTS if texts else {}),
    }
    return Part(
        project=project,
        trace_id=f"{number:032x}",
        part_id=span_id,
        source="otlp",
        start=at,
        end=at + timedelta(seconds=1),
        body=body,
        name="chat",
        complete=True,
    )
