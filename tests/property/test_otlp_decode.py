"""Whatever comes in, `decode` answers with parts or with one of its own errors, and the parts can be stored."""

from __future__ import annotations

import dataclasses
import gzip
import json
import tracemalloc
import zlib
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from evaluator.core.errors import InvalidInput
from evaluator.ingest.assembly.assemble import assemble
from evaluator.ingest.errors import TooLarge, UnsupportedMedia
from evaluator.ingest.otlp.requests import Decoded, decode, encode_response
from evaluator.ingest.otlp.signals import LOGS, TRACES, Signal
from tests.support import records
from tests.support.protobuf import START, field

PROTOBUF, JSON = "application/x-protobuf", "application/json"
KEYS = (
    "openinference.span.kind",
    "input.value",
    "gen_ai.input.messages",
    "gen_ai.operation.name",
    "llm.x",
    "user.id",
)


def valid_protobuf() -> bytes:
    request = ExportTraceServiceRequest()
    scope = request.resource_spans.add().scope_spans.add()
    for n in range(3):
        span = scope.spans.add(name="chat", trace_id=bytes(range(16)), span_id=bytes([n + 1] * 8))
        span.start_time_unix_nano, span.end_time_unix_nano = START, START + 5
        for key in KEYS:
            span.attributes.add(key=key).value.string_value = '[{"role": "user", "parts": [{"content": "hi"}]}]'
        span.events.add(name="gen_ai.choice").attributes.add(key="message").value.string_value = "hello"
    return bytes(request.SerializeToString())


VALID = valid_protobuf()
VALID_SPAN = (bytes([2] * 8)).hex()
VALID_JSON = json.dumps(
    {
        "resourceSpans": [
            {
                "scopeSpans": [
                    {
                        "spans": [
                            {
                                "traceId": "ab" * 16,
                                "spanId": "cd" * 8,
                                "name": "chat",
                                "startTimeUnixNano": str(START),
                                "endTimeUnixNano": START + 5,
                                "attributes": [{"key": "input.value", "value": {"stringValue": "hi"}}],
                                "events": [{"name": "e", "timeUnixNano": START}],
                                "status": {"code": 2, "message": "no"},
                            }
                        ]
                    }
                ]
            }
        ]
    }
).encode()


RECORDS = records.request(
    records.record("gen_ai.user.message", {"content": "hi", "user.id": "ada"}),
    records.record("gen_ai.choice", {"message": {"role": "assistant", "content": "ho"}}, 1),
    records.record("gen_ai.client.inference.operation.details", "{}", attributes={"gen_ai.input.messages": ["x"]}),
    records.record("GET /", "200"),
)
VALID_RECORDS, VALID_RECORDS_JSON = (records.in_form(RECORDS, form) for form in (PROTOBUF, JSON))


def run(body: bytes, content_type: str, encoding: str | None = None, signal: Signal = TRACES) -> Decoded | None:
    try:
        decoded = decode(body, content_type, encoding, project="p", max_bytes=1_000_000, signal=signal)
    except (InvalidInput, TooLarge, UnsupportedMedia):
        return None
    encode_response(decoded)
    for part in decoded.parts:
        trace = dataclasses.asdict(assemble("p", part.trace_id, [part]))
        for stored in (
            part.body,
            {**trace, "start": None, "end": None, "spans": [_timeless(s) for s in trace["spans"]]},
        ):
            text = json.dumps(stored, ensure_ascii=False, allow_nan=False)
            assert "\\u0000" not in text.replace("\\\\", "")
            text.encode()
    return decoded


def _timeless(span: dict[str, Any]) -> dict[str, Any]:
    return {**span, "start": None, "end": None}


@given(st.binary(max_size=400), st.sampled_from([PROTOBUF, JSON]), st.sampled_from([None, "gzip", "deflate", "br"]))
def test_random_bytes(body: bytes, content_type: str, encoding: str | None) -> None:
    run(body, content_type, encoding)
    run(body, content_type, encoding, LOGS)


