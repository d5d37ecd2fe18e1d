"""A convention that is a list of names: which attribute says which fact. What is in them, `evaluator.ingest.shapes`
reads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from evaluator.core import bounds
from evaluator.core.trace import Passage, SpanKind
from evaluator.ingest.conventions.base import NOTHING, Facts, Said
from evaluator.ingest.conventions.values import (
    Attributes,
    first_count,
    first_text,
    first_value,
    first_word,
    texts,
    version_of,
)
from evaluator.ingest.numbers import number_in
from evaluator.ingest.shapes import (
    Message,
    answer_in,
    asked_in,
    passages_in,
    question_in,
    structure,
    system_of,
    text_of,
    told_in,
    unquoted,
)
from evaluator.ingest.shapes.calls import Asked, asked_of
from evaluator.ingest.shapes.parts import runs_itself
from evaluator.ingest.shapes.responses import usage_in
from evaluator.ingest.shapes.structure import keyed, plain

_EMPTY: tuple[Any, ...] = (None, "{}", "[]", "null", '""')
_COST = ("total", "total_cost", "totalCost")
KINDS: Mapping[str, SpanKind] = {kind.value: kind for kind in SpanKind} | {
    **dict.fromkeys(("model", "modelgeneration", "llmcall"), SpanKind.LLM),
    **dict.fromkeys(("generation", "chatmodel", "textcompletion", "completion", "chat"), SpanKind.LLM),
    **dict.fromkeys(("workflow", "task", "parser", "prompt", "memory", "span", "session"), SpanKind.CHAIN),
    **dict.fromkeys(("evaluator", "evaluation"), SpanKind.GUARDRAIL),
    **dict.fromkeys(("embeddings", "embed"), SpanKind.EMBEDDING),
    **dict.fromkeys(("rerank",), SpanKind.RERANKER),
    **dict.fromkeys(("retrieval", "vectorstore", "rag"), SpanKind.RETRIEVER),
    **dict.fromkeys(("unknown", "event"), SpanKind.OTHER),
}
"""Kinds of spans under the names that senders have for them, in the spelling of `plain`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """The names of one convention, each a tuple of which the first that says something counts.

    `families` are first segments of keys without which there is nothing to read. `usage`, `costs`: objects with
    token counts and with a total in US dollars. `kinds`: what a kind is that others name otherwise, or that says
    nothing; `endings`: what a kind is whose name ends so; `marks`: attributes that only a span of this kind has.
    `arguments`: a prefix of which the rest is an argument of the call, where `input` says nothing. `objects`: outputs
    that are an object which was asked for, and the answer as they stand. `asks`: what is there when a tool is to be
    run. `tool`, `call_id`: of a span that ran one, its name and the id by which it was asked for.
    `metadata`: prefixes of which the rest is a key of the metadata, or (without a dot at the end) attributes
    that hold an object.
    """

    name: str
    families: frozenset[str]
    kind: tuple[str, ...] = ()
    kinds: Mapping[str, SpanKind | None] = field(default_factory=dict)
    endings: Mapping[str, SpanKind] = field(default_factory=dict)
    marks: Mapping[str, SpanKind] = field(default_factory=dict)
    input: tuple[str, ...] = ()
    arguments: str = ""
    output: tuple[str, ...] = ()
    objects: tuple[str, ...] = ()
    asks: tuple[str, ...] = ()
    tool: tuple[str, ...] = ()
    call_id: tuple[str, ...] = ()
    system_prompt: tuple[str, ...] = ()
    documents: tuple[str, ...] = ()
    request_model: tuple[str, ...] = ()
    response_model: tuple[str, ...] = ()
    input_tokens: tuple[str, ...] = ()
    output_tokens: tuple[str, ...] = ()
    usage: tuple[str, ...] = ()
    costs: tuple[str, ...] = ()
    session: tuple[str, ...] = ()
    environment: tuple[str, ...] = ()
    prompt_name: tuple[str, ...] = ()
    prompt_version: tuple[str, ...] = ()
    trace_name: tuple[str, ...] = ()
    trace_input: tuple[str, ...] = ()
    trace_output: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    metadata: tuple[str, ...] = ()
    level: tuple[str, ...] = ()

    def read(self, said: Said) -> Facts:
        """What a span says under these names."""
        if said.families.isdisjoint(self.families):
            return NOTHING
        attributes = said.attributes
        given, got = _told(attributes, self.input), _told(attributes, self.output)
        if given is None and self.arguments:
            given = said.of(self.arguments) or None
        given, got = unquoted(given), unquoted(got)
        question, history = asked_in(given)
        answer, replies = told_in(got)
        if (made := first_value(attributes, *self.objects)) is not None and unquoted(made) == got:
            answer, replies = text_of(got), ()
        asks = any(_waits(first_value(attributes, key)) for key in self.asks)
        if asks:
            text = replies[0].text if replies else ""
            replies = (Message(role="assistant", text=text, tool_call=True, calls=_calls(attributes, self.asks)),)
        whole_in = unquoted(first_value(attributes, *self.trace_input))
        whole_out = unquoted(first_value(attributes, *self.trace_output))
        return Facts(
            kind=self.kind_of(attributes),
            input=text_of(given),
            output=text_of(got),
            question=question,
            answer=None if asks else answer,
            input_messages=history,
            output_messages=replies,
            system_prompt=first_word(attributes, *self.system_prompt) or system_of(history),
            passages=self._passages(attributes),
            trace_question=question_in(whole_in),
            trace_answer=answer_in(whole_out),
            **self._scalars(said),
        )

    def kind_of(self, attributes: Attributes) -> SpanKind | None:
        """The kind that the span names, or that its attributes tell."""
        named = plain(_type(first_word(attributes, *self.kind) or ""))
        if named in self.kinds:
            return self.kinds[named]
        told = (kind for ending, kind in self.endings.items() if named.endswith(ending))
        marked = (kind for key, kind in self.marks.items() if key in attributes)
        return KINDS.get(named) or next(told, None) or next(marked, None)

    def _passages(self, attributes: Attributes) -> tuple[Passage, ...]:
        return next(filter(None, (passages_in(attributes.get(key)) for key in self.documents)), ())

    def _scalars(self, said: Said) -> dict[str, Any]:
        attributes = said.attributes
        usage = usage_in(_object(attributes, self.usage))
        went_in, came_out = first_count(attributes, *self.input_tokens), first_count(attributes, *self.output_tokens)
        level = (first_text(attributes, *self.level) or "").lower()
        return {
            "request_model": first_word(attributes, *self.request_model),
            "response_model": first_word(attributes, *self.response_model),
            "input_tokens": usage[0] if went_in is None else went_in,
            "output_tokens": usage[1] if came_out is None else came_out,
            "tool": first_word(attributes, *self.tool),
            "call_id": first_word(attributes, *self.call_id),
            "cost": number_in(_object(attributes, self.costs), _COST, bounds.COST),
            "session": first_word(attributes, *self.session),
            "environment": first_word(attributes, *self.environment) or first_text(said.resource, *self.environment),
            "prompt_version": version_of(
                first_word(attributes, *self.prompt_name), first_word(attributes, *self.prompt_version)
            ),
            "trace_name": first_word(attributes, *self.trace_name),
            "tags": next((found for key in self.tags if (found := texts(attributes.get(key)))), ()),
            "metadata": metadata_of(said, self.metadata),
            "error": True if level == "error" else None,
        }


