"""A large body is read in pieces, and says the same as in one."""

from __future__ import annotations

import dataclasses
import json
import random

import pytest
from google.protobuf.message import DecodeError
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from evaluator.core.bounds import SPANS, VALUES
from evaluator.core.errors import InvalidInput
from evaluator.ingest.errors import TooLarge
from evaluator.ingest.otlp import wire
from evaluator.ingest.otlp.requests import decode
from tests.support.protobuf import SPAN, field, one


def said(body: bytes) -> list[tuple[bytes, bytes, bytes]]:
    """Resource, scope and span of every span, as protobuf reads them."""
    return [
        (r.resource.SerializeToString(), s.scope.SerializeToString(), span.SerializeToString())
        for r in ExportTraceServiceRequest.FromString(body).resource_spans
        for s in r.scope_spans
        for span in s.spans
    ]


def request(rng: random.Random) -> bytes:
    message = ExportTraceServiceRequest()
    for _ in range(rng.randint(0, 4)):
        resource_spans = message.resource_spans.add(schema_url="x" * rng.randint(0, 5))
        if rng.random() < 0.7:
            resource_spans.resource.attributes.add(key="k" * rng.randint(0, 99)).value.int_value = rng.randint(-9, 9)
        for _ in range(rng.randint(0, 4)):
            scope_spans = resource_spans.scope_spans.add()
            scope_spans.scope.name = "n" * rng.randint(0, 9)
            for _ in range(rng.randint(0, 9)):
                span = scope_spans.spans.add(name="a" * rng.choice([0, 3, 200, 20_000]))
                span.attributes.add(key="q").value.double_value = rng.random()
                span.attributes.add(key="l").value.array_value.values.add().string_value = "x"
    return bytes(message.SerializeToString())


@pytest.mark.parametrize("size", [4, 30, 300, 3000, 10**6])
def test_the_pieces_say_what_the_whole_says(size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "PIECE", size)
    rng = random.Random(size)
    for _ in range(40):
        body = request(rng)
        pieces = list(wire.pieces(body, "span"))
        assert [span for piece in pieces for span in said(piece)] == said(body)
        # A piece is of its size, but for what is repeated with it, or holds a single span.
        assert all(len(piece) <= size + 500 or len(said(piece)) <= 1 for piece in pieces)


@given(st.integers(0, 10_000), st.integers(0, 255), st.integers(1, 60))
def test_damage_is_noticed_as_protobuf_notices_it(place: int, byte: int, size: int) -> None:
    body = bytearray(request(random.Random(7))[:9000])
    body[place % len(body)] = byte
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(wire, "PIECE", size)
        try:
            found = [span for piece in wire.pieces(bytes(body), "span") for span in said(piece)]
        except (wire.Damaged, DecodeError, TooLarge):
            return
    assert found == said(bytes(body))


@pytest.mark.parametrize("body", [b"\x0a", b"\x0a\x05ab", b"\x80" * 100, b"\x0b\x0c", b"\xff" * 9 + b"\x01", b"\x07"])
def test_what_is_no_protobuf_is_refused(body: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "PIECE", 0)
    with pytest.raises(wire.Damaged):
        list(wire.pieces(body, "span"))
    with pytest.raises(InvalidInput, match="OTLP trace request"):
        decode(body, "application/x-protobuf", None, project="p")


def deep(levels: int, number: int = 9) -> bytes:
    """An attribute in field `number` that is a list of lists."""
    value = field(1, b"x")
    for _ in range(levels):
        value = field(5, field(1, value))
    return field(number, field(1, b"deep") + field(2, value))


def numbered(number: int) -> bytes:
    return SPAN.replace(b"12345678", b"%08d" % number)


