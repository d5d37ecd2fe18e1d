"""What a span is and holds where no convention says so: told from what it carries."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable
from typing import Any

from evaluator.core.trace import RETRIEVING, SpanKind
from evaluator.ingest.conventions.base import Facts, Said
from evaluator.ingest.conventions.values import first_text, texts, version_of
from evaluator.ingest.shapes import answer_in, passages_in, question_in
from evaluator.ingest.shapes.responses import Served, served_in
from evaluator.ingest.shapes.structure import keyed

_OPERATIONS = (
    (re.compile(r"embed"), SpanKind.EMBEDDING),
    (re.compile(r"re_?rank"), SpanKind.RERANKER),
    (re.compile(r"retriev|vector_?search|knn|similarity"), SpanKind.RETRIEVER),
    (re.compile(r"guardrail|moderation|evaluat"), SpanKind.GUARDRAIL),
    (re.compile(r"tool|function_?call"), SpanKind.TOOL),
    (re.compile(r"chat|complet|generat(?!e_image)|response|messages|stream|converse|llm"), SpanKind.LLM),
    (re.compile(r"agent|crew"), SpanKind.AGENT),
    (re.compile(r"chain|workflow|pipeline|task|graph"), SpanKind.CHAIN),
)
_TOOL_NAMES = ("gen_ai.tool.name", "tool.name", "gen_ai.tool.call.id", "mcp.tool.name")
_AGENT_NAMES = ("gen_ai.agent.name", "agent_name", "agent.name")
_SESSIONS = ("sessionid", "threadid", "conversationid", "chatid", "session", "langfusesessionid", "chatsessionid")
_VERSIONS = ("promptversion", "prompttemplateversion")
_TAGS = ("tags", "langfusetags")
_WRAPPING = {SpanKind.CHAIN, SpanKind.AGENT}
_HINTS = ("page_content", "pageContent", "documents", "source_nodes", "chunks", "contexts")


def completed(said: Said, facts: Facts) -> Facts:
    """The same facts, with what can be told from the rest of them."""
    kind = facts.kind or _kind(said, facts)
    found: dict[str, Any] = {"kind": kind}
    if kind in _WRAPPING:
        # Some instrumentations write all that a chain was given as one message of a user.
        found |= {"question": _inner(facts.question, question_in), "answer": _inner(facts.answer, answer_in)}
    if not facts.passages and facts.output:
        if kind in RETRIEVING:
            found["passages"] = passages_in(facts.output)
        elif kind in (None, SpanKind.CHAIN, SpanKind.OTHER) and any(hint in facts.output for hint in _HINTS):
            # A step of a graph hands its documents on; nothing else in its output is taken for one.
            found["passages"] = passages_in(facts.output, certain=False)
    if kind is SpanKind.LLM and facts.output and not (facts.response_model and facts.output_tokens is not None):
        found |= _served(facts, served_in(facts.output))
    if facts.metadata:
        found |= {name: value for name, value in _of_metadata(facts).items() if not getattr(facts, name)}
    found = {name: value for name, value in found.items() if value}
    return dataclasses.replace(facts, **found) if found else facts


def _inner(text: str | None, side: Callable[[Any], str | None]) -> str | None:
    """The text in a text that is a wrapper, as JSON."""
    return side(text) if text and text.lstrip()[:1] in ("{", "[") else None


def _served(facts: Facts, served: Served) -> dict[str, Any]:
    """What the provider's response says that a model call carries whole."""
    found: dict[str, Any] = {} if facts.response_model else {"response_model": served.model}
    if facts.input_tokens is None and facts.output_tokens is None:
        found |= {"input_tokens": served.input_tokens, "output_tokens": served.output_tokens}
    return found


def _kind(said: Said, facts: Facts) -> SpanKind | None:
    attributes = said.attributes
    operation = (first_text(attributes, "gen_ai.operation.name") or "").lower().replace(".", "_")
    for pattern, kind in _OPERATIONS if operation else ():
        if pattern.search(operation):
            return kind
    if first_text(attributes, *_TOOL_NAMES) and (facts.output or facts.input) and not facts.output_messages:
        return SpanKind.TOOL
    if first_text(attributes, *_AGENT_NAMES):
        return SpanKind.AGENT
    named = facts.request_model or facts.response_model
    spoke = facts.input_messages or facts.output_messages or facts.output_tokens is not None
    return SpanKind.LLM if named and spoke else None


def _of_metadata(facts: Facts) -> dict[str, Any]:
    """What senders who have no word for a fact put into the metadata, under the usual names."""
    said = keyed(facts.metadata)

    def first(keys: tuple[str, ...]) -> str | None:
        return next((str(v) for key in keys if isinstance(v := said.get(key), str | int) and str(v).strip()), None)

    tags = next((t for key in _TAGS if (t := texts(said.get(key)))), ())
    return {
        "session": first(_SESSIONS),
        "prompt_version": version_of(first(("promptname", "prompttemplatename")), first(_VERSIONS)),
        "environment": first(("environment",)),
        "tags": tags,
    }
