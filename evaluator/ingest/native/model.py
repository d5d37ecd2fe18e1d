"""The native trace JSON as pydantic models; `evaluator.ingest.native.traces` makes parts of them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from pydantic import AliasChoices, BaseModel, BeforeValidator, ConfigDict, FailFast, Field

from evaluator.core import bounds
from evaluator.core.trace import SpanKind, Status
from evaluator.ingest.native.calls import read_tool_calls
from evaluator.ingest.native.fields import (
    read_answer,
    read_feedback,
    read_passages,
    read_question,
    read_status,
    read_time,
)


def _names(*names: str) -> AliasChoices:
    return AliasChoices(*names)


def _id_text(value: Any) -> Any:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _kind(value: Any) -> SpanKind:
    try:
        return SpanKind(str(value).strip().lower())
    except ValueError:
        return {"generation": SpanKind.LLM, "retrieval": SpanKind.RETRIEVER}.get(str(value).lower(), SpanKind.OTHER)


def _no_flag(value: Any) -> Any:
    """Raises ValueError for what pydantic would read as 0 or 1, and for text too long to be a number."""
    if isinstance(value, bool) or (isinstance(value, str) and len(value) > bounds.DIGITS.most):
        raise ValueError("is no number")
    return value


def _tags(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


def _error(value: Any) -> Any:
    return value or None if isinstance(value, bool | str) or value is None else str(value)


Id = Annotated[str, BeforeValidator(_id_text), Field(min_length=1, max_length=bounds.ID.size)]
Time = Annotated[datetime, BeforeValidator(read_time)]
Text = Annotated[str, BeforeValidator(_id_text)]
Name = Annotated[Text, Field(max_length=bounds.NAME.size)]
Title = Annotated[Text, Field(max_length=bounds.TITLE.size)]
Tag = Annotated[Text, Field(max_length=bounds.TAG.size)]
Passages = Annotated[list[dict[str, Any]], BeforeValidator(read_passages)]
Calls = Annotated[list[dict[str, Any]], BeforeValidator(read_tool_calls)]
Question = Annotated[str | None, BeforeValidator(read_question)]
Reply = Annotated[str | None, BeforeValidator(read_answer)]
State = Annotated[Status, BeforeValidator(read_status)]
Failed = Annotated[bool | str | None, BeforeValidator(_error)]
Count = Annotated[int, BeforeValidator(_no_flag), Field(ge=0, le=bounds.TOKENS.size)]
Milliseconds = Annotated[float, BeforeValidator(_no_flag), Field(ge=0, le=bounds.LATENCY.most, allow_inf_nan=False)]
Dollars = Annotated[float, BeforeValidator(_no_flag), Field(ge=0, le=bounds.COST.most, allow_inf_nan=False)]
Probability = Annotated[
    float,
    BeforeValidator(_no_flag),
    Field(ge=bounds.PROBABILITY.least, le=bounds.PROBABILITY.most, allow_inf_nan=False),
]


QUESTION = _names("question", "input", "query")
ANSWER = _names("answer", "output", "response")
CONTEXT = _names("context", "contexts", "passages", "retrieved_contexts")


class NativeAnswer(BaseModel):
    """One of several answers of a trace. `id` is unique within the trace; ``root`` is the main answer."""

    model_config = ConfigDict(extra="allow")

    id: Id | None = None
    question: Question = Field(default=None, validation_alias=QUESTION)
    answer: Reply = Field(default=None, validation_alias=ANSWER)
    passages: Passages = Field(default=[], validation_alias=CONTEXT)
    system_prompt: Text | None = None
    tool_calls: Calls = []


class NativeSpan(BaseModel):
    """One step of a trace. A time that is missing is that of the trace."""

    model_config = ConfigDict(extra="allow")

    span_id: Id | None = Field(default=None, validation_alias=_names("span_id", "id"))
    parent_id: Id | None = Field(default=None, validation_alias=_names("parent_id", "parent_span_id"))
    name: Title = ""
    kind: Annotated[SpanKind, BeforeValidator(_kind)] = Field(default=SpanKind.OTHER, validation_alias=_names("kind"))
    start_time: Time | None = Field(default=None, validation_alias=_names("start_time", "start"))
    end_time: Time | None = Field(default=None, validation_alias=_names("end_time", "end"))
    status: State = Status.UNSET
    error: Failed = None
    question: Question = Field(default=None, validation_alias=_names("input", "question", "query"))
    answer: Reply = Field(default=None, validation_alias=_names("output", "answer"))
    passages: Passages = Field(default=[], validation_alias=CONTEXT)
    system_prompt: Text | None = None
    model: Name | None = None
    input_tokens: Count | None = None
    output_tokens: Count | None = None
    cost: Dollars | None = None
    attributes: dict[str, Any] = {}


class NativeTrace(BaseModel):
    """One trace as native JSON. Every field may be missing or null; what is unknown here goes to the metadata."""

    model_config = ConfigDict(extra="allow")

    id: Id | None = Field(default=None, validation_alias=_names("id", "trace_id"))
    question: Question = Field(default=None, validation_alias=QUESTION)
    answer: Reply = Field(default=None, validation_alias=ANSWER)
    passages: Passages = Field(default=[], validation_alias=CONTEXT)
    system_prompt: Text | None = None
    tool_calls: Calls = []
    model: Name | None = None
    prompt_version: Name | None = None
    environment: Name | None = None
    service: Name | None = None
    name: Title | None = None
    session: Name | None = Field(default=None, validation_alias=_names("session_id", "session"))
    user: Text | None = Field(default=None, validation_alias=_names("user_id", "user"))
    start_time: Time | None = Field(default=None, validation_alias=_names("start_time", "timestamp", "start"))
    end_time: Time | None = Field(default=None, validation_alias=_names("end_time", "end"))
    latency_ms: Milliseconds | None = None
    input_tokens: Count | None = None
    output_tokens: Count | None = None
    cost: Dollars | None = None
    status: State = Status.UNSET
    error: Failed = None
    feedback: Annotated[float | None, BeforeValidator(read_feedback)] = None
    tags: Annotated[list[Tag], FailFast(), BeforeValidator(_tags), Field(max_length=bounds.TAGS.size)] = []
    metadata: dict[str, Any] = {}
    sampling_probability: Probability | None = None
    complete: bool | None = None
    answers: Annotated[list[NativeAnswer], FailFast(), Field(max_length=bounds.ANSWERS.size)] = []
    spans: Annotated[list[NativeSpan], FailFast(), Field(max_length=bounds.PARTS.size)] = []
