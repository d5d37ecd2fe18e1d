"""What an application did: traces, their spans, and the answers that evaluators look at."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from evaluator.core.ids import content_hash


class SpanKind(StrEnum):
    """What a step of a trace did, after OpenInference's span kinds."""

    LLM = "llm"
    RETRIEVER = "retriever"
    RERANKER = "reranker"
    EMBEDDING = "embedding"
    CHAIN = "chain"
    TOOL = "tool"
    AGENT = "agent"
    GUARDRAIL = "guardrail"
    OTHER = "other"


RETRIEVING = frozenset((SpanKind.RETRIEVER, SpanKind.RERANKER))


class Status(StrEnum):
    OK = "ok"
    ERROR = "error"
    UNSET = "unset"


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """One retrieved text that an answer could lean on."""

    text: str
    id: str | None = None
    score: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """One step of a trace. Times are UTC; `attributes` is JSON."""

    span_id: str
    parent_id: str | None
    name: str
    kind: SpanKind
    start: datetime
    end: datetime
    status: Status = Status.UNSET
    status_message: str = ""
    input: str | None = None
    output: str | None = None
    passages: tuple[Passage, ...] = ()
    attributes: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolCall:
    """A tool that was called on the way to an answer, in the order of the calls."""

    name: str
    arguments: str = ""
    """As JSON text, or whatever else the model wrote."""
    result: str | None = None
    error: str | None = None
    """What went wrong, where something did."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One answer that a trace gave: what becomes a `Sample`.

    `id` is stable within the trace (the span that produced it, or ``"root"``).
    """

    id: str
    question: str
    answer: str
    passages: tuple[Passage, ...] = ()
    system_prompt: str | None = None
    tool_calls: tuple[ToolCall, ...] = ()


class Fact(StrEnum):
    """What a sample is made of."""

    ANSWER = "answer"
    QUESTION = "question"
    PASSAGES = "passages"


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """What a trace does not tell, and why: the code of the `reason`, and `said`, the end of a sentence.

    `said` may quote names of the sender's attributes, cut and without control characters.
    """

    fact: Fact
    reason: str
    said: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """One request through an application, put together from all that arrived for it.

    `user` is already a pseudonym; `sampling_probability` is the probability in (0, 1] with which the sender kept
    this trace. `latency_ms` is in milliseconds, `cost` in US dollars, token counts in tokens. `sender` is the id of
    who sent it, as far as that is known; `gaps` tell of what no answer of the trace has.
    """

    project: str
    id: str
    start: datetime
    end: datetime
    name: str = ""
    input: str = ""
    output: str = ""
    answers: tuple[Answer, ...] = ()
    spans: tuple[Span, ...] = ()
    model: str | None = None
    prompt_version: str | None = None
    environment: str | None = None
    service: str | None = None
    session: str | None = None
    user: str | None = None
    input_tokens: int | None = None
    output_tokens: int | None = None
    cost: float | None = None
    latency_ms: float | None = None
    status: Status = Status.UNSET
    feedback: float | None = None
    tags: tuple[str, ...] = ()
    metadata: dict[str, Any] = field(default_factory=dict)
    sampling_probability: float = 1.0
    complete: bool = False
    sender: str | None = None
    gaps: tuple[Gap, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A piece of a trace as it arrived: one span, one log record, or one native trace object.

    Parts are what ingest makes durable; a trace is put together from all of its parts when it settles, so that
    late, doubled and out-of-order parts need no care on the way in. `body` is JSON; `part_id` is unique within the
    trace, and a part that arrives again replaces the one before. `complete` is the sender's word that nothing
    more will come.
    """

    project: str
    trace_id: str
    part_id: str
    source: str
    start: datetime
    end: datetime
    body: dict[str, Any]
    name: str = ""
    complete: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """What an evaluator sees: a question, an answer and the passages behind it. Knows nothing of sampling."""

    project: str
    target_kind: str
    target_id: str
    question: str
    answer: str
    passages: tuple[Passage, ...] = ()
    system_prompt: str | None = None
    tool_calls: tuple[ToolCall, ...] = ()

    @property
    def content_hash(self) -> str:
        """Names this content: the same text has the same hash, wherever it came from."""
        said = [self.question, self.answer, [p.text for p in self.passages], self.system_prompt or ""]
        called = [[t.name, t.arguments, t.result, t.error] for t in self.tool_calls]
        return content_hash([*said, called] if called else said)


def target_id(trace_id: str, answer_id: str) -> str:
    """The id of one answer of a trace as a target: the trace's own id for its only or main answer.

    A colon parts the two, so one inside the trace's id is escaped: no two answers share an id.
    """
    own = trace_id.replace("%", "%25").replace(":", "%3A")
    return own if answer_id == ROOT_ANSWER else f"{own}:{answer_id}"


BEYOND = "beyond"
"""The source of a part that never arrived: it stands for all of a trace that was not read, being too much."""
ROOT_ANSWER = "root"
TARGET_ANSWER = "answer"
