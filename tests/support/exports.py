"""Export requests over gRPC, of spans made by hand."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import grpc
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from evaluator.api.grpc.server import METHODS
from evaluator.ingest.otlp.signals import LOGS, TRACES
from tests.support.records import START

SPANS, RECORDS = (next(name for name, signal in METHODS.items() if signal is wanted) for wanted in (TRACES, LOGS))
"""The methods that take them."""


def connected(address: str) -> Any:
    """A channel over which messages of any size are sent."""
    return grpc.insecure_channel(address, [("grpc.max_send_message_length", -1)])


def export(number: int = 1, size: int = 10, *, ends: bool = True) -> bytes:
    """A request with one trace, whose id is `number`, of a span that is `size` bytes long."""
    message = ExportTraceServiceRequest()
    span = message.resource_spans.add().scope_spans.add().spans.add()
    span.trace_id, span.span_id = number.to_bytes(16, "big"), b"12345678"
    span.start_time_unix_nano, span.end_time_unix_nano = START, START + 5 if ends else 1
    span.attributes.add(key="input.value").value.string_value = "x" * size
    return bytes(message.SerializeToString())


def refusal(channel: grpc.Channel, body: bytes, method: str = SPANS, **options: Any) -> Any:
    """The error that a request is answered with."""
    with pytest.raises(grpc.RpcError) as raised:
        channel.unary_unary(method)(body, **options)
    return raised.value


class Unsent:
    """A request whose message does not come until it is told to."""

    def __init__(self, channel: grpc.Channel, **options: Any) -> None:
        self.go = threading.Event()
        self.call = channel.stream_unary(SPANS).future(self._messages(), **options)

    def _messages(self) -> Iterator[bytes]:
        self.go.wait(30)
        yield export(7)

    def __enter__(self) -> Unsent:
        return self

    def __exit__(self, *exc: object) -> None:
        self.go.set()
        self.call.cancel()
