"""Ids in another form are refused with the form in which they should have come."""

from __future__ import annotations

import json
from base64 import b64encode, urlsafe_b64encode

import pytest

from evaluator.ingest.otlp.ids import wrong_id
from evaluator.ingest.otlp.requests import decode, encode_response
from tests.support.otlp import PARENT, PROTOBUF, SPAN, TRACE, as_json, as_protobuf, decoded, span

RAW = bytes.fromhex("fb" * 16)  # base64 of it has + and /


@pytest.mark.parametrize(
    ("sent", "problem", "remedy"),
    [
        (b64encode(RAW).decode(), "seems to be base64", RAW.hex()),
        (b64encode(RAW).decode().rstrip("="), "seems to be base64", RAW.hex()),
        (urlsafe_b64encode(RAW).decode(), "seems to be base64", RAW.hex()),
        ("F47AC10B-58CC-4372-A567-0E02B2C3D479", "is a UUID", "f47ac10b58cc4372a5670e02b2c3d479"),
        ("463ac35c9f6413ad", "has 16 hexadecimal digits (8 bytes), not 32", "0" * 16 + "463ac35c9f6413ad"),
        ("5060571933882717101", "has 19 hexadecimal digits", "If it is a decimal number"),
        (TRACE.encode().hex(), "has 64 hexadecimal digits (32 bytes), not 32", "Its bytes are a text"),
        ("0x" + TRACE, "is not hexadecimal", "OTLP/JSON writes ids in hexadecimal"),
        ("my-trace", "is not hexadecimal", "OTLP/JSON writes ids in hexadecimal"),
        ("abc", "has 3 hexadecimal digits (1.5 bytes)", "32 hexadecimal digits"),
        ("", "has 0 hexadecimal digits", "32 hexadecimal digits"),
    ],
)
def test_a_trace_id_in_another_form(sent: str, problem: str, remedy: str) -> None:
    result = decoded(as_json(span(), span(traceId=sent)))
    assert len(result.parts) == 1
    (error,) = result.errors
    assert (error.index, error.field) == (1, "traceId")
    assert problem in error.problem
    assert remedy in error.remedy
    assert "32 hexadecimal digits (16 bytes in protobuf)" in error.remedy
    said = json.loads(encode_response(result))["partialSuccess"]["errorMessage"]
    assert error.remedy in said


@pytest.mark.parametrize("name", ["spanId", "parentSpanId"])
def test_a_span_id_in_base64(name: str) -> None:
    short = b64encode(RAW[:8]).decode()
    (error,) = decoded(as_json(span(**{name: short}))).errors
    assert (error.field, error.problem) == (name, "seems to be base64")
    assert f"16 hexadecimal digits (8 bytes in protobuf), here {RAW[:8].hex()}" in error.remedy


def test_text_in_the_bytes_of_protobuf() -> None:
    body = as_protobuf(span(traceId=TRACE), span(traceId=b"c0ffee00-58cc-4372-a567-0e02b2c3d479".hex()))
    result = decode(body, PROTOBUF, None, project="default")
    assert len(result.parts) == 1
    (error,) = result.errors
    assert "Its bytes are a text" in error.remedy


def test_ids_that_are_right_are_taken_in_either_case() -> None:
    (part,) = decoded(as_json(span(traceId=TRACE.upper(), spanId=SPAN.upper(), parentSpanId=PARENT.upper()))).parts
    assert (part.trace_id, part.part_id, part.body["parent_id"]) == (TRACE, SPAN, PARENT)


def test_a_very_long_id_is_not_repeated() -> None:
    for sent in ("a" * 1_000_000, "g" * 1_000_000, "=" * 1_000_000, "0" * 1_000_000):
        assert len(str(wrong_id(sent, 32, "traceId"))) < 400
