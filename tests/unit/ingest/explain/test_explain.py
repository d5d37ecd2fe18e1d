"""Every fact of a trace is traced back to the span, the attribute and the convention that it came from."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from evaluator.core.explained import Explanation, PlaceKind
from evaluator.core.trace import Part
from evaluator.ingest.assembly.assemble import assemble
from evaluator.ingest.explain import explain, places, search
from evaluator.ingest.native import traces as native
from evaluator.ingest.otlp.requests import decode
from evaluator.ingest.otlp.signals import LOGS
from tests.support.records import JSON, in_form, record, request
from tests.support.spans import NOON, llm, span

ANSWER = "It closes at nine in the evening."
DOCUMENT = "The house closes at nine in the evening, on Sundays at six."
HISTORY = json.dumps([
    {"role": "system", "content": "You are a doorman."},
    {"role": "user", "content": "When does it close?"},
])  # fmt: skip


def of(explanation: Explanation, fact: str, answer: str = "root") -> list[tuple[str, str, str, str]]:
    """(kind, name, span, convention) of the places of a fact."""
    (found,) = (f for f in explanation.facts if f.fact == fact and f.answer in ("", answer))
    return [(p.kind.value, p.name, p.span_id, p.convention) for p in found.places]


def why(*parts: Part) -> Explanation:
    return explain("p", "t", parts)


RAG = (
    span("root", None, "chain", at=(0, 9), raw={
        "input.value": json.dumps({"inputs": {"question": "When does it close?"}}), "output.value": ANSWER,
        "session.id": 42, "tag.tags": '["a", "door"]', "metadata": '{"prompt_version": "v7"}',
    }),
    span("find", "root", "retriever", at=(1, 2), docs=["Something else entirely.", DOCUMENT]),
    span("call", "root", "llm", at=(3, 4), raw={
        "input.value": HISTORY, "output.value": ANSWER, "llm.model_name": "aurora", "llm.token_count.prompt": 30,
        "llm.cost.total": 0.25,
    }),
    span("again", "root", "llm", at=(5, 6), raw={
        "llm.output_messages.0.message.role": "assistant", "llm.output_messages.0.message.content": ANSWER,
        "llm.token_count.prompt": "12", "user.feedback": "up",
    }, body={"resource": {"deployment.environment.name": "staging", "service.name": "doors"}}),
)  # fmt: skip


@pytest.mark.parametrize(
    ("fact", "expected"),
    [
        ("question", [("attribute", "input.value", "root", "openinference")]),
        ("answer", [("attribute", "output.value", "root", "openinference")]),
        ("passage 2", [("attribute", "retrieval.documents.1.document.content", "find", "openinference")]),
        ("name", [("span", "name", "root", "")]),
        ("session", [("attribute", "session.id", "root", "openinference")]),
        ("environment", [("resource attribute", "deployment.environment.name", "again", "generic")]),
        ("service", [("resource attribute", "service.name", "again", "")]),
        ("prompt_version", [("attribute", "metadata", "root", "")]),
        ("feedback", [("attribute", "user.feedback", "again", "generic")]),
        ("cost", [("attribute", "llm.cost.total", "call", "openinference")]),
        (
            "input_tokens",
            [
                ("attribute", "llm.token_count.prompt", "call", "openinference"),
                ("attribute", "llm.token_count.prompt", "again", "openinference"),
            ],
        ),
    ],
)
def test_each_fact_leads_to_where_it_stands(fact: str, expected: list[tuple[str, ...]]) -> None:
    assert of(why(*RAG), fact) == expected


def test_facts_that_no_attribute_decides_say_how_they_came() -> None:
    how = {f.fact: f.how for f in why(*RAG).facts}
    assert how["input_tokens"] == "sum of 2 model calls"
    assert how["latency_ms"] == "from the start to the end of the outermost span"
    assert how["sampling_probability"] == "nothing was said: every trace counts as sent"
    assert how["cost"] == ""


def test_tags_lead_each_to_its_place() -> None:
    found = [f for f in why(*RAG).facts if f.fact == "tags"]
    assert [(f.value, [p.name for p in f.places]) for f in found] == [("a", ["tag.tags"]), ("door", ["tag.tags"])]


def test_the_system_prompt_of_two_places_names_both() -> None:
    raw = {
        "gen_ai.operation.name": "chat", "gen_ai.request.model": "m", "gen_ai.input.messages": HISTORY,
        "gen_ai.output.messages": ANSWER,
        "gen_ai.system_instructions": json.dumps([{"type": "text", "content": "Answer in English only."}]),
    }  # fmt: skip
    assert of(why(span("a", raw=raw)), "system_prompt") == [
        ("attribute", "gen_ai.input.messages", "a", "gen_ai"),
        ("attribute", "gen_ai.system_instructions", "a", "gen_ai"),
    ]


def test_a_tool_s_finding_leads_to_its_output() -> None:
    found = json.dumps({"query": "closing time of the house", "hours": "nine in the evening, on Sundays at six"})
    tool = span("tool", "root", "tool", at=(1, 2), output_value=found, input_value='"closing time of the house"')
    assert of(why(RAG[0], tool, RAG[2]), "passage 1") == [("attribute", "output.value", "tool", "openinference")]


def test_a_further_answer_is_explained_by_its_id() -> None:
    parts = [
        span("root", None, "chain", at=(0, 9)),
        llm("one", "root", (1, 2), "The first answer to a user.", "The first question?"),
        llm(
            "two", "root", (3, 4), "The second answer.", "The first question?", "The first answer to a user.", "And?"
        ),
    ]
    assert of(why(*parts), "answer", "one")[0][1:3] == ("llm.output_messages.0.message.content", "one")


def test_span_events_and_log_records_are_told_apart() -> None:
    events = [{"name": "gen_ai.user.message", "attributes": {"content": "When does it close?"}, "time_ns": 1}]
    call = span("00000000000000aa", raw={"gen_ai.operation.name": "chat", "gen_ai.request.model": "m"},
                body={"events": events})  # fmt: skip
    sent = request(record("gen_ai.choice", {"message": {"content": ANSWER}}, spanId="00000000000000aa"))
    found = why(call, *decode(in_form(sent, JSON), JSON, None, project="p", signal=LOGS).parts)
    assert of(found, "question") == [("event", "gen_ai.user.message: content", "00000000000000aa", "gen_ai")]
    assert of(found, "answer") == [("log record", "gen_ai.choice: message", "00000000000000aa", "gen_ai")]


def test_native_fields_lie_over_spans() -> None:
    item = {
        "id": "t", "question": "When?", "answer": "At nine.", "context": ["It closes at nine."], "tags": ["door"],
        "cost": 0.5, "status": "ok", "input_tokens": 7, "start_time": NOON.isoformat(),
    }  # fmt: skip
    found = why(*native.parse([item], project="p", received=NOON).parts, *RAG)
    fields = ("question", "answer", "passage 1", "cost", "status", "input_tokens")
    said = {fact: of(found, fact) for fact in fields}
    assert {fact: [(kind, name) for kind, name, _, _ in places] for fact, places in said.items()} == {
        "question": [("field", "question")], "answer": [("field", "answer")], "cost": [("field", "cost")],
        "passage 1": [("field", "passages[0].text")], "status": [("field", "status")],
        "input_tokens": [("field", "input_tokens")],
    }  # fmt: skip
    assert of(found, "session")[0][2] == "root"


def test_tracestate_and_failure_are_places_too() -> None:
    body = {"trace_state": "ot=th:c"}
    found = why(span("a", None, "llm", output_value="x", raw={"error.type": "timeout"}, body=body))
    assert of(found, "sampling_probability") == [("span", "trace_state", "a", "generic")]
    assert of(found, "status") == [("attribute", "error.type", "a", "generic")]


def test_what_is_explained_is_what_the_trace_tells() -> None:
    trace, found = assemble("p", "t", RAG), why(*RAG)
    (answer,) = trace.answers
    said = {f.fact: f.value for f in found.facts}
    assert (said["question"], said["answer"]) == (answer.question, answer.answer)
    assert [said[f"passage {n}"] for n in (1, 2)] == [p.text for p in answer.passages]
    assert (found.sender, found.gaps) == (trace.sender, trace.gaps)
    assert all(type(f.value) is str for f in found.facts)


def test_nothing_of_the_mark_is_left_and_parts_are_not_touched() -> None:
    before = json.dumps([part.body for part in RAG])
    found = why(*RAG)
    assert json.dumps([part.body for part in RAG]) == before
    assert places.MARK not in repr(found)


def test_a_thousand_spans_stay_within_bounds() -> None:
    """All of them calls with long prompts that hold each other's answers."""
    turns: list[str] = []
    parts = [span("root", None, "chain", at=(0, 2000))]
    for n in range(999):
        said = f"Answer number {n} of a long talk."
        parts.append(llm(f"s{n}", "root", (n, n + 0.5), said, *turns[-18:], f"Question number {n}?"))
        turns += [f"Question number {n}?", said]
    started = time.process_time()
    found = why(*parts)
    assert time.process_time() - started < 60
    assert len(found.facts) <= search.FACTS
    assert "were not looked at" in found.not_looked_at


