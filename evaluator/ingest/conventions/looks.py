"""What a span is and holds where no convention says so: told from what it carries."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from evaluator.core.trace import RETRIEVING, SpanKind
from evaluator.ingest.conventions.base import Facts, Said
from evaluator.ingest.conventions.names import KINDS
from evaluator.ingest.conventions.values import first_text, first_value, texts, version_of
from evaluator.ingest.shapes import (
    answer_in,
    asked_in,
    last_user,
    passages_in,
    question_in,
    system_of,
    text_of,
    told_in,
    unquoted,
)
from evaluator.ingest.shapes.responses import Served, found_by_model, model_asked, served_in
from evaluator.ingest.shapes.structure import is_sentence, keyed, plain, structure

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
_START, _END = r"(?:^|[.:_-])", r"(?:[.:_-](?:value|json|text|content|messages))?$"
_BODY = r"[._](?:body|payload)$"
_GIVEN = re.compile(
    rf"{_START}(?:(?:inputs?|question|query|prompt|user_?(?:message|input|query)){_END}|request{_BODY})",
    re.IGNORECASE,
)
_GOT = re.compile(
    rf"{_START}(?:(?:outputs?|answer|response|completion|reply|result){_END}|response{_BODY})", re.IGNORECASE
)
_FOUND = re.compile(rf"{_START}(?:retrieved[._]?)?(?:documents|contexts|chunks|passages)$", re.IGNORECASE)
_OTHERS = frozenset(
    (
        *("db", "http", "rpc", "messaging", "graphql", "url", "aws", "faas", "code", "exception", "sql"),
        *("gen_ai", "llm", "ai", "reranker", "retrieval", "traceloop", "langfuse", "mlflow", "haystack", "faithline"),
        *("langsmith", "spring", "gcp", "documents"),
    )
)
"""First segments of keys that hold queries and responses of no model, or that a convention reads."""
_KIND_KEY = re.compile(r"(?:(?:span|event|observation|run|node)[._]?(?:type|kind)|:subtype)$", re.IGNORECASE)
_ANY_KIND = {"span", "event", "unknown", "session"}
_MODELS = ("model", "modelname", "modelid", "lsmodelname")
_PROMPTS = ("langfuseprompt", "prompt", "prompttemplate")
_TAGS = ("tags", "langfusetags")
_WRAPPING = {SpanKind.CHAIN, SpanKind.AGENT}
_HINTS = ("page_content", "pageContent", "documents", "source_nodes", "chunks", "contexts")


def completed(said: Said, facts: Facts) -> Facts:
    """The same facts, with what can be told from the rest of them."""
    facts = _of_stranger(said, facts)
    kind = facts.kind or _kind(said, facts)
    found: dict[str, Any] = {"kind": kind}
    if kind in _WRAPPING:
        # Some instrumentations write all that a chain was given as one message of a user.
        found["question"] = _inner(facts.question, question_in)
        if facts.output_messages:
            found["answer"] = _inner(facts.answer, answer_in)
    if not facts.passages and facts.output:
        if kind in RETRIEVING:
            found["passages"] = passages_in(facts.output)
        elif kind in (None, SpanKind.CHAIN, SpanKind.OTHER) and any(hint in facts.output for hint in _HINTS):
            # A step of a graph hands its documents on; nothing else in its output is taken for one.
            found["passages"] = passages_in(facts.output, certain=False)
    if kind is SpanKind.LLM and facts.output and not (facts.response_model and facts.output_tokens is not None):
        found |= _served(facts, served_in(facts.output))
    if kind is SpanKind.LLM and facts.input_messages and (facts.question or "").lstrip()[:1] == "{":
        # One convention may know the messages where another has the settings of the call, which are no question.
        found["question"] = last_user(facts.input_messages)
    if kind is SpanKind.LLM and not (facts.request_model or facts.response_model or found.get("response_model")):
        found["request_model"] = model_asked(facts.input)  # a call that failed was served by none
    if kind is SpanKind.LLM and not facts.passages and facts.output:
        found["passages"] = found_by_model(facts.output)
    if not facts.passages and not found.get("passages"):
        found["passages"] = _of_names(said)
    if facts.metadata:
        found |= {name: value for name, value in _of_metadata(facts).items() if not getattr(facts, name)}
    found = {name: value for name, value in found.items() if value}
    return dataclasses.replace(facts, **found) if found else facts


def _of_stranger(said: Said, facts: Facts) -> Facts:
    """The same facts; where no convention knows a text of the span, those under names that end as an input and an
    output do, if both are there."""
    if facts.input or facts.output or facts.question or facts.answer or facts.input_messages or facts.output_messages:
        return facts
    given, got = (_ending(said, pattern) for pattern in (_GIVEN, _GOT))
    if given is None or got is None:
        return facts
    asked, told = asked_in(unquoted(given)), told_in(unquoted(got))
    return dataclasses.replace(
        facts,
        input=text_of(given),
        output=text_of(got),
        question=asked.text,
        answer=told.text,
        input_messages=asked.messages,
        output_messages=told.messages,
        system_prompt=facts.system_prompt or system_of(asked.messages),
    )


def _is_stranger(key: str) -> bool:
    """Whether a key belongs neither to what conventions know nor to what holds nothing of a model."""
    return key.partition(".")[0] not in _OTHERS


@lru_cache(maxsize=8192)
def _ends_as(pattern: re.Pattern[str], key: str) -> bool:
    """Whether a stranger's key ends as `pattern` says: the same keys come with every span."""
    return _is_stranger(key) and pattern.search(key) is not None


