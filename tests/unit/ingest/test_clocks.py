"""A clock that is set back between a start and its end takes nothing away but the duration."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from evaluator.core.errors import InvalidInput
from evaluator.core.trace import Trace
from evaluator.ingest.assembly.assemble import assemble
from evaluator.ingest.native.traces import parse
from evaluator.ingest.otlp.requests import encode_response
from tests.support.otlp import JSON, PROTOBUF, START, as_json, as_protobuf, decoded, span

SECOND = 10**9
RECEIVED = datetime(2026, 11, 20, 12, tzinfo=UTC)
SPAN_REMARK = "endTimeUnixNano was before startTimeUnixNano, by 1 s at most, and was set to it"
REMARK = "end_time was before start_time, by 1 s at most, and was set to it"


def ended(back: int) -> dict[str, Any]:
    """A root span that answers, and ends so many ns before it starts."""
    said = {"faithline.input": "How long?", "faithline.output": "Six days.", "faithline.span.kind": "llm"}
    attributes = [{"key": key, "value": {"stringValue": value}} for key, value in said.items()]
    return span(parentSpanId=None, endTimeUnixNano=str(START - back), attributes=attributes)


def native(**fields: Any) -> Trace:
    parsed = parse([{"id": "t", "question": "Q", "answer": "A"} | fields], project="p", received=RECEIVED)
    if parsed.errors:
        (error,) = parsed.errors
        raise InvalidInput(error.field, error.problem, error.remedy)
    return assemble("p", "t", parsed.parts)


@pytest.mark.parametrize(("body", "content_type"), [(as_json, JSON), (as_protobuf, PROTOBUF)])
@pytest.mark.parametrize("back", [1, 700, 4_000_000, SECOND])
def test_a_span_that_ends_a_little_early_is_kept(body: Any, content_type: str, back: int) -> None:
    result = decoded(body(ended(back)), content_type)
    (part,) = result.parts
    assert part.end == part.start
    assert part.body["end_ns"] == part.body["start_ns"] == START
    assert part.body["notes"] == [SPAN_REMARK]
    assert encode_response(result) in (b"", b"{}")  # nothing was left out of it
    trace = assemble("default", part.trace_id, result.parts)
    assert (trace.latency_ms, trace.start, trace.end) == (0.0, part.start, part.start)
    assert [(a.question, a.answer) for a in trace.answers] == [("How long?", "Six days.")]
    assert trace.metadata["faithline.notes"] == [SPAN_REMARK]


@pytest.mark.parametrize(("body", "content_type"), [(as_json, JSON), (as_protobuf, PROTOBUF)])
@pytest.mark.parametrize(
    ("back", "problem"),
    [
        (SECOND + 1, "more than 1 s before startTimeUnixNano"),
        (3600 * SECOND, "more than 1 s"),
        (START, "has not ended"),
    ],
)
def test_one_that_ends_far_too_early_or_has_not_ended_is_refused(
    body: Any, content_type: str, back: int, problem: str
) -> None:
    result = decoded(body(ended(back), span()), content_type)
    assert (len(result.parts), result.rejected) == (1, 1)
    (error,) = result.errors
    assert error.field == "endTimeUnixNano"
    assert problem in error.problem


def test_many_such_spans_say_it_once() -> None:
    spans = [span(spanId=f"{i:016x}", endTimeUnixNano=str(START - i)) for i in range(1, 40)]
    result = decoded(as_json(*spans))
    trace = assemble("default", result.parts[0].trace_id, result.parts)
    assert trace.metadata["faithline.notes"] == [SPAN_REMARK]
    assert trace.latency_ms == 0.0


@pytest.mark.parametrize("back", [timedelta(microseconds=1), timedelta(milliseconds=30), timedelta(seconds=1)])
def test_a_native_trace_that_ends_a_little_early_is_kept(back: timedelta) -> None:
    start = RECEIVED - timedelta(hours=1)
    times = {"start_time": start.isoformat(), "end_time": (start - back).isoformat()}
    trace = native(**times)
    assert (trace.start, trace.end, trace.latency_ms) == (start, start, 0.0)
    assert trace.metadata["faithline.notes"] == [REMARK]
    assert native(**times, latency_ms=7).latency_ms == 7.0
    late = {"start_time": start.isoformat(), "end_time": (start - back - timedelta(seconds=1)).isoformat()}
    with pytest.raises(InvalidInput, match="end_time: is more than 1 s before start_time"):
        native(**late)


def test_a_native_trace_whose_times_are_one_has_no_duration() -> None:
    at = (RECEIVED - timedelta(hours=1)).isoformat()
    assert native(start_time=at, end_time=at).latency_ms == 0.0
    assert native(start_time=at).latency_ms is None  # nobody said when it ended
    assert native().latency_ms is None


def test_a_native_span_that_ends_a_little_early_is_kept() -> None:
    start = RECEIVED - timedelta(hours=1)

    def with_span(back: float) -> Trace:
        times = {"start_time": start.isoformat(), "end_time": (start - timedelta(seconds=back)).isoformat()}
        return native(spans=[{"id": "a", "name": "step"} | times])

    trace = with_span(0.5)
    (found,) = trace.spans
    assert (found.start, found.end, trace.latency_ms) == (start, start, 0.0)
    assert trace.metadata["faithline.notes"] == [f"spans[0] {REMARK}"]
    with pytest.raises(InvalidInput, match=r"spans\[0\].end_time: is more than 1 s before start_time"):
        with_span(1.001)


def test_remarks_can_be_sent_as_json() -> None:
    (part,) = decoded(as_json(ended(5))).parts
    assert json.loads(json.dumps(part.body)) == part.body
