"""One table of bounds, in the code and in the documentation; and what is beyond one is left out and said."""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import pytest

from evaluator.core import bounds
from evaluator.core.bounds import TABLE, Bound
from evaluator.core.ids import content_hash, pseudonym
from evaluator.core.trace import BEYOND, Part, Trace
from evaluator.ingest.assembly.assemble import assemble
from evaluator.ingest.assembly.trim import NOTES_KEY
from evaluator.ingest.conventions.values import texts
from evaluator.ingest.native import traces as native
from evaluator.ingest.otlp.requests import Decoded, decode
from evaluator.ingest.shapes import structure
from evaluator.store.repositories.traces.arrivals import samples_of
from tests.support.protobuf import SPAN, START, field, one
from tests.support.spans import NOON, llm, put_together, span

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
PROTOBUF = "application/x-protobuf"


def number(value: float) -> str:
    return f"{value:,}" if abs(value) >= 10_000 else f"{value:g}"


def row(bound: Bound) -> str:
    least = "" if bound.least is None else f"{number(bound.least)} to "
    return f"| {bound.name} | {f'{least}{number(bound.most)} {bound.unit}'.rstrip()} | {bound.beyond} |"


def test_the_documentation_shows_the_same_table() -> None:
    page = Path("docs/limits.md").read_text().split("## Scoring")[0]
    shown = [line for line in page.splitlines() if line.startswith("| ") and not line.startswith("| what |")]
    assert shown == [row(bound) for bound in TABLE]


def test_a_bound_holds_what_lies_within() -> None:
    assert bounds.TOKENS.holds(0)
    assert bounds.TOKENS.holds(10**9)
    for beyond in (-1, 10**9 + 1, 10**400, math.nan, math.inf, 1e300):
        assert not bounds.TOKENS.holds(beyond)


def notes(trace: Trace) -> list[str]:
    return list(trace.metadata.get(NOTES_KEY, ()))


def test_sums_of_what_is_in_bounds_are_in_bounds() -> None:
    calls = [llm(f"l{n}", None, (n, n + 1), f"a{n}", "q") for n in range(4)]
    for part in calls:
        part.body["attributes"] |= {"gen_ai.usage.input_tokens": 8 * 10**8, "llm.cost.total": 8e8}
    trace = put_together(*calls)
    assert (trace.input_tokens, trace.cost) == (10**9, 1e9)
    assert [said.split()[0] for said in notes(trace)] == ["input_tokens", "cost"]


def test_a_trace_of_decades_has_the_longest_latency() -> None:
    trace = put_together(span("root", None, "chain", (-9e8, 0), input_value="q", output_value="a"))
    assert trace.latency_ms == bounds.LATENCY.most
    assert notes(trace) == ["latency_ms is not a number from 0 to 10000000000 and was set to 10000000000"]


def test_long_names_are_shortened_and_two_stay_two() -> None:
    def trace_of(end: str) -> Trace:
        named = {"session.id": "s" * 5000 + end, "llm.model_name": "m" * 300 + end}
        return put_together(llm("l", None, (0, 1), "a", "q", raw=named))

    one_trace, other = trace_of("1"), trace_of("2")
    assert len(one_trace.session or "") == len(one_trace.model or "") == bounds.NAME.most
    assert one_trace.session != other.session
    assert one_trace.model != other.model
    assert [said.split()[0] for said in notes(one_trace)] == ["model", "session"]


def test_tags_and_metadata_are_bounded() -> None:
    tags = ",".join(f"t{n}" for n in range(300))
    metadata = {f"k{n}": "v" * 1000 for n in range(90)} | {"k" * 600: 1, NOTES_KEY: ["mine"]}
    trace = put_together(span("root", None, "chain", raw={"faithline.tags": tags, "metadata": json.dumps(metadata)}))
    assert len(trace.tags) == bounds.TAGS.most
    assert len(json.dumps(trace.metadata)) < bounds.METADATA.most + 1000
    assert trace.metadata["k0"] == "v" * 1000
    assert len(notes(trace)) == 2
    assert len(texts("a," * 10**6)) == bounds.TAGS.most + 1


def test_one_question_of_many_answers_is_not_stored_many_times() -> None:
    question = "q" * 200_000
    item = {"question": question, "answers": [{"answer": f"the answer {n}"} for n in range(500)]}
    (part,) = native.parse([item], project="p", received=NOW).parts
    trace = assemble("p", part.trace_id, [part])
    stored = sum(len(s.question) + len(s.answer) for s in samples_of(trace))
    assert stored <= bounds.REPEATED.share(len(json.dumps(item)))
    assert 0 < len(trace.answers) < 500
    assert notes(trace) == [
        f"answers are 500, which is too many or repeats too much: the first {len(trace.answers)} were kept"
    ]


