"""OpenInference, the conventions of Arize's instrumentors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from evaluator.core.trace import SpanKind
from evaluator.ingest.conventions.base import Facts, Message
from evaluator.ingest.conventions.messages import final_text, last_user, read_side, role_of, system_of
from evaluator.ingest.conventions.values import (
    Attributes,
    first_count,
    first_number,
    first_text,
    indexed,
    passages,
    structure,
    texts,
)

KINDS = {kind.value.upper(): kind for kind in SpanKind} | {
    "EVALUATOR": SpanKind.GUARDRAIL,
    "UNKNOWN": SpanKind.OTHER,
    "PROMPT": SpanKind.CHAIN,
}
_MARKS = ("openinference.", "input.value", "output.value", "llm.", "retrieval.documents.", "reranker.", "session.id")


class OpenInference:
    name = "openinference"

    def read(self, body: Mapping[str, Any]) -> Facts:
        """What a span says in these conventions."""
        attributes: Attributes = body.get("attributes") or {}
        if not any(key.startswith(_MARKS) for key in attributes):
            return Facts()
        kind = KINDS.get((first_text(attributes, "openinference.span.kind") or "").upper())
        history = _messages(attributes, "llm.input_messages", "user")
        replies = _messages(attributes, "llm.output_messages", "assistant")
        replies = replies or _completions(attributes)
        return Facts(
            kind=kind,
            input=first_text(attributes, "input.value", "reranker.query"),
            output=first_text(attributes, "output.value"),
            question=last_user(history) or read_side(first_text(attributes, "input.value"), "user"),
            answer=final_text(replies) if replies else read_side(first_text(attributes, "output.value"), "assistant"),
            input_messages=history,
            output_messages=replies,
            system_prompt=system_of(history),
            passages=_passages(attributes),
            documents_in=tuple(p.text for p in passages(indexed(attributes, "reranker.input_documents"))),
            **_scalars(attributes),
        )


def _scalars(attributes: Attributes) -> dict[str, Any]:
    metadata = structure(attributes.get("metadata"))
    return {
        # `llm.model_name` may be either, so it must not hide a response model that another convention knows.
        "request_model": first_text(attributes, "llm.request.model_name", "llm.model_name"),
        "response_model": first_text(attributes, "llm.response.model_name"),
        "input_tokens": first_count(attributes, "llm.token_count.prompt"),
        "output_tokens": first_count(attributes, "llm.token_count.completion"),
        "cost": first_number(attributes, "llm.cost.total"),
        "prompt_version": first_text(attributes, "llm.prompt_template.version"),
        "session": first_text(attributes, "session.id"),
        "tags": texts(attributes.get("tag.tags")),
        "metadata": metadata if isinstance(metadata, dict) else {},
    }


def _messages(attributes: Attributes, prefix: str, default_role: str) -> tuple[Message, ...]:
    return tuple(_message(entry, default_role) for entry in indexed(attributes, prefix))


def _message(entry: dict[str, Any], default_role: str) -> Message:
    text = entry.get("message.content")
    if not isinstance(text, str) or not text:
        contents = indexed(entry, "message.contents")
        pieces = [c.get("message_content.text") for c in contents if c.get("message_content.type", "text") == "text"]
        text = "\n".join(piece for piece in pieces if isinstance(piece, str) and piece)
    called = "message.function_call_name" in entry or any(key.startswith("message.tool_calls.") for key in entry)
    called = called or any(c.get("message_content.type") in ("tool_use", "tool_call") for c in _contents(entry))
    return Message(role=role_of(entry.get("message.role"), default_role), text=text, tool_call=called)


def _contents(entry: dict[str, Any]) -> list[dict[str, Any]]:
    return indexed(entry, "message.contents")


def _completions(attributes: Attributes) -> tuple[Message, ...]:
    found = (entry.get("completion.text") for entry in indexed(attributes, "llm.choices"))
    return tuple(Message(role="assistant", text=text) for text in found if isinstance(text, str))


def _passages(attributes: Attributes) -> tuple[Any, ...]:
    for name in ("reranker.output_documents", "retrieval.documents"):
        listed = structure(attributes.get(name))
        found = passages(indexed(attributes, name) or (listed if isinstance(listed, list) else []))
        if found:
            return found
    return ()
