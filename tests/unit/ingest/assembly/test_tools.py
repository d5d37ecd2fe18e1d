"""Which tools were called on the way to which answer: from spans, from messages, and each call once."""

from __future__ import annotations

import json
from typing import Any

from evaluator.core.bounds import TOOL_CALLS, TOOL_TEXT
from evaluator.core.trace import Part, ToolCall
from evaluator.ingest.assembly.trim import NOTES_KEY
from tests.support.spans import llm, put_together, span

QUESTION = "Where is my order 17?"


def tool(
    span_id: str, parent: str | None, at: tuple[float, float], name: str, given: Any, got: Any, **more: Any
) -> Part:
    raw = {"tool.name": name, "input.value": json.dumps(given)}
    raw |= {} if got is None else {"output.value": got if isinstance(got, str) else json.dumps(got)}
    return span(span_id, parent, "tool", at, raw=raw | more.pop("raw", {}), **more)


def chat(span_id: str, parent: str | None, at: tuple[float, float], asked: Any, told: Any, **more: Any) -> Part:
    """A model call by today's GenAI conventions."""
    raw = {
        "gen_ai.operation.name": "chat",
        "gen_ai.input.messages": json.dumps(asked),
        "gen_ai.output.messages": json.dumps(told),
    }
    return span(span_id, parent, "", at, raw=raw, **more)


def user(text: str) -> dict[str, Any]:
    return {"role": "user", "parts": [{"type": "text", "content": text}]}


def says(text: str) -> dict[str, Any]:
    return {"role": "assistant", "parts": [{"type": "text", "content": text}]}


def asks(*calls: tuple[str, str, Any]) -> dict[str, Any]:
    parts = [{"type": "tool_call", "id": key, "name": name, "arguments": given} for key, name, given in calls]
    return {"role": "assistant", "parts": [{k: v for k, v in part.items() if v != ""} for part in parts]}


def gives(key: str, result: Any) -> dict[str, Any]:
    part = {"type": "tool_call_response", "id": key, "result": result}
    return {"role": "tool", "parts": [{k: v for k, v in part.items() if v != ""}]}


def names(calls: tuple[ToolCall, ...]) -> list[str]:
    return [call.name for call in calls]


def test_a_span_of_a_tool_is_a_call() -> None:
    trace = put_together(
        span("root", None, "agent", (0, 10), input_value=QUESTION, output_value="It is under way."),
        tool("t", "root", (1, 2), "order", {"id": 17}, {"state": "under way"}),
        llm("m", "root", (3, 9), "It is under way.", QUESTION),
    )
    (answer,) = trace.answers
    assert answer.tool_calls == (ToolCall(name="order", arguments='{"id": 17}', result='{"state": "under way"}'),)
    assert answer.passages  # what it gave is context all the same


def test_one_that_failed_says_why_and_one_without_a_word_too() -> None:
    raised = {"name": "exception", "time_ns": 0, "attributes": {"exception.message": "no such order"}}
    trace = put_together(
        span("root", None, "agent", (0, 10), input_value=QUESTION, output_value="I cannot find it."),
        tool("a", "root", (1, 2), "order", {"id": 71}, None, body={"status": "error", "status_message": "timed out"}),
        tool("b", "root", (2, 3), "order", {"id": 17}, None, body={"status": "error", "events": [raised]}),
        tool("c", "root", (3, 4), "order", {"id": 18}, None, body={"status": "error"}),
        llm("m", "root", (4, 9), "I cannot find it.", QUESTION),
    )
    calls = trace.answers[0].tool_calls
    assert [(call.result, call.error) for call in calls] == [
        (None, "timed out"), (None, "no such order"), (None, "the tool failed"),
    ]  # fmt: skip


def test_messages_tell_of_calls_that_have_no_span() -> None:
    first, second = ("c1", "order", {"id": 17}), ("c2", "carrier", {"name": "Post"})
    trace = put_together(
        chat("a", None, (0, 1), [user(QUESTION)], [asks(first, second)]),
        chat("b", None, (2, 3), [user(QUESTION), asks(first, second), gives("c2", "late"), gives("c1", "sent")],
             [says("It was sent, and the post is late.")]),
    )  # fmt: skip
    (answer,) = trace.answers
    assert answer.tool_calls == (
        ToolCall(name="order", arguments='{"id": 17}', result="sent"),
        ToolCall(name="carrier", arguments='{"name": "Post"}', result="late"),
    )


def test_a_span_and_the_messages_about_it_are_one_call() -> None:
    asked = [asks(("c1", "order", {"id": 17})), gives("c1", "a summary of it")]
    for raw, name in (({"tool.id": "c1"}, "run_order"), ({}, "order"), ({"tool.id": "another"}, "functions.order")):
        trace = put_together(
            chat("a", None, (0, 1), [user(QUESTION)], asked[:1]),
            tool("t", None, (1, 2), name, {"kwargs": {"id": 17}}, {"state": "sent"}, raw=raw),
            chat("b", None, (2, 3), [user(QUESTION), *asked], [says("It was sent.")]),
        )
        (call,) = trace.answers[0].tool_calls
        assert (call.name, call.arguments, call.result) == ("order", '{"id": 17}', '{"state": "sent"}')


