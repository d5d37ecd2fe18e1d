"""Exports of other products, read as the spans that they were made of."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from evaluator.core.ids import pseudonym
from evaluator.core.trace import Part, SpanKind, Status, Trace
from evaluator.ingest.assembly.assemble import assemble
from evaluator.ingest.files.formats import FORMATS, format_of
from evaluator.ingest.files.records import sample_of_file

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
ASKED, SAID, FOUND = "When do you close?", "We close at nine.", "Open every day from eight to nine."
TRACE = "0af7651916cd43dd8448eb211c80319c"
EXPORTS = Path(__file__).parents[5] / "shared" / "data" / "traces" / "langfuse"

LANGFUSE = {
    "id": TRACE,
    "timestamp": "2026-11-20T10:00:00.000Z",
    "name": "shop-bot",
    "userId": "ann@example.org",
    "sessionId": "s-1",
    "tags": ["beta"],
    "environment": "staging",
    "input": json.dumps({"question": ASKED}),
    "output": json.dumps(SAID),
    "metadata": json.dumps({"tier": "gold", "resourceAttributes": {"service.name": "shop"}}),
    "observations": [
        {
            "id": "00f067aa0ba902b7", "traceId": TRACE, "type": "RETRIEVER", "name": "search",
            "startTime": "2026-11-20T10:00:00.100Z", "endTime": "2026-11-20T10:00:00.200Z",
            "parentObservationId": "10f067aa0ba902b7", "input": ASKED,
            "output": json.dumps([{"page_content": FOUND, "metadata": {}}]),
        },
        {
            "id": "20f067aa0ba902b7", "traceId": TRACE, "type": "GENERATION", "name": "chat", "model": "m-1",
            "startTime": "2026-11-20T10:00:00.300Z", "endTime": "2026-11-20T10:00:00.900Z",
            "parentObservationId": "10f067aa0ba902b7", "promptName": "bot", "promptVersion": 3,
            "input": json.dumps([{"role": "system", "content": "Be brief."}, {"role": "user", "content": ASKED}]),
            "output": json.dumps({"role": "assistant", "content": SAID}),
            "usageDetails": {"input": 30, "output": 6}, "costDetails": {"total": 0.001}, "level": "DEFAULT",
        },
        {
            "id": "10f067aa0ba902b7", "traceId": TRACE, "type": "SPAN", "name": "answer", "parentObservationId": None,
            "startTime": "2026-11-20T10:00:00.000Z", "endTime": "2026-11-20T10:00:01.000Z",
            "metadata": {"resourceAttributes": {"service.name": "shop"}},
        },
    ],
    "scores": [{"id": "sc", "name": "user-feedback", "value": 1, "dataType": "BOOLEAN"}],
}  # fmt: skip

RUN = "6b1f4d1e-0d2c-4a37-9d5e-0d2c4a379d5e"


def run(number: int, kind: str, inputs: Any, outputs: Any, parent: int | None = 0, **more: Any) -> dict[str, Any]:
    """A run of LangSmith; the first one is the trace's own."""
    ids = [RUN, *(f"{i:08x}-0d2c-4a37-9d5e-0d2c4a379d5e" for i in range(1, 5))]
    return {
        "id": ids[number], "trace_id": RUN, "parent_run_id": None if parent is None else ids[parent], "name": kind,
        "run_type": kind, "start_time": f"2026-11-20T10:00:0{number}", "end_time": f"2026-11-20T10:00:0{number}.5",
        "inputs": inputs, "outputs": outputs, "error": None,
        "extra": {"metadata": {"session_id": "s-1", "user_id": "ann@example.org", "ls_model_name": "m-1"}},
        "tags": ["beta"], **more,
    }  # fmt: skip


LANGSMITH = [
    run(0, "chain", {"question": ASKED}, {"answer": SAID}, None, end_time="2026-11-20T10:00:05"),
    run(1, "retriever", {"query": ASKED}, {"documents": [{"page_content": FOUND, "type": "Document"}]}),
    run(
        2, "llm", {"messages": [[{"type": "human", "data": {"content": ASKED}}]]},
        {"generations": [[{"text": SAID}]]}, prompt_tokens=30, completion_tokens=6, total_cost="0.001",
    ),
]  # fmt: skip

