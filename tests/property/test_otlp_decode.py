"""Whatever comes in, `decode` answers with parts or with one of its own errors, and the parts can be stored."""

from __future__ import annotations

import dataclasses
import gzip
import json
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from evaluator.core.errors import InvalidInput
from evaluator.ingest.assemble import assemble
from evaluator.ingest.errors import TooLarge, UnsupportedMedia
from evaluator.ingest.otlp import Decoded, decode, encode_response

PROTOBUF, JSON = "application/x-protobuf", "application/json"
KEYS = (
    "openinference.span.kind",
    "input.value",
    "gen_ai.input.messages",
    "gen_ai.operation.name",
    "llm.x",
    "user.id",
)
START = 1_790_000_000_000_000_000


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


def run(body: bytes, content_type: str, encoding: str | None = None) -> Decoded | None:
    try:
        decoded = decode(body, content_type, encoding, project="p", max_bytes=1_000_000)
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


@given(st.integers(0, len(VALID)))
def test_truncated_bodies(length: int) -> None:
    run(VALID[:length], PROTOBUF)
    packed = gzip.compress(VALID, mtime=0)
    assert run(packed[: length * len(packed) // (len(VALID) + 1)], PROTOBUF, "gzip") is None


@given(st.lists(st.tuples(st.integers(0, len(VALID) - 1), st.integers(0, 255)), min_size=1, max_size=12))
def test_mutated_bodies(changes: list[tuple[int, int]]) -> None:
    body = bytearray(VALID)
    for place, value in changes:
        body[place] = value
    run(bytes(body), PROTOBUF)


def test_the_valid_body_is_valid() -> None:
    decoded = run(VALID, PROTOBUF)
    assert decoded is not None
    assert len(decoded.parts) == 3


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
