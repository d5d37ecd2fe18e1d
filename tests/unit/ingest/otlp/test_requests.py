"""OTLP bodies by hand: both encodings, damage, and what is answered."""

from __future__ import annotations

import dataclasses
import gzip
import json
import zlib
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from google.rpc.status_pb2 import Status as RpcStatus
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceResponse,
)

from evaluator.core.bounds import SPANS
from evaluator.core.errors import InvalidInput
from evaluator.core.ids import pseudonym
from evaluator.core.user_names import USER_KEYS
from evaluator.ingest.errors import TooLarge, UnsupportedMedia
from evaluator.ingest.otlp.requests import encode_failure, encode_response
from tests.support.otlp import (
    JSON,
    MAX,
    PARENT,
    PROTOBUF,
    SPAN,
    START,
    TRACE,
    as_json,
    as_protobuf,
    decoded,
    in_form,
    request,
    span,
)


@pytest.mark.parametrize("content_type", [JSON, PROTOBUF])
def test_a_span_in_both_encodings(content_type: str) -> None:
    body = as_json(span()) if content_type == JSON else as_protobuf(span())
    (part,) = decoded(body, content_type).parts
    assert (part.project, part.trace_id, part.part_id, part.source, part.name) == ("p", TRACE, SPAN, "otlp", "chat")
    assert part.start == datetime(2026, 9, 21, 14, 13, 20, tzinfo=UTC)
    assert part.end - part.start == timedelta(seconds=1.5)
    assert part.body["attributes"] == {
        "text": "a\ufffdb",
        "yes": True,
        "count": 42,
        "ratio": 0.5,
        "odd": "NaN",
        "bytes": "aGk=",
        "list": ["x", 1],
        "map": {"k": False},
        "none": None,
        "user.id": pseudonym("p", "ada"),
    }
    assert part.body["parent_id"] == PARENT
    assert part.body["resource"] == {"service.name": "shop"}
    assert part.body["scope"]["name"] == "lib"
    assert (part.body["status"], part.body["status_message"], part.body["kind"]) == ("error", "late", "client")
    assert (part.body["trace_state"], part.body["flags"]) == ("ot=th:8", 257)
    assert part.body["events"] == [{"name": "e", "time_ns": 5, "attributes": {"k": 1}}]
    json.dumps(part.body, allow_nan=False)


@pytest.mark.parametrize("content_type", [JSON, PROTOBUF])
def test_users_are_nowhere_called_by_their_names(content_type: str) -> None:
    named = [{"key": key, "value": {"stringValue": "ada-7"}} for key in USER_KEYS]
    body = request(span(attributes=named, events=[{"attributes": named}]))
    (batch,) = body["resourceSpans"]
    batch["resource"] = batch["scopeSpans"][0]["scope"] = {"attributes": named}
    (part,) = decoded(in_form(body, content_type), content_type).parts
    assert "ada-7" not in json.dumps(part.body)
    hidden = dict.fromkeys(USER_KEYS, pseudonym("p", "ada-7"))
    assert part.body["attributes"] == part.body["events"][0]["attributes"] == hidden
    assert part.body["resource"] == part.body["scope"]["attributes"] == hidden


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"traceId": "abcd"}, "traceId"),
        ({"traceId": "0" * 32}, "traceId"),
        ({"traceId": "z" * 32}, "traceId"),
        ({"traceId": None}, "traceId"),
        ({"spanId": "0" * 16}, "spanId"),
        ({"spanId": SPAN + "00"}, "spanId"),
        ({"parentSpanId": "abcd"}, "parentSpanId"),
        ({"startTimeUnixNano": "0", "endTimeUnixNano": "5"}, "startTimeUnixNano"),
        ({"startTimeUnixNano": "1790000000"}, "startTimeUnixNano"),
        ({"endTimeUnixNano": str(2**63)}, "endTimeUnixNano"),
        ({"endTimeUnixNano": str(START - 10**9 - 1)}, "endTimeUnixNano"),
        ({"endTimeUnixNano": "soon"}, "endTimeUnixNano"),
        ({"endTimeUnixNano": None}, "endTimeUnixNano"),
        ({"name": 7}, "name"),
        ({"attributes": {"a": 1}}, "attributes"),
    ],
)
def test_one_bad_span_is_refused_alone(changes: dict[str, Any], field: str) -> None:
    result = decoded(as_json(span(), span(**changes), span(spanId=PARENT)))
    assert [part.part_id for part in result.parts] == [SPAN, PARENT]
    assert result.rejected == 1
    assert [(error.index, error.field) for error in result.errors] == [(1, field)]
    assert result.errors[0].remedy