PHOENIX = [
    {
        "name": "answer", "span_kind": "CHAIN", "parent_id": None, "start_time": "2026-11-20T10:00:00+00:00",
        "end_time": "2026-11-20T10:00:01+00:00", "status_code": "OK", "context.trace_id": TRACE,
        "context.span_id": "10f067aa0ba902b7", "attributes.input.value": ASKED, "attributes.output.value": SAID,
        "attributes.session.id": "s-1", "attributes.user.id": "ann@example.org", "attributes.tag.tags": ["beta"],
    },
    {
        "name": "search", "span_kind": "RETRIEVER", "parent_id": "10f067aa0ba902b7", "start_time": 1795168800100,
        "end_time": 1795168800200, "status_code": "UNSET", "context.trace_id": TRACE,
        "context.span_id": "00f067aa0ba902b7", "attributes.input.value": ASKED,
        "attributes.retrieval.documents": [{"document.content": FOUND, "document.score": 0.5}],
    },
    {
        "name": "chat", "span_kind": "LLM", "parent_id": "10f067aa0ba902b7", "status_code": "OK",
        "start_time": "2026-11-20T10:00:00.300Z", "end_time": "2026-11-20T10:00:00.900Z",
        "context": {"trace_id": TRACE, "span_id": "20f067aa0ba902b7"},
        "attributes": {
            "llm": {
                "model_name": "m-1", "token_count": {"prompt": 30, "completion": 6},
                "input_messages": [{"message": {"role": "user", "content": ASKED}}],
                "output_messages": [{"message": {"role": "assistant", "content": SAID}}],
            }
        },
    },
]  # fmt: skip
EXPORTED = {"langfuse": [LANGFUSE], "langsmith": LANGSMITH, "phoenix": PHOENIX}


def traces(parts: Sequence[Part]) -> list[Trace]:
    by_id: dict[str, list[Part]] = {}
    for part in parts:
        by_id.setdefault(part.trace_id, []).append(part)
    return [assemble("p", trace, found) for trace, found in by_id.items()]


@pytest.mark.parametrize("name", EXPORTED)
def test_an_export_says_what_the_application_said(name: str) -> None:
    records = EXPORTED[name]
    found = format_of(records)
    assert found is not None
    assert found.name == name
    parts, errors = found.parse(records, project="p", received=NOW)
    assert errors == []
    (trace,) = traces(parts)
    (answer,) = trace.answers
    assert (answer.question, answer.answer, [p.text for p in answer.passages]) == (ASKED, SAID, [FOUND])
    assert (trace.model, trace.input_tokens, trace.output_tokens) == ("m-1", 30, 6)
    assert (trace.session, trace.user, trace.tags) == ("s-1", pseudonym("p", "ann@example.org"), ("beta",))
    assert {s.kind for s in trace.spans} >= {SpanKind.RETRIEVER, SpanKind.LLM}
    assert "ann@example.org" not in repr(parts)
    again = found.parse(records, project="p", received=NOW).parts
    assert [(p.trace_id, p.part_id) for p in again] == [(p.trace_id, p.part_id) for p in parts]


def test_what_langfuse_says_of_the_whole_trace() -> None:
    (trace,) = traces(FORMATS["langfuse"].parse([LANGFUSE], project="p", received=NOW).parts)
    assert (trace.id, trace.name, trace.environment, trace.service) == (TRACE, "shop-bot", "staging", "shop")
    assert (trace.metadata["tier"], trace.cost, trace.prompt_version) == ("gold", 0.001, "bot@3")
    assert trace.answers[0].system_prompt == "Be brief."
    (score,) = FORMATS["langfuse"].scores(LANGFUSE)
    assert (score["traceId"], score["name"], score["value"]) == (TRACE, "user-feedback", 1)


def test_observations_and_traces_may_lie_in_records_of_their_own() -> None:
    alone = [o | {"trace_id": o["traceId"], "start_time": o["startTime"]} for o in LANGFUSE["observations"]]
    found = format_of(alone)
    assert found is FORMATS["langfuse"]
    (trace,) = traces(found.parse(alone, project="p", received=NOW).parts)
    assert trace.answers[0].answer == SAID
    bare = {key: value for key, value in LANGFUSE.items() if key != "observations"} | {"observations": []}
    (trace,) = traces(found.parse([bare], project="p", received=NOW).parts)
    assert (trace.answers[0].question, trace.answers[0].answer) == (ASKED, SAID)


