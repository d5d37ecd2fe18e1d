"""OpenTelemetry's semantic conventions for generative AI: today's, and the two older forms that are still sent.

Older: numbered attributes (``gen_ai.prompt.0.content``), and span events (``gen_ai.user.message``,
``gen_ai.choice``, ``gen_ai.content.prompt``).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from evaluator.core.trace import SpanKind
from evaluator.ingest.conventions.base import Facts, Message
from evaluator.ingest.conventions.messages import final_text, last_user, read_messages, role_of, system_of
from evaluator.ingest.conventions.values import (
    Attributes,
    first_count,
    first_number,
    first_text,
    indexed,
    passages,
    structure,
    text_of,
    unwrap,
)
from evaluator.ingest.numbers import feedback_of

KINDS = {
    "chat": SpanKind.LLM,
    "generate_content": SpanKind.LLM,
    "text_completion": SpanKind.LLM,
    "completion": SpanKind.LLM,
    "embeddings": SpanKind.EMBEDDING,
    "retrieval": SpanKind.RETRIEVER,
    "search_memory": SpanKind.RETRIEVER,
    "rerank": SpanKind.RERANKER,
    "execute_tool": SpanKind.TOOL,
    "invoke_agent": SpanKind.AGENT,
    "create_agent": SpanKind.AGENT,
    "plan": SpanKind.AGENT,
    "invoke_workflow": SpanKind.CHAIN,
}
_MESSAGE_EVENTS = {f"gen_ai.{role}.message": role for role in ("system", "user", "assistant", "tool")}


class GenAi:
    name = "gen_ai"

    def read(self, body: Mapping[str, Any]) -> Facts:
        """What a span says in these conventions."""
        attributes: Attributes = body.get("attributes") or {}
        events: list[dict[str, Any]] = body.get("events") or []
        if not any(key.startswith("gen_ai.") for key in attributes) and not events:
            return Facts()
        history, replies = _messages(attributes, events)
        kind = _kind(attributes, history, replies)
        systems = dict.fromkeys(filter(None, (_instructions(attributes, events), system_of(history))))
        query = first_text(attributes, "gen_ai.retrieval.query.text")
        output = text_of(attributes.get("gen_ai.tool.call.result"))
        return Facts(
            kind=kind,
            input=query or text_of(attributes.get("gen_ai.tool.call.arguments")) or last_user(history),
            output=output or final_text(replies),
            question=last_user(history) or query,
            answer=final_text(replies),
            input_messages=history,
            output_messages=replies,
            system_prompt="\n\n".join(systems) or None,
            passages=_passages(attributes, kind),
            prompt_version=_prompt_version(attributes),
            feedback=_feedback(events),
            **_scalars(attributes),
        )


def _scalars(attributes: Attributes) -> dict[str, Any]:
    return {
        "request_model": first_text(attributes, "gen_ai.request.model"),
        "response_model": first_text(attributes, "gen_ai.response.model"),
        "input_tokens": first_count(attributes, "gen_ai.usage.input_tokens", "gen_ai.usage.prompt_tokens"),
        "output_tokens": first_count(attributes, "gen_ai.usage.output_tokens", "gen_ai.usage.completion_tokens"),
        "cost": first_number(attributes, "gen_ai.usage.cost", "gen_ai.usage.total_cost"),
        "session": first_text(attributes, "gen_ai.conversation.id"),
    }


def _kind(attributes: Attributes, history: tuple[Message, ...], replies: tuple[Message, ...]) -> SpanKind | None:
    operation = first_text(attributes, "gen_ai.operation.name")
    if operation:
        return KINDS.get(operation)
    named = first_text(attributes, "gen_ai.request.model", "gen_ai.response.model")
    return SpanKind.LLM if named and (history or replies or "gen_ai.usage.output_tokens" in attributes) else None


def _messages(attributes: Attributes, events: Iterable[dict[str, Any]]) -> tuple[tuple[Message, ...], ...]:
    sources = [attributes, *(e.get("attributes") or {} for e in events if _is_detail(e))]
    history: tuple[Message, ...] = ()
    replies: tuple[Message, ...] = ()
    for source in sources:
        history = history or read_messages(source.get("gen_ai.input.messages"))
        replies = replies or read_messages(source.get("gen_ai.output.messages"), "assistant")
        history = history or _numbered(source, "gen_ai.prompt", "user")
        replies = replies or _numbered(source, "gen_ai.completion", "assistant")
    sent, got = _event_messages(events)
    return history or sent, replies or got


def _is_detail(event: dict[str, Any]) -> bool:
    return event.get("name") in (
        "gen_ai.client.inference.operation.details",
        "gen_ai.content.prompt",
        "gen_ai.content.completion",
    )


def _numbered(attributes: Attributes, prefix: str, default_role: str) -> tuple[Message, ...]:
    out: list[Message] = []
    for entry in indexed(attributes, prefix):
        called = entry.get("finish_reason") == "tool_calls" or any(key.startswith("tool_calls") for key in entry)
        role = role_of(entry.get("role"), default_role)
        found = read_messages([{"role": role, "content": structure(entry.get("content")) or entry.get("content")}])
        out += [Message(role=m.role, text=m.text, tool_call=m.tool_call or called) for m in found]
    return tuple(out) or read_messages(attributes.get(prefix), default_role)


def _event_messages(events: Iterable[dict[str, Any]]) -> tuple[tuple[Message, ...], tuple[Message, ...]]:
    history: list[Message] = []
    replies: list[Message] = []
    for event in events:
        data = event.get("attributes") or {}
        role = _MESSAGE_EVENTS.get(event.get("name", ""))
        if role is not None:
            item = {"role": data.get("role") or role, "content": data.get("content")}
            history += read_messages([item | {"tool_calls": data.get("tool_calls")}])
        elif event.get("name") == "gen_ai.choice":
            message = structure(data.get("message"))
            plain = {"role": "assistant", "content": data.get("message") or data.get("content")}
            found = read_messages([message if isinstance(message, dict) else plain], "assistant")
            called = data.get("finish_reason") == "tool_calls" or bool(data.get("tool_calls"))
            replies += [Message(role=m.role, text=m.text, tool_call=m.tool_call or called) for m in found]
    return tuple(history), tuple(replies)


def _instructions(attributes: Attributes, events: Iterable[dict[str, Any]]) -> str | None:
    for source in (attributes, *(e.get("attributes") or {} for e in events if _is_detail(e))):
        value = source.get("gen_ai.system_instructions")
        parsed = structure(value)
        if parsed is not None:
            # A bare list of parts is the content of one message.
            return system_of(read_messages([{"role": "system", "parts": parsed}]))
        if isinstance(value, str) and value.strip():
            return value
    return None


def _passages(attributes: Attributes, kind: SpanKind | None) -> tuple[Any, ...]:
    documents = structure(attributes.get("gen_ai.retrieval.documents"))
    if documents is None and kind is SpanKind.RETRIEVER:
        documents = structure(attributes.get("gen_ai.output.messages"))
    return passages(documents) if isinstance(documents, list) else ()


def _prompt_version(attributes: Attributes) -> str | None:
    name = first_text(attributes, "gen_ai.prompt.name")
    version = first_text(attributes, "gen_ai.prompt.version")
    return f"{name}@{version}" if name and version else version or name


def _feedback(events: Iterable[dict[str, Any]]) -> float | None:
    for event in events:
        data = event.get("attributes") or {}
        name = unwrap(data.get("gen_ai.evaluation.name"), ()) or ""
        if event.get("name") == "gen_ai.evaluation.result" and name.lower() in ("user_feedback", "user feedback"):
            score = data.get("gen_ai.evaluation.score.value")
            return feedback_of(score if score is not None else data.get("gen_ai.evaluation.score.label"))
    return None