def test_answers_that_repeat_little_are_all_kept() -> None:
    item = {"question": "How long?", "answers": [{"answer": f"the answer {n}"} for n in range(500)]}
    (part,) = native.parse([item], project="p", received=NOW).parts
    assert len(assemble("p", part.trace_id, [part]).answers) == 500


def test_more_parts_than_are_put_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("evaluator.ingest.assembly.assemble.PARTS", dataclasses.replace(bounds.PARTS, most=10))
    parts = [llm(f"l{n:02}", None, (n, n + 1), f"a{n}", f"q{n}") for n in range(30)]
    trace = put_together(*reversed(parts))
    assert [s.span_id for s in trace.spans] == [f"l{n:02}" for n in range(10)]
    assert notes(trace) == ["spans are more than 10, or take too much room: the first 10 were read"]


def test_a_part_that_stands_for_what_was_not_read_is_said() -> None:
    rest = Part(project="p", trace_id="t", part_id="z", source=BEYOND, start=NOON, end=NOON, body={})
    trace = assemble("p", "t", [llm("l", None, (0, 1), "a", "q"), rest])
    assert [s.span_id for s in trace.spans] == ["l"]
    assert notes(trace)[0].startswith("spans are more than")
    with pytest.raises(ValueError, match="no parts"):
        assemble("p", "t", [rest])


def test_prompts_that_can_not_all_be_searched(monkeypatch: pytest.MonkeyPatch) -> None:
    searched = dataclasses.replace(bounds.SEARCHED, most=0, free=10)
    monkeypatch.setattr("evaluator.ingest.assembly.feeding.SEARCHED", searched)
    trace = put_together(
        span("r", None, "retriever", (0, 1), docs=["Parcels take six days."]),
        llm("l", None, (2, 3), "Six.", "Parcels take six days. How long?"),
    )
    assert [p.text for p in trace.answers[0].passages] == ["Parcels take six days."]  # by its place
    assert notes(trace) == ["spans hold too much to look for all that their prompts quote: places decided instead"]


def test_spans_of_which_no_more_lists_are_made(monkeypatch: pytest.MonkeyPatch) -> None:
    spans = [span("root", None, "chain", (0, 100), input_value="Q", output_value="A")]
    for n in range(3):
        at = 10 * n
        spans += [
            span(f"chain{n}", "root", "chain", (at, at + 9), name="turn", input_value=f"q{n}", output_value=f"a{n}"),
            span(f"r{n}", f"chain{n}", "retriever", (at, at + 1), docs=[f"passage {n}"]),
            llm(f"l{n}", f"chain{n}", (at + 2, at + 3), f"a{n}", f"q{n}"),
        ]
    whole = put_together(*spans)
    assert [len(answer.passages) for answer in whole.answers] == [1, 1, 1]
    assert notes(whole) == []
    monkeypatch.setattr("evaluator.ingest.assembly.tree.LISTED", dataclasses.replace(bounds.LISTED, most=1))
    trace = put_together(*spans)
    owned = {answer.id: [p.text for p in answer.passages] for answer in trace.answers}
    assert owned == {"root": ["passage 1", "passage 2"], "l0": ["passage 0"], "l1": []}
    assert notes(trace) == [
        "spans are too many, one below another, to tell of all passages which answer they belong to"
    ]


def test_json_in_a_text_is_read_only_while_it_is_not_too_much() -> None:
    few, many = "[" + "{}," * 49_000 + "{}]", "[" + "{}," * 101_000 + "{}]"
    assert len(structure(few)) == 49_001
    assert structure(many) is None
    assert structure('["' + "{}," * 101_000 + '\\"]"]') is not None  # commas within a text are none


def resource_request(attributes: int, spans: int) -> bytes:
    named = field(1, b"service.name") + field(2, field(1, b"shop"))
    others = b"".join(field(1, field(1, b"k%d" % n) + field(2, field(1, b"v" * 50))) for n in range(attributes))
    own = field(9, field(1, b"input.value") + field(2, field(1, b"How long is the warranty?" * 4)))
    return field(1, field(1, field(1, named) + others) + field(2, field(2, SPAN + own) * spans))


def read(body: bytes) -> Decoded:
    return decode(body, PROTOBUF, None, project="p")


def test_a_resource_is_not_stored_out_of_all_proportion() -> None:
    usual = read(resource_request(30, 500))
    assert not usual.notes
    assert len(usual.parts[0].body["resource"]) == 31
    body = resource_request(2000, 2000)
    hostile = read(body)
    assert hostile.parts[0].body["resource"] == {"service.name": "shop"}
    assert list(hostile.notes) == [
        "resource is too large to be kept with every span: only its service and environment"
    ]
    stored = sum(len(json.dumps(part.body["resource"])) for part in hostile.parts)
    assert stored <= bounds.REPEATED.share(len(body))


