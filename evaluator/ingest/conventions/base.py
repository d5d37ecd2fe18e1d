"""What every convention is turned into, so that the rest of the house knows none of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Protocol

from evaluator.core.trace import Passage, SpanKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message of a conversation. `role` is system, user, assistant or tool; `tool_call` says that it asks for
    a tool to be run, so that it is not the last word."""

    role: str
    text: str = ""
    tool_call: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What a span says, in neutral words. Whatever it does not say is None or empty.

    `input` and `output` are the span's own texts, `question` and `answer` what a person would recognise in them.
    Token counts are in tokens, `cost` in US dollars, `feedback` in [-1, 1], `sampling_probability` in (0, 1].
    `documents_in` are texts that a reranker was given; `is_answer` is the sender's own word on whether the span
    gave one of the trace's answers.
    """

    kind: SpanKind | None = None
    input: str | None = None
    output: str | None = None
    question: str | None = None
    answer: str | None = None
    input_messages: tuple[Message, ...] = ()
    output_messages: tuple[Message, ...] = ()
    system_prompt: str | None = None
    request_model: str | None = None
    response_model: str | None = None
    input_tokens: int | None = None
    output_tokens: int | None = None
    cost: float | None = None
    passages: tuple[Passage, ...] = ()
    documents_in: tuple[str, ...] = ()
    session: str | None = None
    user: str | None = None
    prompt_version: str | None = None
    environment: str | None = None
    sampling_probability: float | None = None
    feedback: float | None = None
    error: bool | None = None
    is_answer: bool | None = None
    tags: tuple[str, ...] = ()
    metadata: dict[str, Any] = field(default_factory=dict)


class Convention(Protocol):
    """Reads the body of a span (see `evaluator.ingest.spans`); a convention that does not apply says nothing."""

    name: str

    def read(self, body: Mapping[str, Any]) -> Facts: ...


_NAMES = tuple(f.name for f in fields(Facts))
_EMPTY: tuple[object, ...] = (None, "", (), {})


def merge(found: Iterable[Facts]) -> Facts:
    """One set of facts out of several: for each field the first that says something. Zero and False do say."""
    said: dict[str, Any] = {}
    for facts in found:
        for name in _NAMES:
            value = getattr(facts, name)
            if name not in said and value not in _EMPTY:
                said[name] = value
    return Facts(**said)
