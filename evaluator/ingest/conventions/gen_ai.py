"""OpenTelemetry's semantic conventions for generative AI: today's, and the older forms that are still sent.

Older: numbered attributes (``gen_ai.prompt.0.content``), all messages in one (``gen_ai.prompt``), span events
(``gen_ai.user.message``, ``gen_ai.choice``, ``gen_ai.content.prompt``), and such events as a list in one attribute.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from evaluator.core.trace import Passage, SpanKind
from evaluator.ingest.conventions.base import NOTHING, Facts, Said
from evaluator.ingest.conventions.values import (
    Attributes,
    first_count,
    first_number,
    first_text,
    indexed,
    version_of,
)
from evaluator.ingest.numbers import feedback_of
from evaluator.ingest.shapes import (
    Message,
    answer_in,
    conversation_in,
    final_text,
    last_user,
    merged_system,
    passages_in,
    question_in,
    read_messages,
    replies_in,
    role_of,
    structure,
    system_of,
    text_of,
    unquoted,
)
from evaluator.ingest.shapes.parts import arguments_of, read_content

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
MESSAGE_EVENTS = {f"gen_ai.{role}.message": role for role in ("system", "user", "assistant", "tool")}
_DETAILS = ("gen_ai.client.inference.operation.details", "gen_ai.content.prompt", "gen_ai.content.completion")
_LISTS = ("events", "gen_ai.events")
"""Attributes that hold span events as a list."""


class GenAi:
    name = "gen_ai"

    def read(self, said: Said) -> Facts:
        """What a span says in these conventions."""
        attributes = said.attributes
        events = [*said.events, *_listed(attributes)]
        if "gen_ai" not in said.families and not events:
            return NOTHING
        kind = KINDS.get(first_text(attributes, "gen_ai.operation.name") or "")
        details = [attributes, *(e.get("attributes") or {} for e in events if e.get("name") in _DETAILS)]
        asked, told = _sent(events, kind)
        history = next(filter(None, map(_history, details)), ()) or asked
        replies = next(filter(None, map(_replies, details)), ()) or told
        query = first_text(attributes, "gen_ai.retrieval.query.text")
        return Facts(
            kind=kind,
            input=query or text_of(attributes.get("gen_ai.tool.call.arguments")) or _arguments(history, kind),
            output=text_of(attributes.get("gen_ai.tool.call.result")) or final_text(replies),
            question=last_user(history) or query or _whole(details, "gen_ai.prompt", question_in),
            answer=final_text(replies) or (None if replies else _whole(details, "gen_ai.completion", answer_in)),
            input_messages=history,
            output_messages=replies,
            system_prompt=merged_system(filter(None, (_instructions(details), system_of(history)))),
            passages=_passages(attributes, kind),
            prompt_version=version_of(
                first_text(attributes, "gen_ai.prompt.name"), first_text(attributes, "gen_ai.prompt.version")
            ),
            feedback=_feedback(events),
            **_scalars(attributes),
        )


def _scalars(attributes: Attributes) -> dict[str, Any]:
    return {
        "request_model": first_text(attributes, "gen_ai.request.model"),
        "response_model": first_text(attributes, "gen_ai.response.model"),
        "input_tokens": first_count(attributes, "gen_ai.usage.input_tokens", "gen_ai.usage.prompt_tokens"),
        "output_tokens": first_count(attributes, "gen_ai.usage.output_tokens", "gen_ai.usage.completion_tokens"),
        "cost": first_number(attributes, "gen_ai.usage.cost", "gen_ai.usage.total_cost", "gen_ai.cost.total_cost"),
        "session": first_text(attributes, "gen_ai.conversation.id"),
    }


def _listed(attributes: Attributes) -> Iterator[dict[str, Any]]:
    """Events that lie in an attribute, as events."""
    for key in _LISTS:
        if key not in attributes:
            continue
        parsed = structure(attributes[key])
        for item in parsed if isinstance(parsed, list) else ():
            if isinstance(item, dict) and isinstance(name := item.get("event.name"), str):
                yield {"name": name, "attributes": item}


def _history(source: Attributes) -> tuple[Message, ...]:
    return (
        read_messages(source.get("gen_ai.input.messages"))
        or _numbered(source, "gen_ai.prompt", "user")
        or conversation_in(source.get("gen_ai.prompt"))
    )


def _replies(source: Attributes) -> tuple[Message, ...]:
    return (
        read_messages(source.get("gen_ai.output.messages"), "assistant")
        or _numbered(source, "gen_ai.completion", "assistant")
        or replies_in(source.get("gen_ai.completion"))
    )


def _whole(details: Iterable[Attributes], key: str, side: Any) -> str | None:
    """The text of an attribute that holds no messages."""
    found = (side(unquoted(source[key])) for source in details if key in source)
    return next(filter(None, found), None)


def _numbered(attributes: Attributes, prefix: str, default_role: str) -> tuple[Message, ...]:
    out: list[Message] = []
    for entry in indexed(attributes, prefix):
        content = entry.get("content")
        message = {"role": role_of(entry.get("role"), default_role), "content": structure(content) or content}
        calls = [arguments_of(call) for call in indexed(entry, "tool_calls")] or (
            [""] if entry.get("finish_reason") == "tool_calls" or "tool_calls" in entry else []
        )
        for m in read_messages([message]):
            arguments = tuple(call for call in calls if call) or m.arguments
            out.append(replace(m, tool_call=m.tool_call or bool(calls), arguments=arguments))
    return tuple(out)


def _sent(events: Iterable[dict[str, Any]], kind: SpanKind | None) -> tuple[tuple[Message, ...], tuple[Message, ...]]:
    """What span events say was sent, and what came back."""
    history: list[Message] = []
    replies: list[Message] = []
    for event in events:
        data = event.get("attributes") or {}
        role = MESSAGE_EVENTS.get(event.get("name", ""))
        if role is not None:
            item = {"role": data.get("role") or role, "content": data.get("content")}
            history += read_messages([item | {"tool_calls": data.get("tool_calls")}])
        elif event.get("name") == "gen_ai.choice" and kind is SpanKind.TOOL:
            # What a tool gave comes as the choice of its span.
            replies.append(Message(role="assistant", text=read_content(data.get("message")).said))
        elif event.get("name") == "gen_ai.choice":
            replies += _choice(data)
    return tuple(history), tuple(replies)


def _choice(data: Attributes) -> tuple[Message, ...]:
    message = structure(data.get("message"))
    plain = {"role": "assistant", "content": data.get("message") or data.get("content")}
    item = {"finish_reason": data.get("finish_reason"), "tool_calls": data.get("tool_calls")}
    return read_messages([item | (message if isinstance(message, dict) else plain)], "assistant")


def _arguments(history: tuple[Message, ...], kind: SpanKind | None) -> str | None:
    """What the span was given: a tool its arguments, which some senders write as a message of the tool."""
    if kind is SpanKind.TOOL:
        return next((m.text for m in history if m.text), None)
    return last_user(history)


def _instructions(details: Iterable[Attributes]) -> str | None:
    for source in details:
        value = source.get("gen_ai.system_instructions")
        parsed = structure(value)
        if parsed is not None:
            # A bare list of parts is the content of one message.
            return system_of(read_messages([{"role": "system", "parts": parsed}]))
        if isinstance(value, str) and value.strip():
            return value
    return None


def _passages(attributes: Attributes, kind: SpanKind | None) -> tuple[Passage, ...]:
    documents = structure(attributes.get("gen_ai.retrieval.documents"))
    if documents is None and kind is SpanKind.RETRIEVER:
        documents = structure(attributes.get("gen_ai.output.messages"))
    return passages_in(documents) if isinstance(documents, list) else ()


def _feedback(events: Iterable[dict[str, Any]]) -> float | None:
    for event in events:
        data = event.get("attributes") or {}
        name = data.get("gen_ai.evaluation.name")
        if event.get("name") != "gen_ai.evaluation.result" or not isinstance(name, str):
            continue
        if name.lower() in ("user_feedback", "user feedback"):
            score = data.get("gen_ai.evaluation.score.value")
            return feedback_of(score if score is not None else data.get("gen_ai.evaluation.score.label"))
    return None
