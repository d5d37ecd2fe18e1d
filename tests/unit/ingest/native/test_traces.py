"""The native JSON: what is taken, what is refused and how it says so."""

from __future__ import annotations

import dataclasses
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from evaluator.core.errors import ItemError
from evaluator.core.ids import pseudonym
from evaluator.core.trace import Part, Passage, Sample, SpanKind, Status, ToolCall, Trace
from evaluator.ingest.assembly.assemble import assemble
from evaluator.ingest.native.traces import parse

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


def one(**item: Any) -> Part:
    parts, errors = parse([item], project="p", received=NOW)
    assert errors == []
    return parts[0]


def trace_of(*parts: Part) -> Trace:
    return assemble("p", parts[0].trace_id, parts)


def refusal(item: Any) -> ItemError:
    parts, errors = parse([item], project="p", received=NOW)
    assert parts == []
    return errors[0]


def test_every_field() -> None:
    trace = trace_of(
        one(
            id="t-1",
            question="How long?",
            answer="Six days.",
            context=["A.", {"text": "B.", "id": "b", "score": 0.5}, {"content": "C.", "id": 3}],
            system_prompt="Be brief.",
            model="m-1",
            prompt_version=7,
            environment="prod",
            service="desk",
            name="chat",
            session_id="s",
            user_id="ada",
            start_time="2026-11-20T10:00:00+01:00",
            latency_ms=1500,
            input_tokens=10,
            output_tokens=3,
            cost=0.01,
            status="ok",
            feedback="down",
            tags=["beta"],
            metadata={"shelf": 3},
            sampling_probability=0.25,
            extra="kept",
        )
    )
    assert trace.start == datetime(2026, 11, 20, 9, tzinfo=UTC)
    assert trace.end - trace.start == timedelta(seconds=1.5)
    (answer,) = trace.answers
    assert (answer.id, answer.question, answer.answer, answer.system_prompt) == (
        "root",
        "How long?",
        "Six days.",
        "Be brief.",
    )
    assert answer.passages == (
        Passage(text="A."),
        Passage(text="B.", id="b", score=0.5),
        Passage(text="C.", id="3"),
    )
    said = {
        name: getattr(trace, name)
        for name in ("model", "prompt_version", "environment", "service", "name", "session", "cost", "latency_ms")
    }
    assert said == {
        "model": "m-1",
        "prompt_version": "7",
        "environment": "prod",
        "service": "desk",
        "name": "chat",
        "session": "s",
        "cost": 0.01,
        "latency_ms": 1500,
    }
    assert (trace.input_tokens, trace.output_tokens, trace.status) == (10, 3, Status.OK)
    assert (trace.feedback, trace.sampling_probability, trace.complete) == (-1.0, 0.25, True)
    assert (trace.tags, trace.metadata) == (("beta",), {"shelf": 3, "extra": "kept"})
    assert trace.user == pseudonym("p", "ada")


def test_users_are_hidden_in_the_metadata_too() -> None:
    part = one(question="Q", answer="A", metadata={"user.id": "ada", "shelf": 3}, **{"enduser.id": "ada"})
    hidden = pseudonym("p", "ada")
    assert part.body["metadata"] == {"user.id": hidden, "enduser.id": hidden, "shelf": 3}


def test_other_names_of_the_same_fields() -> None:
    plain = trace_of(one(id="x", question="Q", answer="A", context=["C"], session_id="s"))
    other = trace_of(one(id="x", input="Q", output="A", contexts="C", session="s"))
    assert plain == other


def test_inputs_of_messages_and_objects() -> None:
    history = [{"role": "system", "content": "S"}, {"role": "user", "content": "Q"}]
    trace = trace_of(one(input={"messages": history}, output={"choices": [{"message": {"content": "A"}}]}))
    assert (trace.answers[0].question, trace.answers[0].answer) == ("Q", "A")


def test_rows_of_labelled_data() -> None:
    row = {
        "id": "ragtruth-1",
        "context": "Some text.",
        "question": None,
        "answer": "An answer.",
        "label": 1,
        "spans": [[0, 2, "conflict"]],
        "meta": {"task": "QA"},
    }
    part = one(**row)
    trace = trace_of(part)
    assert trace.spans == ()
    assert trace.metadata == {"label": 1, "spans": [[0, 2, "conflict"]], "meta": {"task": "QA"}}
    answer = trace.answers[0]
    sample = Sample(
        project="p",
        target_kind="answer",
        target_id=trace.id,
        question=answer.question,
        answer=answer.answer,
        passages=answer.passages,
    )
    assert "label" not in json.dumps(dataclasses.asdict(sample))
    # A right answer has no marked characters; that is no list of steps either.
    assert trace_of(one(**row | {"label": 0, "spans": []})).metadata["spans"] == []
    marked = [{"start": 0, "end": 2, "type": "conflict"}]
    assert trace_of(one(**row | {"spans": marked})).metadata["spans"] == marked


