"""The two signals of OTLP that are taken in, and in what their requests differ: nothing but names."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest, ExportLogsServiceResponse
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord
from opentelemetry.proto.trace.v1.trace_pb2 import Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Signal:
    """What a request of one signal holds, and what it is called. `levels` are the lists that lie within each other,
    down to the items, as JSON names them, and `fields` the same in protobuf; their numbers are the same for all."""

    name: Literal["trace", "logs"]
    item: Literal["span", "log record"]
    levels: tuple[str, str, str]
    fields: tuple[str, str, str]
    rejected: str
    """The field of `partial_success` that counts refused items."""
    kind: Literal["span", "record"]
    """What `evaluator.ingest.otlp.wire` calls an item."""
    request: Any
    response: Any
    message: Any
    """The protobuf classes of a request, of its answer and of an item."""


TRACES = Signal(
    name="trace",
    item="span",
    levels=("resourceSpans", "scopeSpans", "spans"),
    fields=("resource_spans", "scope_spans", "spans"),
    rejected="rejected_spans",
    kind="span",
    request=ExportTraceServiceRequest,
    response=ExportTraceServiceResponse,
    message=Span,
)
LOGS = Signal(
    name="logs",
    item="log record",
    levels=("resourceLogs", "scopeLogs", "logRecords"),
    fields=("resource_logs", "scope_logs", "log_records"),
    rejected="rejected_log_records",
    kind="record",
    request=ExportLogsServiceRequest,
    response=ExportLogsServiceResponse,
    message=LogRecord,
)
