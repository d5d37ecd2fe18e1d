"""What no convention settles: Faithline's own attributes, and names that several senders happen to share."""

from __future__ import annotations

from evaluator.core.people import user_of
from evaluator.core.trace import Passage, SpanKind
from evaluator.ingest.conventions.base import Facts, Said
from evaluator.ingest.conventions.names import metadata_of
from evaluator.ingest.conventions.values import (
    Attributes,
    first_count,
    first_number,
    first_text,
    first_value,
    flag,
    texts,
)
from evaluator.ingest.numbers import FEEDBACK, PROBABILITY, feedback_of
from evaluator.ingest.otlp.origins import ENVIRONMENT_KEYS
from evaluator.ingest.otlp.tracestate import sampling_probability
from evaluator.ingest.shapes import asked_in, passages, passages_in, text_of, told_in

_INPUT = ("faithline.input", "faithline.question", "input", "inputs", "question", "query", "prompt", "request")
_OUTPUT = ("faithline.output", "output", "outputs", "answer", "response", "completion")
_DOCUMENTS = ("documents", "context", "contexts", "retrieved_documents", "retrieved_contexts")
_RESULTS = ("db.query.result.", "db.search.result.")
_SESSIONS = (
    *("faithline.session", "session.id", "session_id", "sessionId", "conversation_id", "conversationId"),
    *("conversation.id", "chat_id", "wandb.thread_id", "agno.session.id", "honeyhive.session_id"),
    "langwatch.thread.id",
)
_KINDS = {kind.value: kind for kind in SpanKind}


class Generic:
    name = "generic"

    def read(self, said: Said) -> Facts:
        """What a span says outside the conventions; its resource and tracestate too."""
        attributes, resource = said.attributes, said.resource
        given, got = first_value(attributes, *_INPUT), first_value(attributes, *_OUTPUT)
        question, history = asked_in(given)
        answer, replies = told_in(got)
        stored = _stored(said)
        return Facts(
            kind=SpanKind.RETRIEVER if stored else None,
            input=text_of(given),
            output=text_of(got),
            question=question,
            answer=answer,
            input_messages=history,
            output_messages=replies,
            system_prompt=first_text(attributes, "faithline.system_prompt"),
            response_model=first_text(attributes, "faithline.model"),
            input_tokens=first_count(attributes, "faithline.input_tokens"),
            output_tokens=first_count(attributes, "faithline.output_tokens"),
            cost=first_number(attributes, "faithline.cost"),
            passages=_passages(attributes) or stored,
            tool=first_text(attributes, "mcp.tool.name"),
            session=first_text(attributes, *_SESSIONS),
            user=user_of(said.body),
            prompt_version=first_text(attributes, "prompt.version"),
            environment=first_text(attributes, *ENVIRONMENT_KEYS) or first_text(resource, *ENVIRONMENT_KEYS),
            sampling_probability=_probability(said),
            feedback=next((f for key in FEEDBACK if (f := feedback_of(attributes.get(key))) is not None), None),
            error=True if first_text(attributes, "error.type") else None,
            is_answer=flag(attributes, "faithline.answer"),
            tags=texts(first_value(attributes, "faithline.tags", "tags")),
            metadata=metadata_of(said, ("metadata",)),
        )


class Override:
    """The facts in which Faithline's own attributes go before every convention."""

    name = "faithline"

    def read(self, said: Said) -> Facts:
        """What a span says in Faithline's own words."""
        attributes = said.attributes
        return Facts(
            kind=_KINDS.get((first_text(attributes, "faithline.span.kind") or "").lower()),
            question=first_text(attributes, "faithline.input"),
            answer=first_text(attributes, "faithline.output"),
            prompt_version=first_text(attributes, "faithline.prompt_version"),
            passages=passages_in(attributes.get("faithline.context")),
        )


def _probability(said: Said) -> float | None:
    stated = first_number(said.attributes, PROBABILITY)
    return stated if stated is not None else sampling_probability(said.body.get("trace_state") or "")


def _stored(said: Said) -> tuple[Passage, ...]:
    """What a vector store found, an event for each, as OpenLLMetry's instrumentations of stores write it."""
    found = []
    for event in said.events:
        prefix = f"{event.get('name')}."
        if prefix in _RESULTS:
            fields = (event.get("attributes") or {}).items()
            found.append({key.removeprefix(prefix): value for key, value in fields})
    return passages(found)


def _passages(attributes: Attributes) -> tuple[Passage, ...]:
    found = (passages_in(attributes.get(key), certain=False) for key in _DOCUMENTS)
    return next(filter(None, found), ())