def test_spans_that_are_steps() -> None:
    trace = trace_of(
        one(
            id="t",
            question="Q?",
            answer="A.",
            start_time=1_790_000_000,
            spans=[
                {"id": "r", "name": "search", "kind": "retriever", "input": "Q?", "context": ["C."]},
                {
                    "id": "l",
                    "parent_id": "r0",
                    "name": "write",
                    "kind": "llm",
                    "model": "m",
                    "input": "Q?",
                    "output": "A.",
                    "input_tokens": 4,
                    "start_time": 1_790_000_001,
                    "end_time": 1_790_000_002.5,
                    "error": "slow",
                },
            ],
        )
    )
    search, write = trace.spans
    assert (search.kind, search.passages, search.input) == (SpanKind.RETRIEVER, (Passage(text="C."),), "Q?")
    assert (write.kind, write.output, write.status, write.status_message) == (
        SpanKind.LLM,
        "A.",
        Status.ERROR,
        "slow",
    )
    assert write.end - write.start == timedelta(seconds=1.5)
    assert (trace.model, trace.input_tokens) == ("m", 4)
    assert trace.answers[0].answer == "A."


def test_passages_of_a_retriever_step_reach_the_answer() -> None:
    trace = trace_of(
        one(id="t", question="Q?", answer="A.", spans=[{"name": "search", "kind": "retriever", "context": ["C."]}])
    )
    assert [p.text for p in trace.answers[0].passages] == ["C."]


def test_several_answers() -> None:
    answers = [{"id": "a", "question": "Q1", "answer": "A1", "context": "C1"}, {"answer": "A2"}]
    trace = trace_of(one(id="t", question="Q", answers=answers))
    assert [(a.id, a.question, a.answer) for a in trace.answers] == [("a", "Q1", "A1"), ("1", "Q", "A2")]
    trace = trace_of(one(id="t", question="Q", answer="A", answers=answers))
    assert [a.id for a in trace.answers] == ["root", "a", "1"]
    assert trace.output == "A"


def test_an_object_without_id_is_named_by_its_content() -> None:
    first, again, other = one(question="Q", answer="A"), one(answer="A", question="Q"), one(question="Q", answer="B")
    assert first.trace_id == again.trace_id != other.trace_id
    assert len(first.trace_id) == 32


def test_feedback_for_a_trace_that_is_there() -> None:
    trace_id = "0af7651916cd43dd8448eb211c80319c"
    told = one(id=trace_id, question="Q", answer="A", feedback="up", tags=["a"])
    note = one(id=trace_id.upper(), feedback=-0.5, tags=["b"], metadata={"by": "mail"})
    assert (note.trace_id, note.part_id, note.complete) == (trace_id, "note", False)
    trace = trace_of(note, told)
    assert (trace.feedback, trace.tags, trace.metadata) == (-0.5, ("a", "b"), {"by": "mail"})
    assert [a.answer for a in trace.answers] == ["A"]
    assert (trace.start, trace.complete) == (told.start, True)


@pytest.mark.parametrize("value", [True, 1, 1.0, "up", " Thumbs_Up ", "positive"])
def test_good_feedback(value: Any) -> None:
    assert trace_of(one(question="Q", answer="A", feedback=value)).feedback == 1.0


@pytest.mark.parametrize(
    "value",
    [
        "2026-09-21T14:13:20Z",
        "2026-09-21T16:13:20+02:00",
        "2026-09-21 14:13:20",
        1790000000,
        1790000000.0,
        1790000000_000,
        1790000000_000_000,
        1790000000_000_000_000,
    ],
)
def test_times(value: Any) -> None:
    assert one(question="Q", start_time=value).start == datetime(2026, 9, 21, 14, 13, 20, tzinfo=UTC)


def test_times_that_are_left_out() -> None:
    part = one(question="Q", latency_ms=2000)
    assert (part.start, part.end) == (NOW - timedelta(seconds=2), NOW)
    part = one(question="Q", end_time="2026-11-20T10:00:00Z", latency_ms=500)
    assert part.end - part.start == timedelta(seconds=0.5)


def test_nul_and_lone_surrogates_are_replaced() -> None:
    part = one(question="a\x00b", answer="c\ud800d", metadata={"k\x00": ["\udfff"]})
    assert (part.body["question"], part.body["answer"]) == ("a\ufffdb", "c\ufffdd")
    assert part.body["metadata"] == {"k\ufffd": ["\ufffd"]}
    json.dumps(part.body, ensure_ascii=False).encode()


def test_null_is_the_same_as_missing() -> None:
    nulls = dict.fromkeys(("context", "tags", "metadata", "answers", "spans", "status", "start_time", "input"))
    assert one(question="Q", answer="A", id="t", **nulls) == one(question="Q", answer="A", id="t")


def test_an_error_without_an_answer() -> None:
    trace = trace_of(one(question="Q", error="timeout"))
    assert (trace.status, trace.answers, trace.input, trace.metadata) == (Status.ERROR, (), "Q", {"error": "timeout"})


