"""What no convention settles: Faithline's own attributes, and names that several senders happen to share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from evaluator.core.people import USER_KEYS
from evaluator.core.trace import SpanKind
from evaluator.ingest.conventions.base import Facts
from evaluator.ingest.conventions.messages import read_side
from evaluator.ingest.conventions.values import (
    Attributes,
    first_count,
    first_flag,
    first_number,
    first_text,
    passages,
    structure,
    texts,
)
from evaluator.ingest.numbers import FEEDBACK, PROBABILITY, feedback_of
from evaluator.ingest.origins import ENVIRONMENT_KEYS
from evaluator.ingest.tracestate import sampling_probability

_INPUT = (
    "faithline.input",
    "faithline.question",
    "langfuse.observation.input",
    "traceloop.entity.input",
    "ai.prompt",
)
_OUTPUT = (
    "faithline.output",
    "langfuse.observation.output",
    "traceloop.entity.output",
    "ai.response.text",
)
_KIND = ("faithline.span.kind", "traceloop.span.kind", "langfuse.observation.type")
_KINDS = {kind.value: kind for kind in SpanKind} | {
    "generation": SpanKind.LLM,
    "workflow": SpanKind.CHAIN,
    "task": SpanKind.CHAIN,
}
_PROMPT = ("prompt.version", "langfuse.observation.prompt.version")


class Generic:
    name = "generic"

    def read(self, body: Mapping[str, Any]) -> Facts:
        """What a span says outside the conventions; its resource and tracestate too."""
        attributes: Attributes = body.get("attributes") or {}
        resource: Attributes = body.get("resource") or {}
        return Facts(
            kind=_KINDS.get((first_text(attributes, *_KIND) or "").lower()),
            input=first_text(attributes, *_INPUT),
            output=first_text(attributes, *_OUTPUT),
            question=read_side(first_text(attributes, *_INPUT), "user"),
            answer=read_side(first_text(attributes, *_OUTPUT), "assistant"),
            system_prompt=first_text(attributes, "faithline.system_prompt"),
            request_model=first_text(attributes, "ai.model.id", "llm.request.model"),
            response_model=first_text(attributes, "faithline.model", "ai.response.model", "llm.response.model"),
            input_tokens=first_count(
                attributes, "faithline.input_tokens", "llm.usage.prompt_tokens", "ai.usage.promptTokens"
            ),
            output_tokens=first_count(
                attributes, "faithline.output_tokens", "llm.usage.completion_tokens", "ai.usage.completionTokens"
            ),
            cost=first_number(attributes, "faithline.cost"),
            passages=_passages(attributes.get("faithline.context")),
            session=first_text(attributes, "faithline.session", "session.id"),
            user=first_text(attributes, *USER_KEYS),
            prompt_version=first_text(attributes, *_PROMPT),
            environment=first_text(attributes, *ENVIRONMENT_KEYS) or first_text(resource, *ENVIRONMENT_KEYS),
            sampling_probability=_probability(body, attributes),
            feedback=next((f for key in FEEDBACK if (f := feedback_of(attributes.get(key))) is not None), None),
            error=True if first_text(attributes, "error.type") else None,
            is_answer=first_flag(attributes, "faithline.answer"),
            tags=texts(attributes.get("faithline.tags")),
        )


def override(body: Mapping[str, Any]) -> Facts:
    """The facts in which Faithline's own attributes go before every convention."""
    attributes: Attributes = body.get("attributes") or {}
    return Facts(
        kind=_KINDS.get((first_text(attributes, "faithline.span.kind") or "").lower()),
        question=first_text(attributes, "faithline.input"),
        answer=first_text(attributes, "faithline.output"),
        prompt_version=first_text(attributes, "faithline.prompt_version"),
        passages=_passages(attributes.get("faithline.context")),
    )


def _probability(body: Mapping[str, Any], attributes: Attributes) -> float | None:
    stated = first_number(attributes, PROBABILITY)
    return stated if stated is not None else sampling_probability(body.get("trace_state") or "")


def _passages(value: Any) -> tuple[Any, ...]:
    parsed = structure(value)
    if isinstance(parsed, list):
        return passages(parsed)
    return passages([value]) if isinstance(value, str) else ()