@given(st.integers(0, len(VALID)))
def test_truncated_bodies(length: int) -> None:
    run(VALID[:length], PROTOBUF)
    packed = gzip.compress(VALID, mtime=0)
    assert run(packed[: length * len(packed) // (len(VALID) + 1)], PROTOBUF, "gzip") is None


EDITS = st.lists(
    st.tuples(st.sampled_from("=+-"), st.integers(0, 10_000), st.binary(min_size=1, max_size=8)),
    min_size=1,
    max_size=12,
)


def edited(body: bytes, edits: list[tuple[str, int, bytes]]) -> bytes:
    """The body with bytes replaced, put in or taken out."""
    out = bytearray(body)
    for how, place, data in edits:
        at = place % (len(out) + 1)
        out[at : at + (0 if how == "+" else len(data))] = b"" if how == "-" else data
    return bytes(out)


@given(EDITS, st.sampled_from([None, "gzip", "deflate"]))
def test_mutated_bodies(edits: list[tuple[str, int, bytes]], encoding: str | None) -> None:
    run(edited(VALID, edits), PROTOBUF)
    packed = gzip.compress(VALID, mtime=0) if encoding == "gzip" else zlib.compress(VALID)
    run(edited(packed, edits), PROTOBUF, encoding)
    run(edited(VALID_JSON, edits), JSON)
    run(edited(VALID_RECORDS, edits), PROTOBUF, None, LOGS)
    run(edited(VALID_RECORDS_JSON, edits), JSON, None, LOGS)


def spans_with(value: bytes) -> bytes:
    """A request whose first span has an attribute with this AnyValue; its second span is in order."""
    span = ExportTraceServiceRequest.FromString(VALID).resource_spans[0].scope_spans[0].spans[1].SerializeToString()
    first = field(1, bytes(16)[:-1] + b"1") + field(2, b"12345678") + field(9, field(1, b"k") + field(2, value))
    return field(1, field(2, field(2, first) + field(2, span)))


@pytest.mark.parametrize("depth", [1, 30, 60, 100, 2_000])
@pytest.mark.parametrize("kind", ["array", "map"])
def test_deeply_nested_protobuf(depth: int, kind: str) -> None:
    value = field(1, b"x")
    for _ in range(depth):
        value = field(5, field(1, value)) if kind == "array" else field(6, field(1, field(1, b"k") + field(2, value)))
    decoded = run(spans_with(value), PROTOBUF)
    if depth <= 30:
        assert decoded is not None
    if decoded is not None:
        assert VALID_SPAN in {p.part_id for p in decoded.parts}


@pytest.mark.parametrize("depth", [1, 60, 70, 5_000, 200_000])
def test_deeply_nested_json(depth: int) -> None:
    nested = '{"arrayValue": {"values": [' * depth + '{"intValue": 1}' + "]}}" * depth
    span = VALID_JSON.decode().replace('"attributes": [', '"attributes": [{"key": "k", "value": ' + nested + "},", 1)
    decoded = run(span.encode(), JSON)
    assert (decoded is not None) >= (depth <= 60)
    run(b"[" * depth, JSON)
    run(b'{"resourceSpans":' * depth, JSON)


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
@pytest.mark.parametrize("content", [b"\x00", b"\x0a\x00", b" ", b"["])
def test_bombs_are_never_unpacked(content: bytes, encoding: str) -> None:
    """A gigabyte in a megabyte: refused by its size, and never held."""
    stream = zlib.compressobj(9, zlib.DEFLATED, 31 if encoding == "gzip" else 15)
    block = content * (2**20 // len(content))
    bomb = b"".join(stream.compress(block) for _ in range(256)) + stream.flush()
    tracemalloc.start()
    with pytest.raises(TooLarge):
        decode(bomb, JSON, encoding, project="p", max_bytes=1_000_000)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 8_000_000


def test_a_body_of_nothing_but_spans_is_bounded() -> None:
    """The smallest span has two bytes: a body within its limit may hold half a million of them."""
    body = field(1, field(2, field(2, b"") * 499_000))
    with pytest.raises(TooLarge, match="spans"):
        decode(body, PROTOBUF, None, project="p", max_bytes=1_000_000)


def test_the_valid_body_is_valid() -> None:
    decoded = run(VALID, PROTOBUF)
    assert decoded is not None
    assert len(decoded.parts) == 3
    for body, form in ((VALID_RECORDS, PROTOBUF), (VALID_RECORDS_JSON, JSON)):
        said = run(body, form, None, LOGS)
        assert said is not None
        assert (len(said.parts), said.rejected, said.ignored) == (3, 0, 1)


SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=30), st.sampled_from(["0" * 32, "ab" * 16])
)
NAMES = st.sampled_from(
    [
        "resourceSpans",
        "scopeSpans",
        "spans",
        "resource",
        "scope",
        "attributes",
        "key",
        "value",
        "stringValue",
        "arrayValue",
        "kvlistValue",
        "values",
        "traceId",
        "spanId",
        "startTimeUnixNano",
        "events",
        "status",
        "name",
    ]
)
SHAPES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4), max_leaves=25
)


@given(SHAPES)
def test_json_of_the_wrong_shape(value: Any) -> None:
    run(json.dumps({"resourceSpans": value}).encode(), JSON)
    run(json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": [value, value]}]}]}).encode(), JSON)
    named = records.record("gen_ai.choice")
    for record in (value, {**named, "body": value}, {**named, "attributes": value}):
        run(json.dumps(records.request(record)).encode(), JSON, None, LOGS)


ATTRIBUTE_KEYS = st.sampled_from(
    [
        "openinference.span.kind",
        "input.value",
        "output.value",
        "llm.input_messages.0.message.content",
        "llm.output_messages.0.message.contents.0.message_content.text",
        "retrieval.documents.0.document.content",
        "gen_ai.input.messages",
        "gen_ai.output.messages",
        "gen_ai.system_instructions",
        "gen_ai.retrieval.documents",
        "gen_ai.prompt.0.content",
        "gen_ai.usage.input_tokens",
        "faithline.context",
        "faithline.feedback",
        "metadata",
        "tag.tags",
    ]
)
TEXTS = st.one_of(
    st.text(max_size=20),
    st.sampled_from(["LLM", "RETRIEVER", "TOOL", "\x00", '["a", 1, null]', '{"messages": [{"role": 3}]}', "[[[]]]"]),
    SHAPES.map(json.dumps),
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(ATTRIBUTE_KEYS, TEXTS | st.integers(-(2**63), 2**63 - 1) | st.booleans(), max_size=8))
def test_any_value_under_a_known_name(attributes: dict[str, Any]) -> None:
    kinds = {str: "stringValue", int: "intValue", bool: "boolValue"}
    span = {
        "traceId": "ab" * 16,
        "spanId": "cd" * 8,
        "startTimeUnixNano": START,
        "endTimeUnixNano": START,
        "attributes": [{"key": key, "value": {kinds[type(value)]: value}} for key, value in attributes.items()],
    }
    decoded = run(json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": [span]}]}]}).encode(), JSON)
    assert decoded is not None
    assert decoded.rejected == 0