def _waits(calls: Any) -> bool:
    """Whether some of the calls of tools have to be run by the application."""
    parsed = structure(calls)
    if isinstance(parsed, list) and parsed and all(isinstance(call, dict) for call in parsed):
        return not all(runs_itself(keyed(call)) for call in parsed)
    return calls not in (None, "[]", "{}")


def _calls(attributes: Attributes, keys: tuple[str, ...]) -> tuple[Asked, ...]:
    calls = structure(first_value(attributes, *keys))
    return tuple(map(asked_of, calls)) if isinstance(calls, list) else ()


def _type(named: str) -> str:
    """A kind, also where it is the type in an object."""
    parsed = structure(named)
    return str(parsed.get("type") or "") if isinstance(parsed, dict) else named


def _told(attributes: Attributes, keys: tuple[str, ...]) -> Any:
    """The first of the keys that holds something; one that is there and empty, where none does."""
    found = (first_value(attributes, key) for key in keys)
    return next((value for value in found if value not in _EMPTY), None) or first_value(attributes, *keys)


def _object(attributes: Attributes, keys: tuple[str, ...]) -> dict[str, Any]:
    found = structure(first_value(attributes, *keys))
    return found if isinstance(found, dict) else {}


def metadata_of(said: Said, names: tuple[str, ...]) -> dict[str, Any]:
    """What attributes that hold metadata say: an object under a name, values under a prefix that ends with a dot."""
    found: dict[str, Any] = {}
    for name in names:
        if name.endswith("."):
            found = {key: unquoted(value) for key, value in said.of(name).items()} | found
        elif isinstance(parsed := structure(said.attributes.get(name)), dict):
            found = parsed | found
    return found