def test_very_many_attributes_that_all_may_be_it_stay_within_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    readings = []
    monkeypatch.setattr(places, "read", lambda body, read=places.read: readings.append(1) or read(body))
    raw: dict[str, Any] = {f"acme.{n}": "When does it close?" for n in range(3000)}
    found = why(span("a", None, "llm", input_value="When does it close?", output_value=ANSWER, raw=raw))
    assert len(readings) <= search.READINGS + 10
    assert found.not_looked_at == "some of the attributes were not looked at"
    assert ("attribute", "input.value", "a", "openinference") in of(found, "question")


def test_a_long_fact_among_very_many_texts_stays_within_bounds() -> None:
    said = "lorem w ipsum w1 " * 60_000
    raw = {"acme": json.dumps([f"w{n:07d}" for n in range(20_000)])}
    started = time.process_time()
    found = why(span("a", None, "llm", input_value="When does it close?", output_value=said, raw=raw))
    assert time.process_time() - started < 8
    assert found.not_looked_at == "some of the attributes were not looked at"
    assert ("attribute", "output.value", "a", "openinference") in of(found, "answer")


HOSTILE = [
    span("a", raw={"\x1b[31m<b>": {"deep": [[["x"] * 50] * 3]}, "": None, "input.value": "{" * 5000}),
    span(
        "a", raw={"gen_ai.input.messages": [None, 3, {"role": {"x": 1}, "content": ["\ue0f5"]}], "output.value": []}
    ),
    span("a", body={"events": [{"name": "gen_ai.choice", "attributes": {"message": "\ue0f5"}}, {"name": ""}]}),
    span("a", "a", "llm", output_value="loops", input_value="\ue0f5 marked already"),
]


@pytest.mark.parametrize("part", HOSTILE)
def test_hostile_spans_are_explained_as_far_as_they_go(part: Part) -> None:
    assert isinstance(why(part), Explanation)


def test_kinds_of_places_are_words() -> None:
    assert all(kind.value == kind.value.lower() for kind in PlaceKind)