def test_something_else_than_an_object_among_the_spans_is_refused_alone() -> None:
    result = decoded(as_json(span(), 17, None, "x"))
    assert (len(result.parts), result.rejected) == (1, 3)


def test_a_parent_of_zeros_is_no_parent() -> None:
    assert decoded(as_json(span(parentSpanId="0" * 16))).parts[0].body["parent_id"] is None
    assert decoded(as_json(span(parentSpanId=""))).parts[0].body["parent_id"] is None


def test_clocks_far_ahead_are_refused() -> None:
    received = datetime(2026, 9, 20, tzinfo=UTC)
    assert decoded(as_json(span()), received=received).rejected == 1
    assert decoded(as_json(span()), received=received + timedelta(days=1)).rejected == 0


def test_snake_case_keys_and_names_of_enums_are_understood() -> None:
    renamed = {
        "trace_id": TRACE,
        "span_id": SPAN,
        "start_time_unix_nano": START,
        "end_time_unix_nano": START + 1,
        "kind": "SPAN_KIND_SERVER",
        "status": {"code": "STATUS_CODE_OK"},
        "attributes": [{"key": "k", "value": {"string_value": "v"}}],
    }
    body = {"resource_spans": [{"scope_spans": [{"spans": [renamed]}]}]}
    (part,) = decoded(json.dumps(body).encode()).parts
    assert (part.body["kind"], part.body["status"], part.body["attributes"]) == ("server", "ok", {"k": "v"})


def test_the_sender_can_say_that_nothing_more_will_come() -> None:
    last = [{"key": "faithline.complete", "value": {"boolValue": True}}]
    assert decoded(as_json(span(attributes=last))).parts[0].complete
    assert not decoded(as_json(span())).parts[0].complete


def test_an_empty_request_is_fine() -> None:
    for body, content_type in ((b"", PROTOBUF), (b"{}", JSON), (b'{"resourceSpans": []}', JSON)):
        result = decoded(body, content_type)
        assert (result.parts, result.rejected) == ([], 0)


@pytest.mark.parametrize(
    "body",
    [b"", b"null", b"[]", b"{", b"\xff\xfe", b'{"resourceSpans": 1}', b'{"resourceSpans": [1]}', b"[" * 100_000],
)
def test_bad_json_bodies(body: bytes) -> None:
    with pytest.raises(InvalidInput):
        decoded(body)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-32", "utf-32-be"])
def test_json_is_utf_8_and_counted_as_such(encoding: str) -> None:
    with pytest.raises(InvalidInput, match="is not JSON"):
        decoded(as_json(span()).decode().encode(encoding))
    assert len(decoded(b"\xef\xbb\xbf" + as_json(span())).parts) == 1  # as Windows begins a file


def test_truncated_protobuf() -> None:
    body = as_protobuf(span())
    with pytest.raises(InvalidInput):
        decoded(body[:-3], PROTOBUF)


def deep(levels: int) -> dict[str, Any]:
    value: dict[str, Any] = {"stringValue": "deep"}
    for _ in range(levels):
        value = {"arrayValue": {"values": [value]}}
    return value


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        ({"key": "k", "value": {"intValue": "9" * 30}}, "attributes.k is not a 64-bit integer"),
        ({"key": "k", "value": {"stringValue": 7}}, "attributes.k is not text"),
        ({"key": "k", "value": {"doubleValue": True}}, "attributes.k is not a number"),
        ({"key": "k", "value": {"doubleValue": "9" * 500}}, "attributes.k is not a number"),
        ({"key": "k", "value": 7}, "attributes.k is not an object"),
        ({"key": "k", "value": deep(200)}, "attributes.k is nested deeper than 64 levels"),
        ({"key": 7, "value": {"boolValue": True}}, "attributes has a key that is not text"),
        ({"key": "k" * 501, "value": {"stringValue": 7}}, "attributes.\ufffd is not text"),
        ({"key": "k\ud800", "value": {"stringValue": 7}}, "attributes.k\ufffd is not text"),
        (17, "attributes is not an object"),
        ({"key": "k" * 501, "value": {"boolValue": True}}, "attributes have a key of more than 500 characters"),
        (
            {"key": "gen_ai.usage.input_tokens", "value": {"doubleValue": 1e300}},
            "attributes.gen_ai.usage.input_tokens is not a number from 0 to 1000000000 and was left out",
        ),
    ],
)
def test_one_bad_attribute_is_left_out_alone_and_said(bad: Any, said: str) -> None:
    good = {"key": "good", "value": {"stringValue": "kept"}}
    result = decoded(as_json(span(attributes=[bad, good]), span(spanId=PARENT)))
    assert (len(result.parts), result.rejected) == (2, 0)
    assert result.parts[0].body["attributes"] == {"good": "kept"}
    (note,) = result.parts[0].body["notes"]
    assert note.startswith(said)
    assert list(result.notes) == [f"span 0: {note}"]
    answer = json.loads(encode_response(result))["partialSuccess"]
    assert answer == {"errorMessage": f"left out: span 0: {note}"}  # no span was rejected: a warning


