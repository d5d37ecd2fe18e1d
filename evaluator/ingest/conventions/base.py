"""What every convention is turned into, so that the rest of the house knows none of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from operator import attrgetter
from typing import Any, Protocol

from evaluator.core.trace import Passage, SpanKind
from evaluator.ingest.conventions.values import Attributes
from evaluator.ingest.shapes import Message


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What a span says, in neutral words. Whatever it does not say is None or empty.

    `input` and `output` are the span's own texts, `question` and `answer` what a person would recognise in them.
    Token counts are in tokens, `cost` in US dollars, `feedback` in [-1, 1], `sampling_probability` in (0, 1].
    `documents_in` are texts that a reranker was given; `tool` is the name of the tool that a span ran, `call_id` the
    id by which the model asked for it; `is_answer` is the sender's own word on whether the span
    gave one of the trace's answers. `trace_name`, `trace_question` and `trace_answer` are said of the whole trace,
    by whichever span.
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
    tool: str | None = None
    call_id: str | None = None
    session: str | None = None
    user: str | None = None
    prompt_version: str | None = None
    environment: str | None = None
    sampling_probability: float | None = None
    feedback: float | None = None
    error: bool | None = None
    is_answer: bool | None = None
    trace_name: str | None = None
    trace_question: str | None = None
    trace_answer: str | None = None
    tags: tuple[str, ...] = ()
    metadata: dict[str, Any] = field(default_factory=dict)


class Said:
    """The body of a span (see `ingest.otlp.spans`) as conventions look at it. `families` are the first segments of
    the attributes' keys: a convention of whose families none is there has nothing to read."""

    __slots__ = ("attributes", "body", "events", "families", "resource")

    def __init__(self, body: Mapping[str, Any]) -> None:
        self.body = body
        self.attributes: Attributes = body.get("attributes") or {}
        self.resource: Attributes = body.get("resource") or {}
        self.events: list[dict[str, Any]] = body.get("events") or []
        self.families = {key.partition(".")[0] for key in self.attributes}

    def of(self, prefix: str) -> dict[str, Any]:
        """The attributes whose keys begin with `prefix`, without it."""
        if prefix.partition(".")[0] not in self.families:
            return {}
        start = len(prefix)
        return {key[start:]: value for key, value in self.attributes.items() if key.startswith(prefix)}


class Convention(Protocol):
    """Reads what a span says; a convention that does not apply says nothing."""

    @property
    def name(self) -> str: ...

    def read(self, said: Said) -> Facts: ...


_NAMES = tuple(f.name for f in fields(Facts))
_values = attrgetter(*_NAMES)
NOTHING = Facts()


def merge(found: Iterable[Facts]) -> Facts:
    """One set of facts out of several: for each field the first that says something. Zero and False do say."""
    said: dict[str, Any] = {}
    for facts in found:
        if facts is NOTHING:
            continue
        for name, value in zip(_NAMES, _values(facts), strict=True):
            if value is None or name in said:
                continue
            if value or isinstance(value, int | float):
                said[name] = value
    return Facts(**said)
