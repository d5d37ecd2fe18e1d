"""Real senders for the ingest tests: an OTLP sink, an OpenAI-compatible stand-in, a tracer provider.

Everything listens on the loopback interface, on a port that the system picks. `tracer_provider` takes any endpoint,
so that the same applications can be pointed at a running service.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import LogRecordExporter, SimpleLogRecordProcessor
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor, SpanExporter

from bench.servers.stand_in import Handler, listening
from evaluator.core.trace import Part, Trace
from evaluator.ingest.assembly.assemble import assemble
from evaluator.ingest.otlp.requests import MIME, decode, encode_response

PROJECT = "shop"
MODEL = "stand-in-1"
MODEL_SERVED = "stand-in-1-2026-10-01"


@dataclass
class Sink:
    """What an OTLP receiver built on `decode` got: parts, each once, and the headers of every request."""

    endpoint: str = ""
    parts: dict[tuple[str, str], Part] = field(default_factory=dict)
    headers: list[dict[str, str]] = field(default_factory=list)
    rejected: int = 0

    def traces(self) -> list[Trace]:
        """Every trace that arrived, in the order of its start."""
        by_trace: dict[str, list[Part]] = {}
        for (trace_id, _), part in self.parts.items():
            by_trace.setdefault(trace_id, []).append(part)
        return sorted((assemble(PROJECT, t, parts) for t, parts in by_trace.items()), key=lambda trace: trace.start)

    def only(self) -> Trace:
        """The one trace that arrived."""
        (trace,) = self.traces()
        return trace


@contextmanager
def otlp_sink() -> Iterator[Sink]:
    """An OTLP/HTTP receiver; export to `sink.endpoint`."""
    sink = Sink()

    class Receiver(Handler):
        def do_POST(self) -> None:
            sink.headers.append({name.lower(): value for name, value in self.headers.items()})
            decoded = decode(
                self.body(),
                self.headers.get("Content-Type", ""),
                self.headers.get("Content-Encoding"),
                project=PROJECT,
            )
            sink.rejected += decoded.rejected
            sink.parts.update({(part.trace_id, part.part_id): part for part in decoded.parts})
            self.answer(200, encode_response(decoded), Content_Type=MIME[decoded.content_type])

    with listening(Receiver) as url:
        sink.endpoint = f"{url}/v1/traces"
        yield sink


Reply = Callable[[dict[str, Any]], str | list[dict[str, Any]]]
"""What the stand-in answers to a request: a text, or the tool calls that it asks for."""


@contextmanager
def openai_stand_in(reply: Reply) -> Iterator[str]:
    """A server of /v1/chat/completions, also streaming; yields the base URL for an OpenAI client."""

    class Model(Handler):
        def do_POST(self) -> None:
            request = json.loads(self.body())
            if self.path != "/v1/chat/completions":
                self.answer(404, b"{}", Content_Type="application/json")
            elif request.get("stream"):
                self.answer(200, _stream(request, reply(request)), Content_Type="text/event-stream")
            else:
                body = json.dumps(_completion(reply(request))).encode()
                self.answer(200, body, Content_Type="application/json")

    with listening(Model) as url:
        yield f"{url}/v1"


def usage(text: str) -> dict[str, int]:
    """The token counts that the stand-in reports: 20 in, one for each word out."""
    out = len(text.split())
    return {"prompt_tokens": 20, "completion_tokens": out, "total_tokens": 20 + out}


def tool_call(name: str, arguments: dict[str, Any]) -> dict[str, Any]:
    """A tool call as the stand-in asks for it."""
    return {"id": f"call_{name}", "type": "function", "function": {"name": name, "arguments": json.dumps(arguments)}}


def _completion(said: str | list[dict[str, Any]]) -> dict[str, Any]:
    message: dict[str, Any] = {"role": "assistant", "content": said if isinstance(said, str) else None}
    if not isinstance(said, str):
        message["tool_calls"] = said
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1,
        "model": MODEL_SERVED,
        "choices": [
            {"index": 0, "message": message, "finish_reason": "stop" if isinstance(said, str) else "tool_calls"}
        ],
        "usage": usage(said if isinstance(said, str) else ""),
    }


def _stream(request: dict[str, Any], said: str | list[dict[str, Any]]) -> bytes:
    assert isinstance(said, str), "the stand-in streams text only"
    base = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": MODEL_SERVED}
    deltas: list[dict[str, Any]] = [{"role": "assistant", "content": ""}]
    deltas += [{"content": word} for word in said.split(" ")[:1] + [f" {word}" for word in said.split(" ")[1:]]]
    chunks = [{**base, "choices": [{"index": 0, "delta": delta, "finish_reason": None}]} for delta in deltas]
    chunks.append({**base, "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
    if (request.get("stream_options") or {}).get("include_usage"):
        chunks.append({**base, "choices": [], "usage": usage(said)})
    return "".join(f"data: {json.dumps(chunk)}\n\n" for chunk in chunks).encode() + b"data: [DONE]\n\n"


@contextmanager
def tracer_provider(
    endpoint: str, *, headers: dict[str, str] | None = None, compressed: bool = True, **options: Any
) -> Iterator[TracerProvider]:
    """A tracer provider of the real SDK that exports every span over OTLP/HTTP (protobuf, gzip) as it ends."""
    compression = Compression.Gzip if compressed else Compression.NoCompression
    exporter = OTLPSpanExporter(endpoint=endpoint, headers=headers, compression=compression, timeout=10)
    with spans_to(exporter, **options) as provider:
        yield provider


@contextmanager
def spans_to(exporter: SpanExporter, **options: Any) -> Iterator[TracerProvider]:
    """A tracer provider of the real SDK that exports every span as it ends."""
    provider = TracerProvider(resource=_resource(), shutdown_on_exit=False, **options)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    try:
        yield provider
    finally:
        provider.shutdown()


@contextmanager
def logs_to(exporter: LogRecordExporter) -> Iterator[LoggerProvider]:
    """A logger provider of the real SDK that exports every log record as it is emitted."""
    provider = LoggerProvider(resource=_resource(), shutdown_on_exit=False)
    provider.add_log_record_processor(SimpleLogRecordProcessor(exporter))
    try:
        yield provider
    finally:
        provider.shutdown()


def _resource() -> Resource:
    return Resource.create(
        {"service.name": "help-desk", "service.version": "1.4", "deployment.environment.name": "staging"}
    )