def test_a_failed_run_and_runs_within_runs() -> None:
    root = LANGSMITH[0] | {"error": "boom", "child_runs": LANGSMITH[1:]}
    (trace,) = traces(FORMATS["langsmith"].parse([root], project="p", received=NOW).parts)
    assert (len(trace.spans), trace.status) == (3, Status.ERROR)
    assert trace.id == RUN.replace("-", "")


def test_runs_below_one_are_of_its_trace_however_deep_they_lie() -> None:
    run = LANGSMITH[0] | {"id": "last", "trace_id": None, "child_runs": 5}
    for number in range(2000):
        run = LANGSMITH[0] | {"id": f"r{number}", "trace_id": None, "child_runs": [run, "no run"]}
    parts, errors = FORMATS["langsmith"].parse([run], project="p", received=NOW)
    assert (len(parts), len({part.trace_id for part in parts}), errors) == (2001, 1, [])


def test_each_observation_without_an_id_is_named() -> None:
    nameless = [LANGFUSE["observations"][n] | {"id": None} for n in range(2)]
    parts, errors = FORMATS["langfuse"].parse([LANGFUSE | {"observations": nameless}], project="p", received=NOW)
    assert ([e.field for e in errors], parts) == (["span id", "span id"], [])


def test_what_no_database_stores_is_replaced_in_resources_scopes_and_events_too() -> None:
    metadata = {"resourceAttributes": {"service.name": "a\0b", "size": float("inf"), "k" * 1000: 1}}
    metadata |= {"scope": {"name": "s\0", "version": "1"}}
    observation = LANGFUSE["observations"][2] | {"metadata": metadata}
    ((part,), errors) = FORMATS["langfuse"].parse([observation], project="p", received=NOW)
    assert (part.body["resource"], errors) == ({"service.name": "a\ufffdb", "size": "Infinity"}, [])
    assert part.body["scope"] == {"name": "s\ufffd", "version": "1"}
    events = [{"name": "e\0", "attributes": {"x\0": "y\0", "k" * 1000: 1}}]
    ((part,), errors) = FORMATS["phoenix"].parse([PHOENIX[0] | {"events": events}], project="p", received=NOW)
    assert (part.body["events"], errors) == ([{"name": "e\ufffd", "attributes": {"x\ufffd": "y\ufffd"}}], [])


@pytest.mark.parametrize(
    ("name", "bad", "field"),
    [
        ("langfuse", 7, "record"),
        ("langfuse", LANGFUSE | {"observations": [{"id": "x", "type": "SPAN"}]}, "start"),
        ("langfuse", LANGFUSE | {"id": None}, "trace id"),
        ("langsmith", {"question": "Q"}, "record"),
        ("langsmith", LANGSMITH[0] | {"start_time": "yesterday"}, "start"),
        ("langsmith", LANGSMITH[0] | {"id": "", "trace_id": None}, "trace id"),
        ("phoenix", [], "record"),
        ("phoenix", PHOENIX[0] | {"end_time": "2026-11-20T09:00:00Z"}, "endTimeUnixNano"),
        ("phoenix", PHOENIX[0] | {"context.span_id": True}, "span id"),
    ],
)
def test_a_bad_record_is_named_and_takes_no_other_along(name: str, bad: Any, field: str) -> None:
    parts, errors = FORMATS[name].parse([bad, *EXPORTED[name]], project="p", received=NOW)
    assert {(e.index, e.field) for e in errors} == {(0, field)}
    assert errors[0].remedy
    assert len(traces(parts)) >= 1


@pytest.mark.skipif(not EXPORTS.is_dir(), reason="the exports are no part of the repository")
@pytest.mark.parametrize("file", sorted(EXPORTS.glob("*.json")), ids=lambda file: file.name.split(".")[0])
def test_real_exports_hold_a_question_and_an_answer(file: Path) -> None:
    records = sample_of_file(file, 10)
    found = format_of(records)
    assert found is FORMATS["langfuse"]
    parts, errors = found.parse(records, project="p", received=datetime(2027, 1, 1, tzinfo=UTC))
    assert errors == []
    (trace,) = traces(parts)
    (answer,) = trace.answers
    assert answer.question
    assert answer.answer
    assert not answer.question.startswith(("{", "["))
    assert trace.model is not None
    assert trace.output_tokens
