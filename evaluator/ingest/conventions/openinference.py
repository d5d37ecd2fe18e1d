"""OpenInference, the conventions of Arize's instrumentors."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from evaluator.core.trace import Passage, SpanKind
from evaluator.ingest.conventions.base import NOTHING, Facts, Said
from evaluator.ingest.conventions.names import metadata_of
from evaluator.ingest.conventions.values import (
    Attributes,
    first_count,
    first_number,
    first_text,
    first_value,
    indexed,
    texts,
    version_of,
)
from evaluator.ingest.shapes import (
    Message,
    Side,
    asked_in,
    final_text,
    last_user,
    passages,
    passages_in,
    question_in,
    read_messages,
    role_of,
    system_of,
    text_of,
    told_in,
)
from evaluator.ingest.shapes.calls import Asked, asked_of
from evaluator.ingest.shapes.responses import model_asked

KINDS = {kind.value.upper(): kind for kind in SpanKind} | {
    "EVALUATOR": SpanKind.GUARDRAIL,
    "UNKNOWN": SpanKind.OTHER,
    "PROMPT": SpanKind.CHAIN,
}
_FAMILIES = frozenset({"openinference", "input", "output", "llm", "retrieval", "reranker", "session"})
_CALL = "tool_call.function."


class OpenInference:
    name = "openinference"

    def read(self, said: Said) -> Facts:
        """What a span says in these conventions."""
        if said.families.isdisjoint(_FAMILIES):
            return NOTHING
        attributes = said.attributes
        given, got = first_value(attributes, "input.value"), first_value(attributes, "output.value")
        history = _messages(attributes, "llm.input_messages", "user")
        replies = _messages(attributes, "llm.output_messages", "assistant") or _completions(attributes)
        asked = Side(last_user(history), history) if history else asked_in(given)
        if asked.text is None:
            asked = asked_in(attributes.get("llm.prompts"))
        told = Side(final_text(replies), replies) if replies else told_in(got)
        return Facts(
            kind=KINDS.get((first_text(attributes, "openinference.span.kind") or "").upper()),
            input=text_of(given) or first_text(attributes, "reranker.query"),
            output=text_of(got),
            question=asked.text or question_in(given),
            answer=told.text,
            input_messages=asked.messages,
            output_messages=told.messages,
            system_prompt=system_of(asked.messages),
            passages=_passages(attributes),
            tool=first_text(attributes, "tool.name"),
            call_id=first_text(attributes, "tool.id", "tool_call.id"),
            documents_in=tuple(p.text for p in _documents(attributes, "reranker.input_documents")),
            **_scalars(said),
        )


def _scalars(said: Said) -> dict[str, Any]:
    attributes = said.attributes
    return {
        # `llm.model_name` may be either, so it must not hide a response model that another convention knows.
        "request_model": first_text(attributes, "llm.request.model_name", "llm.model_name")
        or model_asked(attributes.get("llm.invocation_parameters")),
        "response_model": first_text(attributes, "llm.response.model_name"),
        "input_tokens": first_count(attributes, "llm.token_count.prompt"),
        "output_tokens": first_count(attributes, "llm.token_count.completion"),
        "cost": first_number(attributes, "llm.cost.total"),
        "prompt_version": version_of(
            first_text(attributes, "llm.prompt_template.name"), first_text(attributes, "llm.prompt_template.version")
        ),
        "session": first_text(attributes, "session.id"),
        "tags": texts(attributes.get("tag.tags")),
        "metadata": metadata_of(said, ("metadata",)),
    }


def _messages(attributes: Attributes, prefix: str, default_role: str) -> tuple[Message, ...]:
    return tuple(m for entry in indexed(attributes, prefix) for m in _message(entry, default_role))


def _message(entry: dict[str, Any], default_role: str) -> tuple[Message, ...]:
    contents = indexed(entry, "message.contents")
    content: Any = entry.get("message.content")
    if not isinstance(content, str) or not content:
        content = [{key.removeprefix("message_content."): value for key, value in part.items()} for part in contents]
    calls = [_asked(call) for call in indexed(entry, "message.tool_calls")]
    if not calls and (
        "message.function_call_name" in entry or any(k.startswith("message.tool_calls") for k in entry)
    ):
        name, arguments = (entry.get(f"message.function_call_{key}") for key in ("name", "arguments_json"))
        calls = [asked_of({"name": name, "arguments": arguments})]
    asks = bool(calls) or any(c.get("message_content.type") in ("tool_use", "tool_call") for c in contents)
    message = {"role": role_of(entry.get("message.role"), default_role), "content": content}
    found = read_messages([message | {"tool_call_id": entry.get("message.tool_call_id")}])
    return tuple(replace(m, tool_call=m.tool_call or asks, calls=m.calls or tuple(calls)) for m in found)


def _asked(call: dict[str, Any]) -> Asked:
    function = {key.removeprefix(_CALL): value for key, value in call.items() if key.startswith(_CALL)}
    return asked_of({"id": call.get("tool_call.id"), "function": function})


def _completions(attributes: Attributes) -> tuple[Message, ...]:
    found = (entry.get("completion.text") for entry in indexed(attributes, "llm.choices"))
    return tuple(Message(role="assistant", text=text) for text in found if isinstance(text, str))


def _documents(attributes: Attributes, name: str) -> tuple[Passage, ...]:
    flat = indexed(attributes, name)
    return passages(flat) if flat else passages_in(attributes.get(name))


def _passages(attributes: Attributes) -> tuple[Passage, ...]:
    return _documents(attributes, "reranker.output_documents") or _documents(attributes, "retrieval.documents")