def test_the_same_call_twice_is_two() -> None:
    for ids in (("c1", "c2"), ("", "")):
        one, two = ((key, "order", {"id": 17}) for key in ids)
        whole = [asks(one), gives(ids[0], "busy"), asks(two), gives(ids[1], "sent")]
        trace = put_together(
            chat("a", None, (0, 1), [user(QUESTION)], [asks(one)]),
            chat("b", None, (2, 3), [user(QUESTION), asks(one), gives(ids[0], "busy")], [asks(two)]),
            chat("c", None, (4, 5), [user(QUESTION), *whole], [says("It was sent.")]),
        )
        assert [call.result for call in trace.answers[0].tool_calls] == ["busy", "sent"]


def test_calls_of_an_earlier_turn_are_not_those_of_this_one() -> None:
    before = [user("What is in my basket?"), asks(("c1", "basket", {})), gives("c1", "a lamp"), says("A lamp.")]
    now = [user(QUESTION), asks(("c2", "order", {"id": 17})), gives("c2", "sent")]
    trace = put_together(chat("m", None, (0, 1), [*before, *now], [says("It was sent.")]))
    assert names(trace.answers[0].tool_calls) == ["order"]


def test_a_result_that_says_it_failed() -> None:
    asked = {"role": "assistant", "content": [{"type": "tool_use", "id": "u1", "name": "order", "input": {"id": 17}}]}
    told = {
        "role": "user",
        "content": [{"type": "tool_result", "tool_use_id": "u1", "content": "gone", "is_error": True}],
    }
    trace = put_together(
        chat("m", None, (0, 1), [{"role": "user", "content": QUESTION}, asked, told], [says("It is gone.")])
    )
    assert trace.answers[0].tool_calls == (ToolCall(name="order", arguments='{"id": 17}', error="gone"),)


def test_each_answer_has_the_calls_before_it() -> None:
    turns = []
    for number, at in ((1, 0.0), (2, 10.0)):
        asked, said = f"Question number {number}?", f"This is what I found for number {number}."
        turns += [
            span(f"turn{number}", "root", "chain", (at, at + 9), name="turn", input_value=asked, output_value=said),
            tool(f"t{number}", f"turn{number}", (at + 1, at + 2), f"tool{number}", {"n": number}, f"found {number}"),
            llm(f"m{number}", f"turn{number}", (at + 3, at + 8), said, asked),
        ]
    trace = put_together(span("root", None, "chain", (0, 20)), *turns)
    assert {answer.question[-2]: names(answer.tool_calls) for answer in trace.answers} == {
        "1": ["tool1"], "2": ["tool2"],
    }  # fmt: skip


def test_what_a_tool_does_inside_is_its_own_unless_an_agent_does_it() -> None:
    trace = put_together(
        span("root", None, "agent", (0, 20), input_value=QUESTION, output_value="It was sent."),
        tool("out", "root", (1, 9), "order", {"id": 17}, "sent"),
        tool("in", "out", (2, 3), "database", {"sql": "select"}, "row"),
        tool("hand", "root", (10, 14), "ask_expert", {"q": "late?"}, "yes"),
        span("expert", "hand", "agent", (10, 13), input_value="late?", output_value="yes"),
        tool("deep", "expert", (11, 12), "calendar", {}, "Monday"),
        span("guard", "root", "guardrail", (14, 15)),
        tool("check", "guard", (14, 15), "moderate", {}, "fine"),
        llm("m", "root", (16, 19), "It was sent.", QUESTION),
    )
    assert names(trace.answers[0].tool_calls) == ["order", "ask_expert", "calendar"]


def test_a_retriever_that_is_called_as_a_tool_is_a_call_too() -> None:
    trace = put_together(
        span("root", None, "agent", (0, 20), input_value=QUESTION, output_value="It was sent."),
        tool("t", "root", (1, 4), "search", {"q": "17"}, None),
        span("r", "t", "retriever", (2, 3), docs=["Order 17 was sent."]),
        llm("m", "root", (5, 9), "It was sent.", QUESTION),
    )
    (answer,) = trace.answers
    assert (names(answer.tool_calls), [p.text for p in answer.passages]) == (["search"], ["Order 17 was sent."])


def test_more_than_the_bounds_is_left_out_and_said() -> None:
    many = [tool(f"t{n}", "root", (1, 2), f"tool{n:03}", {}, "x") for n in range(TOOL_CALLS.size + 5)]
    long = tool("long", "root", (0.5, 0.6), "n" * 300, {"text": "a" * TOOL_TEXT.size}, "b" * (TOOL_TEXT.size + 1))
    trace = put_together(
        span("root", None, "agent", (0, 20), input_value=QUESTION, output_value="Done."),
        *many, long, llm("m", "root", (3, 9), "Done.", QUESTION),
    )  # fmt: skip
    calls = trace.answers[0].tool_calls
    assert len(calls) == TOOL_CALLS.size
    assert max(len(text or "") for call in calls for text in (call.arguments, call.result)) == TOOL_TEXT.size
    assert len(calls[0].name) == 200
    said = trace.metadata[NOTES_KEY]
    assert any("206 calls of tools: the first 200" in one for one in said)
    assert any("which were shortened" in one for one in said)


def test_the_order_in_which_spans_arrive_makes_no_difference() -> None:
    parts = [
        span("root", None, "agent", (0, 20), input_value=QUESTION, output_value="Done."),
        *(tool(f"t{n}", "root", (n, n + 1), "order", {"id": n % 2}, f"r{n}") for n in range(1, 5)),
        llm("m", "root", (6, 9), "Done.", QUESTION),
    ]
    there, back = put_together(*parts).answers[0], put_together(*parts[::-1]).answers[0]
    assert there.tool_calls == back.tool_calls
    assert [call.result for call in there.tool_calls] == ["r1", "r2", "r3", "r4"]