@lru_cache(maxsize=8192)
def _names_kind(key: str) -> bool:
    return _KIND_KEY.search(key) is not None


def _of_names(said: Said) -> tuple[Any, ...]:
    """Objects under a name that ends as one of documents does, whoever wrote it."""
    for key in said.attributes:
        if _ends_as(_FOUND, key) and "input" not in key:
            value = structure(said.attributes[key])
            if isinstance(value, list) and value and all(isinstance(structure(one), dict) for one in value):
                return passages_in(value)
    return ()


def _ending(said: Said, pattern: re.Pattern[str]) -> Any:
    keys = [key for key in said.attributes if _ends_as(pattern, key)]
    found = (first_value(said.attributes, key) for key in sorted(keys, key=lambda key: (len(key), key)))
    return next(
        (value for value in found if isinstance(value, list | dict) or is_sentence(value) or structure(value)), None
    )


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
    if named and spoke:
        return SpanKind.LLM
    kinds = (plain(value) for key, value in attributes.items() if isinstance(value, str) and _names_kind(key))
    return next((KINDS[kind] for kind in kinds if kind in KINDS and kind not in _ANY_KIND), None)


def _of_metadata(facts: Facts) -> dict[str, Any]:
    """What senders who have no word for a fact put into the metadata, under the usual names."""
    said = keyed(facts.metadata)

    def first(keys: tuple[str, ...]) -> str | None:
        return next((str(v) for key in keys if isinstance(v := said.get(key), str | int) and str(v).strip()), None)

    tags = next((t for key in _TAGS if (t := texts(said.get(key)))), ())
    return {
        "session": first(_SESSIONS),
        "prompt_version": version_of(first(("promptname", "prompttemplatename")), first(_VERSIONS)) or _prompt(said),
        "environment": first(("environment",)),
        "request_model": None if facts.response_model else first(_MODELS),
        "tags": tags,
    }


def _prompt(said: dict[str, Any]) -> str | None:
    """The version of a prompt that was put into the metadata whole, as clients of prompt stores give it."""
    for key in _PROMPTS:
        inner = structure(said.get(key))
        whole = keyed(inner) if isinstance(inner, dict) else {}
        name, version = whole.get("name"), whole.get("version")
        if isinstance(name, str) and name and isinstance(version, str | int):
            return version_of(name, str(version))
    return None