@pytest.mark.parametrize("encoding", ["gzip", "GZIP", "deflate", "identity", "", None])
def test_encodings(encoding: str | None) -> None:
    body = as_json(span())
    packed = {"gzip": gzip.compress, "deflate": zlib.compress}.get((encoding or "").lower(), bytes)(body)
    assert len(decoded(packed, JSON, encoding).parts) == 1


def test_gzip_members_and_their_damage() -> None:
    body = as_json(span())
    assert len(decoded(gzip.compress(body[:50]) + gzip.compress(body[50:]), JSON, "gzip").parts) == 1
    for damaged in (gzip.compress(body)[:-9], b"\x1f\x8bnonsense", b"", gzip.compress(body) + b"tail"):
        with pytest.raises(InvalidInput):
            decoded(damaged, JSON, "gzip")
    with pytest.raises(InvalidInput, match="members"):
        decoded(gzip.compress(b"") * 1000, JSON, "gzip")


def test_a_bomb_is_not_blown_up() -> None:
    bomb = gzip.compress(b" " * 50_000_000)
    assert len(bomb) < 100_000
    with pytest.raises(TooLarge):
        decoded(bomb, JSON, "gzip")
    with pytest.raises(TooLarge):
        decoded(gzip.compress(b" " * (MAX - 1)) + gzip.compress(b"  "), JSON, "gzip")


def test_the_limit_is_exact() -> None:
    body = as_json(span())
    assert len(decoded(body, max_bytes=len(body)).parts) == 1
    assert len(decoded(gzip.compress(body), JSON, "gzip", max_bytes=len(body)).parts) == 1
    for packed, encoding in ((body, None), (gzip.compress(body), "gzip")):
        with pytest.raises(TooLarge):
            decoded(packed, JSON, encoding, max_bytes=len(body) - 1)


def test_a_flood_of_tiny_spans_is_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("evaluator.ingest.otlp.requests.SPANS", dataclasses.replace(SPANS, most=10))
    with pytest.raises(TooLarge):
        decoded(as_json(*[{}] * 11))


def test_other_media() -> None:
    for content_type in ("", "text/plain", "application/x-www-form-urlencoded"):
        with pytest.raises(UnsupportedMedia):
            decoded(b"", content_type)
    with pytest.raises(UnsupportedMedia):
        decoded(b"", JSON, "br")


def test_answers_in_the_encoding_of_the_request() -> None:
    clean = decoded(as_protobuf(span()), PROTOBUF)
    assert encode_response(clean) == b""  # partial_success unset
    assert json.loads(encode_response(decoded(as_json(span())))) == {}
    bad = [span(spanId="0" * 16)] * 30
    partial = ExportTraceServiceResponse.FromString(encode_response(decoded(as_protobuf(span(), *bad), PROTOBUF)))
    assert partial.partial_success.rejected_spans == 30
    assert partial.partial_success.error_message.startswith("30 of 31 spans refused: span 1: spanId is all zeros; ")
    assert partial.partial_success.error_message.endswith("and 10 more. Send W3C trace context ids")
    success = json.loads(encode_response(decoded(as_json(span(name=1)))))["partialSuccess"]
    assert success["rejectedSpans"] == "1"


@pytest.mark.parametrize("message", ["", "short", "é" * 400])
def test_failures_are_status_messages(message: str) -> None:
    assert RpcStatus.FromString(encode_failure(message, "protobuf")).message == message
    assert json.loads(encode_failure(message, "json")) == {"message": message}
