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
from evaluator.ingest.conventions.names import KINDS as NAMED_KINDS
from evaluator.ingest.conventions.values import (
    Attributes,
    first_count,
    first_number,
    first_text,
    indexed,
    version_of,
)
from evaluator.ingest.numbers import feedback_of
from evaluator.ingest.otlp.log_lines import HEADINGS
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
from evaluator.ingest.shapes.calls import asked_of
from evaluator.ingest.shapes.parts import read_content
from evaluator.ingest.shapes.structure import plain

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
_TOKENS_IN = ("gen_ai.usage.input_tokens", "gen_ai.usage.prompt_tokens", "gen_ai.response.prompt_tokens")
_TOKENS_OUT = (
    *("gen_ai.usage.output_tokens", "gen_ai.usage.completion_tokens"),
    "gen_ai.response.completion_tokens",
)
_FAMILIES = frozenset({"gen_ai", "llm", "retrieval"})
MESSAGE_EVENTS = {f"gen_ai.{role}.message": role for role in ("system", "user", "assistant", "tool")}
_DETAILS = (
    *("gen_ai.client.inference.operation.details", "gen_ai.content.prompt", "gen_ai.content.completion"),
    *HEADINGS,
)
_TEXTS = ("content", "prompt.text", "completion.text")
_EVENT_CONTENT = "gen_ai.event.content"
_LISTS = ("events", "gen_ai.events")
"""Attributes that hold span events as a list."""


class GenAi:
    name = "gen_ai"

    def read(self, said: Said) -> Facts:
        """What a span says in these conventions."""
        attributes = said.attributes
        events = [_whole_event(event) for event in (*said.events, *_listed(attributes))]
        if said.families.isdisjoint(_FAMILIES) and not events:
            return NOTHING
        kind = KINDS.get(first_text(attributes, "gen_ai.operation.name") or "") or _named_kind(attributes)
        details = [attributes, *(e.get("attributes") or {} for e in events if e.get("name") in _DETAILS)]
        asked, told = _sent(events, kind)
        history = next(filter(None, map(_history, details)), ()) or asked
        replies = next(filter(None, map(_replies, details)), ()) or told
        query = first_text(attributes, "gen_ai.retrieval.query.text", "retrieval.query")
        return Facts(
            kind=kind,
            input=query or text_of(attributes.get("gen_ai.tool.call.arguments")) or _arguments(history, kind),
            output=text_of(unquoted(attributes.get("gen_ai.tool.call.result"))) or _given_back(replies, kind),
            question=last_user(history) or query or _whole(details, "gen_ai.prompt", question_in),
            answer=final_text(replies) or (None if replies else _whole(details, "gen_ai.completion", answer_in)),
            input_messages=history,
            output_messages=replies,
            system_prompt=merged_system(filter(None, (_instructions(details), system_of(history)))),
            passages=_passages(details, kind),
            prompt_version=version_of(
                first_text(attributes, "gen_ai.prompt.name"), first_text(attributes, "gen_ai.prompt.version")
            ),
            tool=first_text(attributes, "gen_ai.tool.name"),
            call_id=first_text(attributes, "gen_ai.tool.call.id"),
            feedback=_feedback(events),
            **_scalars(attributes),
        )


def _scalars(attributes: Attributes) -> dict[str, Any]:
    return {
        "request_model": first_text(attributes, "gen_ai.request.model", "gen_ai.model_name"),
        "response_model": first_text(attributes, "gen_ai.response.model"),
        "input_tokens": first_count(attributes, *_TOKENS_IN),
        "output_tokens": first_count(attributes, *_TOKENS_OUT),
        "cost": first_number(attributes, "gen_ai.usage.cost", "gen_ai.usage.total_cost", "gen_ai.cost.total_cost"),
        "session": first_text(attributes, "gen_ai.conversation.id", "gen_ai.session.id", "gen_ai.thread.id"),
    }


def _named_kind(attributes: Attributes) -> SpanKind | None:
    """The kind that some senders name beside the operation, or in the place of one."""
    return NAMED_KINDS.get(plain(first_text(attributes, "gen_ai.span.kind") or ""))


def _whole_event(event: dict[str, Any]) -> dict[str, Any]:
    """An event whose contents lie in one attribute, as JSON, with them beside its other attributes."""
    attributes = event.get("attributes") or {}
    inner = structure(attributes.get(_EVENT_CONTENT)) if _EVENT_CONTENT in attributes else None
    return event | {"attributes": attributes | inner} if isinstance(inner, dict) else event


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
        or _numbered(source, "llm.prompts", "user")
        or conversation_in(source.get("gen_ai.prompt"))
        or conversation_in(source.get("gen_ai.content.prompt"))
    )