@pytest.mark.parametrize("size", [100, 10**6])
@pytest.mark.parametrize("levels", [60, 10_000])
def test_what_is_nested_too_deep_takes_nothing_else_along(
    levels: int, size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wire, "PIECE", size)
    shop = field(1, field(1, b"service.name") + field(2, field(1, b"shop")))
    scope = field(1, b"lib")
    spans = [
        numbered(1),
        numbered(2) + deep(levels),
        numbered(3) + deep(40),
        numbered(4) + field(11, deep(levels, 3)),
    ]
    body = field(1, field(1, shop) + field(2, field(1, scope) + b"".join(field(2, span) for span in spans)))
    body += field(1, field(1, shop + deep(levels, 1)) + field(2, field(1, scope) + field(2, numbered(5))))
    body += field(1, field(1, shop) + field(2, field(1, scope + deep(levels, 3)) + field(2, numbered(6))))
    decoded = decode(body, "application/x-protobuf", None, project="p")
    assert [bytes.fromhex(part.part_id) for part in decoded.parts] == [b"%08d" % n for n in (1, 3, 5, 6)]
    assert [(error.index, error.field) for error in decoded.errors] == [(1, "span"), (3, "span")]
    first, third, fifth, sixth = (part.body for part in decoded.parts)
    assert first["resource"] == third["resource"] == sixth["resource"] == {"service.name": "shop"}
    assert first["scope"] == fifth["scope"] == {"name": "lib", "version": ""}
    assert json.dumps(third["attributes"]["deep"]).count("[") == 40
    assert (fifth["resource"], sixth["scope"]) == ({}, {"name": "", "version": ""})
    left_out = "has more than 100 messages within each other and was left out"
    assert list(decoded.notes) == [f"resource {left_out}", f"scope {left_out}"]


@pytest.mark.parametrize("bad", [field(5, b"\xff"), b"\x2a\x09n", field(9, b"\x0a\x05a")])
def test_damage_beside_deep_nesting_is_damage(bad: bytes) -> None:
    spans = field(2, SPAN + deep(60)) + field(2, SPAN + bad) + field(2, SPAN)
    with pytest.raises(InvalidInput, match="OTLP trace request"):
        decode(field(1, field(2, spans)), "application/x-protobuf", None, project="p")


MANY = 20_000


BUILT = (
    field(1, b"") * MANY,
    field(1, field(2, b"") * MANY),
    field(1, field(2, field(2, b"") * MANY)),
    field(1, field(2, (field(2, b"") + b"\xa8\x06\x01") * MANY)),
    one(field(9, b"") * MANY),
    one(field(11, b"") * MANY),
    one(field(9, field(2, field(5, field(1, b"") * MANY)))),
    one(field(9, field(2, field(6, field(1, b"") * MANY)))),
    field(1, field(2, field(2, SPAN + field(9, b"") * 100) * 300)),
    field(1, field(2, field(2, field(9, b"") * 100) * 300)),  # spans that are refused hold values as well
    field(1, field(2, field(2, deep(60) * 2) * 300)),
    field(1, field(1, field(1, b"") * 100)) * 300,
    field(1, field(2, field(1, field(3, b"") * 100)) * 300),
)
CUT = (
    *BUILT,
    b"\xa8\x06\x01" * MANY,
    one(field(13, b"") * MANY),
    field(1, field(1, field(1, b"k" * 300_000)) + field(2, field(2, SPAN))),
)
"""What a small body may hold, as protobuf builds little of it, and a large one may not."""


@pytest.mark.parametrize(("body", "piece"), [(b, 10**9) for b in BUILT] + [(b, 1000) for b in CUT])
def test_what_would_be_built_is_counted_first(body: bytes, piece: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "PIECE", piece)
    for module in ("wire", "spans"):
        monkeypatch.setattr(f"evaluator.ingest.otlp.{module}.VALUES", dataclasses.replace(VALUES, most=10_000))
    for module in ("wire", "spans", "requests"):
        monkeypatch.setattr(f"evaluator.ingest.otlp.{module}.SPANS", dataclasses.replace(SPANS, most=1000))
    with pytest.raises(TooLarge):
        decode(body, "application/x-protobuf", None, project="p")