def test_a_resource_is_looked_at_once_for_all_its_scopes(monkeypatch: pytest.MonkeyPatch) -> None:
    looked_at = 0

    def counting(name: str, of: Callable[[Any], Any]) -> None:
        def counted(value: Any) -> Any:
            nonlocal looked_at
            looked_at += len(json.dumps(value))
            return of(value)

        monkeypatch.setattr(name, counted)

    counting("evaluator.ingest.otlp.origins.orjson.dumps", orjson.dumps)
    counting("evaluator.ingest.attributes.content_hash", content_hash)
    said = {"service.name": "s" * 50_000, "user.id": "ada"}
    attributes = [{"key": key, "value": {"stringValue": text}} for key, text in said.items()]
    empty = {"traceId": "ab" * 16, "spanId": "cd" * 8, "startTimeUnixNano": START, "endTimeUnixNano": START}
    some = {"spans": [empty]}
    body = json.dumps({"resourceSpans": [{"resource": {"attributes": attributes}, "scopeSpans": [some] * 100}]})
    decoded = decode(body.encode(), "application/json", None, project="p")
    assert looked_at < 3 * len(body)
    first, last = (decoded.parts[place].body["resource"] for place in (0, -1))
    assert first == {"service.name": "s" * 50_000, "user.id": pseudonym("p", "ada")}
    assert last.keys() == {"service.name"}
    assert len(last["service.name"]) == bounds.NAME.most


@pytest.mark.parametrize(
    ("inside", "said"),
    [
        (field(9, field(1, b"k" * 501)), "attributes have a key of more than 500 characters"),
        (b"".join(field(9, field(1, b"%d" % n)) for n in range(10_001)), "attributes are more than 10000"),
        (field(11, b"") * 1001, "events are more than 1000"),
        (field(5, b"n" * 1001), "name has more than 1000 characters"),
        (field(3, b"a=b," * 2000), "traceState has more than 4096 characters"),
        (field(3, b"ot=th:fffff"), "traceState states a probability (9.54e-07)"),
    ],
)
def test_what_is_beyond_is_left_out_of_a_span_and_said(inside: bytes, said: str) -> None:
    decoded = read(one(inside))
    (part,) = decoded.parts
    assert decoded.rejected == 0
    assert said in decoded.notes[0]
    assert said in notes(assemble("p", part.trace_id, [part]))[0]
    body: dict[str, Any] = part.body
    assert len(body["attributes"]) <= bounds.ATTRIBUTES.most
    assert len(body.get("events", ())) <= bounds.EVENTS.most
    assert len(body["name"]) <= bounds.TITLE.most


@pytest.mark.parametrize(
    ("changes", "field_name"),
    [
        ({"session": "s" * 201}, "session"),
        ({"model": "m" * 201}, "model"),
        ({"name": "n" * 1001}, "name"),
        ({"tags": ["t"] * 101}, "tags"),
        ({"tags": ["t" * 201]}, "tags[0]"),
        ({"metadata": {f"k{n}": 1 for n in range(501)}}, "metadata"),
        ({"metadata": {"k" * 501: 1}}, "metadata"),
        ({"metadata": {"k": "v" * 70_000}}, "metadata"),
        ({"unknown": "v" * 70_000}, "metadata"),
        ({"context": ["c"] * 1001}, "context"),
        ({"context": [{"text": "c", "score": 1e300}]}, "context"),
        ({"answers": [{"answer": "a"}] * 501}, "answers"),
        ({"spans": [{"name": "s"}] * 10_001}, "spans"),
        ({"spans": [{"name": "s", "attributes": {"llm.cost.total": -1}}]}, "spans[0].attributes.llm.cost.total"),
        ({"input_tokens": 10**9 + 1}, "input_tokens"),
        ({"input_tokens": True}, "input_tokens"),
        ({"cost": 1e300}, "cost"),
        ({"sampling_probability": 5e-324}, "sampling_probability"),
        ({"end_time": "0001-01-01", "latency_ms": 1e9}, "end_time"),
        ({"start_time": "9999-12-31T23:59:59Z", "latency_ms": 1e9}, "start_time"),
    ],
)
def test_native_json_beyond_a_bound_is_refused_by_name(changes: dict[str, Any], field_name: str) -> None:
    good = {"question": "Q", "answer": "A"}
    parts, errors = native.parse([good, good | changes], project="p", received=NOW)
    assert len(parts) == 1
    assert [(error.index, error.field) for error in errors] == [(1, field_name)]
    assert errors[0].remedy
    assert len(errors[0].field) < 300