def _replies(source: Attributes) -> tuple[Message, ...]:
    return (
        read_messages(source.get("gen_ai.output.messages"), "assistant")
        or _numbered(source, "gen_ai.completion", "assistant")
        or _numbered(source, "llm.completions", "assistant")
        or replies_in(source.get("gen_ai.completion"))
        or replies_in(source.get("gen_ai.content.completion"))
    )


def _whole(details: Iterable[Attributes], key: str, side: Any) -> str | None:
    """The text of an attribute that holds no messages."""
    keys = (key, key.replace("gen_ai.", "gen_ai.content."))
    found = (side(unquoted(source[key])) for source in details for key in keys if key in source)
    return next(filter(None, found), None)


def _numbered(attributes: Attributes, prefix: str, default_role: str) -> tuple[Message, ...]:
    out: list[Message] = []
    for entry in indexed(attributes, prefix):
        content = next((entry[key] for key in _TEXTS if key in entry), None)
        message = {"role": role_of(entry.get("role"), default_role), "content": structure(content) or content}
        message |= {key: entry[key] for key in ("tool_call_id", "status") if key in entry}
        calls = tuple(asked_of(call) for call in indexed(entry, "tool_calls"))
        asks = bool(calls) or entry.get("finish_reason") == "tool_calls" or "tool_calls" in entry
        read = read_messages([message])
        out += [replace(m, tool_call=m.tool_call or asks, calls=calls or m.calls) for m in read]
    return tuple(out)


def _sent(events: Iterable[dict[str, Any]], kind: SpanKind | None) -> tuple[tuple[Message, ...], tuple[Message, ...]]:
    """What span events say was sent, and what came back."""
    history: list[Message] = []
    replies: list[Message] = []
    for event in events:
        data = event.get("attributes") or {}
        role = MESSAGE_EVENTS.get(event.get("name", ""))
        if role is not None:
            item = {"role": data.get("role") or role, "content": data.get("content"), "id": data.get("id")}
            history += read_messages([item | {"tool_calls": data.get("tool_calls")}])
        elif event.get("name") == "gen_ai.choice" and kind is SpanKind.TOOL:
            # What a tool gave comes as the choice of its span.
            replies.append(Message(role="assistant", text=read_content(data.get("message")).said))
        elif event.get("name") == "gen_ai.choice":
            replies += _choice(data)
    if not replies and history and kind not in (SpanKind.TOOL, SpanKind.RETRIEVER) and _ends_a_run(history):
        # A run of an assistant tells of its messages alike, the one it gave among them.
        return tuple(history[:-1]), (history[-1],)
    return tuple(history), tuple(replies)


def _ends_a_run(history: list[Message]) -> bool:
    last = history[-1]
    return last.role == "assistant" and bool(last.text) and any(message.role == "user" for message in history)


def _choice(data: Attributes) -> tuple[Message, ...]:
    message = structure(data.get("message"))
    plain = {"role": "assistant", "content": data.get("message") or data.get("content")}
    item = {"finish_reason": data.get("finish_reason"), "tool_calls": data.get("tool_calls")}
    return read_messages([item | (message if isinstance(message, dict) else plain)], "assistant")


def _given_back(replies: tuple[Message, ...], kind: SpanKind | None) -> str | None:
    """What the span gave: a tool may write it as a message of its own."""
    told = final_text(replies)
    if told is None and kind is SpanKind.TOOL:
        told = next((m.text for m in replies if m.role == "tool" and m.text), None)
    return told


def _arguments(history: tuple[Message, ...], kind: SpanKind | None) -> str | None:
    """What the span was given: a tool its arguments, which some senders write as a message of the tool."""
    if kind is SpanKind.TOOL:
        said = (text for m in history for text in (m.text, *m.arguments) if text)
        return next(said, None)
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


def _passages(details: Iterable[Attributes], kind: SpanKind | None) -> tuple[Passage, ...]:
    keys = (
        "gen_ai.retrieval.documents",
        "retrieval.document",
        *(("gen_ai.output.messages",) if kind is SpanKind.RETRIEVER else ()),
    )
    for source in details:
        documents = next((found for key in keys if (found := structure(source.get(key))) is not None), None)
        if isinstance(documents, list):
            return passages_in(documents)
    return ()


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