@pytest.mark.parametrize(
    ("item", "field"),
    [
        ({}, "trace"),
        (17, "trace"),
        (None, "trace"),
        (["Q", "A"], "trace"),
        ({"foo": 1}, "trace"),
        ({"feedback": "up"}, "id"),
        ({"question": "Q", "feedback": "meh"}, "feedback"),
        ({"question": "Q", "feedback": 5}, "feedback"),
        ({"question": "Q", "context": 5}, "context"),
        ({"question": "Q", "context": [{"id": "no text"}]}, "context"),
        ({"question": "Q", "start_time": "yesterday"}, "start_time"),
        ({"question": "Q", "start_time": True}, "start_time"),
        ({"question": "Q", "start_time": 1e40}, "start_time"),
        ({"question": "Q", "start_time": "0001-01-01T00:00:00+14:00"}, "start_time"),
        ({"question": "Q", "start_time": "2027-01-01T00:00:00Z"}, "start_time"),
        ({"question": "Q", "start_time": "2026-11-20", "end_time": "2026-11-19"}, "end_time"),
        ({"question": "Q", "sampling_probability": 0}, "sampling_probability"),
        ({"question": "Q", "sampling_probability": 1.1}, "sampling_probability"),
        ({"question": "Q", "input_tokens": -1}, "input_tokens"),
        ({"question": "Q", "cost": "free"}, "cost"),
        ({"question": "Q", "latency_ms": 9.2e124}, "latency_ms"),
        ({"question": "Q", "status": "great"}, "status"),
        ({"question": "Q", "metadata": []}, "metadata"),
        ({"question": "Q", "id": ""}, "id"),
        ({"question": "Q", "id": "x" * 201}, "id"),
        ({"question": "Q", "answers": [{"id": "a", "answer": "A"}, {"id": "a", "answer": "B"}]}, "answers[1].id"),
        ({"question": "Q", "spans": [{"name": "s", "end_time": "soon"}]}, "spans[0].end_time"),
    ],
)
def test_refusals_name_field_problem_and_remedy(item: Any, field: str) -> None:
    error = refusal(item)
    assert error.field == field
    assert error.problem
    assert error.remedy


def test_deep_nesting_is_refused() -> None:
    value: Any = 1
    for _ in range(100):
        value = [value]
    assert "nested" in refusal({"question": "Q", "metadata": {"k": value}}).problem


def test_one_bad_item_leaves_the_others() -> None:
    parts, errors = parse([{"question": "1"}, {}, {"question": "2"}], project="p", received=NOW)
    assert [part.body["question"] for part in parts] == ["1", "2"]
    assert [error.index for error in errors] == [1]


def test_calls_of_tools() -> None:
    calls = [
        {"name": "order", "arguments": {"id": 17}, "result": {"state": "sent"}},
        {"name": "refund", "args": "17", "error": "not allowed"},
        {"id": "c3", "type": "function", "function": {"name": "carrier", "arguments": "{}"}, "error": True},
        "hello",
    ]
    (answer,) = trace_of(one(question="Where is it?", answer="It was sent.", tool_calls=calls)).answers
    assert answer.tool_calls == (
        ToolCall(name="order", arguments='{"id": 17}', result='{"state": "sent"}'),
        ToolCall(name="refund", arguments="17", error="not allowed"),
        ToolCall(name="carrier", arguments="{}", error="the tool failed"),
        ToolCall(name="hello"),
    )


def test_calls_of_tools_of_each_answer_go_before_those_of_the_steps() -> None:
    answers = [
        {"id": "root", "answer": "It was sent."},
        {"id": "b", "answer": "On Monday.", "tool_calls": [{"name": "calendar"}]},
    ]
    step = {
        "id": "s1",
        "kind": "tool",
        "name": "order",
        "input": "17",
        "output": "sent",
        "start": "2026-11-20T10:00:00Z",
    }
    model = {"id": "s2", "kind": "llm", "input": "q", "output": "It was sent.", "start": "2026-11-20T10:00:01Z"}
    item = {"question": "Where is it?", "answers": answers, "spans": [step, model], "start": "2026-11-20T10:00:00Z"}
    found = {answer.id: answer.tool_calls for answer in trace_of(one(**item)).answers}
    assert found == {
        "root": (ToolCall(name="order", arguments="17", result="sent"),), "b": (ToolCall(name="calendar"),)
    }  # fmt: skip


@pytest.mark.parametrize(
    ("calls", "problem"),
    [
        (3, "neither an object nor a list"),
        ([{"arguments": "{}"}], "no name at index 0"),
        (["a", 7], "neither an object nor a name at index 1"),
        ([{"name": "a"}] * 201, "201 calls, at most 200"),
        ([{"name": "a", "result": "x" * 50_001}], "50001 characters at index 0 under result"),
        ([{"name": "a" * 201}], "more than 200 characters at index 0"),
    ],
)
def test_calls_of_tools_that_are_none(calls: Any, problem: str) -> None:
    for item, field in (
        ({"answer": "a", "tool_calls": calls}, "tool_calls"),
        ({"answers": [{"id": "x", "answer": "a", "tool_calls": calls}]}, "answers[0].tool_calls"),
    ):
        error = refusal(item)
        assert error.field == field
        assert problem in error.problem
        assert '"name": …' in error.remedy
