"""Four times as much takes about four times as long, whatever two sizes a sender multiplies."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from evaluator.api.routing import read_json
from evaluator.core.errors import FaithlineError
from evaluator.ingest.assembly.assemble import assemble
from evaluator.ingest.native import traces as native
from evaluator.ingest.otlp.requests import decode
from evaluator.store.repositories.traces.arrivals import samples_of
from tests.support.linear import Run, grows_linearly

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
NS = int(NOW.timestamp()) * 10**9


def span(number: int, parent: int = 0, **attributes: Any) -> dict[str, Any]:
    return {
        "traceId": "ab" * 16,
        "spanId": f"{number:016x}",
        "parentSpanId": f"{parent:016x}" if parent else "",
        "startTimeUnixNano": str(NS + number),
        "endTimeUnixNano": str(NS + number + 1),
        "attributes": [{"key": key.replace("__", "."), "value": value} for key, value in attributes.items()],
    }


def text(said: str) -> dict[str, Any]:
    return {"stringValue": said}


def retriever(number: int, document: str, parent: int = 0) -> dict[str, Any]:
    kind = {"openinference__span__kind": text("RETRIEVER")}
    return span(number, parent, retrieval__documents__0__document__content=text(document), **kind)


def llm(number: int, prompt: str, answer: str, parent: int = 0) -> dict[str, Any]:
    kind = {"openinference__span__kind": text("LLM"), "llm__input_messages__0__message__role": text("user")}
    kind |= {"llm__input_messages__0__message__content": text(prompt)}
    return span(number, parent, llm__output_messages__0__message__content=text(answer), **kind)


def chains(count: int) -> list[dict[str, Any]]:
    return [span(n, n - 1, openinference__span__kind=text("CHAIN")) for n in range(1, count)]


def request(*spans: dict[str, Any], resource: Any = ()) -> bytes:
    body = {"resourceSpans": [{"resource": {"attributes": resource}, "scopeSpans": [{"spans": spans}]}]}
    return json.dumps(body).encode()


def reading(body: bytes, kind: str = "json") -> Run:
    return lambda: decode(body, f"application/{kind}", None, project="p", received=NOW)


def putting_together(*spans: dict[str, Any]) -> Run:
    parts = decode(request(*spans), "application/json", None, project="p", received=NOW).parts
    assert len(parts) == len(spans)
    return lambda: samples_of(assemble("p", "ab" * 16, parts))


def taking(item: dict[str, Any]) -> Run:
    def run() -> None:
        for part in native.parse([item], project="p", received=NOW).parts:
            samples_of(assemble("p", part.trace_id, [part]))

    return run


def nested(levels: int, inside: dict[str, Any]) -> dict[str, Any]:
    for _ in range(levels):
        inside = {"arrayValue": {"values": [inside]}}
    return inside


def protobuf(spans: int, resource: int = 0, entries: int = 0, key: int = 0) -> bytes:
    message = ExportTraceServiceRequest()
    resource_spans = message.resource_spans.add()
    for n in range(resource):
        resource_spans.resource.attributes.add(key=f"k{n}").value.string_value = "a value of some length"
    scope_spans = resource_spans.scope_spans.add()
    for n in range(spans):
        made = scope_spans.spans.add(trace_id=b"a" * 16, span_id=(n + 1).to_bytes(8, "big"))
        made.start_time_unix_nano = made.end_time_unix_nano = NS
        values = made.attributes.add(key="k" * key).value.array_value.values
        for _ in range(entries):
            values.add()
    return bytes(message.SerializeToString())


def rule(n: int) -> Run:
    body = json.dumps({"parameters": {"k" * 100 * n: [0] * 10 * n}}).encode()
    return lambda: read_json(body)


CASES: dict[str, Callable[[int], Run]] = {
    "a key and the entries under it": lambda n: reading(
        request(span(1, **{"k" * 80 * n: {"arrayValue": {"values": [{}] * 8 * n}}}))
    ),
    "a key, and entries far below it": lambda n: reading(
        request(span(1, **{"k" * 80 * n: nested(50, {"arrayValue": {"values": [{"intValue": 1}] * 8 * n}})}))
    ),
    "a resource and its spans": lambda n: reading(
        request(*map(span, range(1, n)), resource=[{"key": f"k{i}", "value": text("v" * 20)} for i in range(n)])
    ),
    "a resource and its spans, protobuf": lambda n: reading(protobuf(n, resource=n), "x-protobuf"),
    "a key and the entries under it, protobuf": lambda n: reading(
        protobuf(1, entries=20 * n, key=80 * n), "x-protobuf"
    ),
    "sources and prompts": lambda n: putting_together(
        *[retriever(i, f"passage number {i} of the shop " * 2) for i in range(1, n // 2)],
        *[llm(n + i, "x" * 40 * n, f"answer {i}") for i in range(32)],
    ),
    "answers and a prompt that may quote them": lambda n: putting_together(
        *[llm(i, "Q?", "y" * 30 + f"z{i}") for i in range(1, n // 2)],
        llm(2 * n, "y" * 800 * n, "the end"),
    ),
    "answers and the text of the root": lambda n: putting_together(
        span(1, input__value=text("q"), output__value=text(" " + "z" * 2000 * n + " ")),
        *[llm(i, "Q?", f"answer {i}", 1) for i in range(2, n)],
    ),
    "depth and answers": lambda n: putting_together(
        *chains(n), *[llm(n + i, "Q?", f"answer {i}", n - 1) for i in range(n)]
    ),
    "depth and sources": lambda n: putting_together(
        *chains(n // 2), *[retriever(n + i, f"short {i}", 1 + i % (n // 2 - 1)) for i in range(n // 2)],
        *[llm(2 * n + i, "Q?", f"answer {i}", 1 + i % (n // 2 - 1)) for i in range(n // 2)],
    ),
    "a question and its answers": lambda n: taking(
        {"question": "q" * 400 * n, "system_prompt": "s" * n, "answers": [{"answer": f"a{i}"} for i in range(n // 2)]}
    ),
    "wrong entries": lambda n: taking({"question": "q", "answer": "a", "tags": [{}] * 40 * n}),
    "a number of many digits": lambda n: taking({"question": "q", "cost": "1" * 4000 * n, "answer": "a"}),
    "escapes in an open text": lambda n: reading(b'{"a":"' + b'\\"' * 4000 * n),
    "brackets that are not closed": lambda n: reading(b"[" * 4000 * n),
    "a number that does not end, protobuf": lambda n: reading(b"\x80" * 8000 * n, "x-protobuf"),
    "a rule's key and the entries under it": rule,
}  # fmt: skip


def taken(run: Run) -> Run:
    """The run, also where what it reads is refused."""

    def quietly() -> None:
        with suppress(FaithlineError):
            run()

    return quietly


@pytest.mark.parametrize("name", CASES)
def test_time_grows_with_what_came(name: str) -> None:
    grows_linearly(taken(CASES[name](1000)), taken(CASES[name](4000)), 0.003)
