"""What is sent as OTLP logs beside spans, through the whole house: real exporters over both doors."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import grpc
import pytest
from opentelemetry._logs import LogRecord
from opentelemetry.exporter.otlp.proto.grpc._log_exporter import OTLPLogExporter as GrpcLogs
from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter as GrpcSpans
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk.trace import TracerProvider
from starlette.testclient import TestClient

from evaluator.core.access import Scope
from evaluator.core.ids import pseudonym
from evaluator.ingest.assembly.assemble import assemble
from evaluator.pipeline.retention.erase import erase_user
from evaluator.pipeline.stages.settle import settle_due
from tests.support import records, senders
from tests.support.doors import OURS, THEIRS, Doors, open_doors
from tests.support.fillings import Filling
from tests.support.house import House
from tests.support.running import Running

ASKED, SAID = "May I plant garlic in May?", "Better in October."
LOGS, TRACES = "/v1/logs", "/v1/traces"


@pytest.fixture
def filling() -> Filling:
    return Filling("doors", open_doors)


@pytest.fixture
def doors(begun: Doors) -> Doors:
    return begun


@contextmanager
def exporting(running: Running, how: str, key: str) -> Iterator[tuple[TracerProvider, LoggerProvider]]:
    """A tracer and a logger of the real SDK that send to a service, over HTTP or gRPC."""
    if how == "grpc":
        to: dict[str, Any] = {"endpoint": f"http://{running.door.address}", "insecure": True, "timeout": 20}
        to |= {"headers": (("authorization", f"Bearer {key}"),), "compression": grpc.Compression.Gzip}
        exporters: tuple[Any, Any] = GrpcSpans(**to), GrpcLogs(**to)
    else:
        to = {"headers": {"Authorization": f"Bearer {key}"}, "compression": Compression.Gzip, "timeout": 20}
        exporters = (
            OTLPSpanExporter(endpoint=running.url + TRACES, **to),
            OTLPLogExporter(endpoint=running.url + LOGS, **to),
        )
    with senders.spans_to(exporters[0]) as tracers, senders.logs_to(exporters[1]) as loggers:
        yield tracers, loggers


@pytest.mark.parametrize("how", ["http", "grpc"])
def test_a_call_whose_contents_are_logged_is_one_answer(doors: Doors, how: str) -> None:
    doors.clock.moment = datetime.now(UTC)
    with (
        Running(doors.services(quiet_seconds=0), grpc=True) as running,
        exporting(running, how, doors.secrets[OURS, Scope.INGEST]) as (tracers, loggers),
    ):
        logger = loggers.get_logger("contrib")
        attributes = {"gen_ai.operation.name": "chat", "gen_ai.request.model": "m-1"}
        with tracers.get_tracer("contrib").start_as_current_span("chat m-1", attributes=attributes) as span:
            logger.emit(LogRecord(event_name="gen_ai.user.message", body={"content": ASKED}))
            logger.emit(LogRecord(body="connected", attributes={"port": 443}))
            message = {"role": "assistant", "content": SAID}
            logger.emit(LogRecord(event_name="gen_ai.choice", body={"index": 0, "message": message}))
            trace_id = f"{span.get_span_context().trace_id:032x}"
        counted = TestClient(running.app).get("/metrics").text
    assert 'faithline_parts_total{result="accepted"} 3.0' in counted
    assert 'faithline_parts_total{result="ignored"} 1.0' in counted
    assert answers(doors, trace_id) == [(ASKED, SAID)]
    with doors.store.read() as unit:
        assert not list(unit.of(THEIRS).parts.every(trace_id))


def answers(doors: Doors, trace_id: str) -> list[tuple[str, str]]:
    """Question and answer of each answer of a trace of ours, once it has settled."""
    House(doors.store, doors.clock).control()
    with doors.client() as client:
        shown = client.get(f"/api/v1/traces/{trace_id}", headers=doors.bearer(OURS, Scope.READ)).json()
    return [(answer["question"], answer["answer"]) for answer in shown["answers"]]


def post(client: TestClient, doors: Doors, *sent: dict[str, Any], **headers: str) -> Any:
    headers = doors.bearer(OURS, Scope.INGEST) | headers
    return client.post(LOGS, json=records.request(*sent), headers=headers)


def asked(text: str = ASKED, **more: Any) -> dict[str, Any]:
    return records.record("gen_ai.user.message", {"content": text}, **more)


def said(text: str = SAID, **more: Any) -> dict[str, Any]:
    return records.record("gen_ai.choice", {"message": {"role": "assistant", "content": text}}, 9, **more)


def test_contents_that_come_late_or_twice_reopen_the_trace(doors: Doors) -> None:
    with doors.client(quiet_seconds=0) as client:
        assert post(client, doors, asked()).json() == {}
        assert answers(doors, records.TRACE) == []
        assert post(client, doors, said()).status_code == 200
        assert answers(doors, records.TRACE) == [(ASKED, SAID)]
        for _ in range(2):
            assert post(client, doors, said(), asked()).status_code == 200
            assert answers(doors, records.TRACE) == [(ASKED, SAID)]
    with doors.store.read() as unit:
        assert len(list(unit.of(OURS).parts.every(records.TRACE))) == 2


def test_the_senders_word_settles_the_trace_at_once(doors: Doors) -> None:
    with doors.client(quiet_seconds=3600) as client:
        post(client, doors, asked(), said())
        assert settle_due(doors.store, assemble, doors.clock) == 0
        post(client, doors, said("At last."[:-1], attributes={"faithline.complete": True}))
        assert settle_due(doors.store, assemble, doors.clock) == 1


def test_a_user_who_is_named_in_a_record_alone_is_found_and_erased(doors: Doors) -> None:
    with doors.client(quiet_seconds=0) as client:
        post(client, doors, asked(attributes={"user.id": "ada"}), said())
        shown = answers(doors, records.TRACE)
        assert shown == [(ASKED, SAID)]
    with doors.store.read() as unit:
        parts = [json.dumps(part.body) for part in unit.of(OURS).parts.every(records.TRACE)]
    assert not any('"ada"' in body or pseudonym(OURS, "ada") in body for body in parts)
    erased = erase_user(doors.store, OURS, "ada", doors.clock)
    assert (erased.complete, erased.deleted["part"], erased.deleted["trace"]) == (True, 2, 1)


def test_the_door_asks_for_the_same_as_that_of_traces(doors: Doors) -> None:
    with doors.client() as client:
        assert client.post(LOGS, json=records.request(asked())).status_code == 401
        reader = doors.bearer(OURS, Scope.READ)
        assert client.post(LOGS, json=records.request(asked()), headers=reader).status_code == 403
        assert post(client, doors, asked(), **{"Content-Type": "text/plain"}).status_code == 415
        ours = doors.bearer(OURS, Scope.INGEST) | {"Content-Type": "application/x-protobuf"}
        assert client.post(LOGS, content=b"\xff", headers=ours).status_code == 400
        assert client.post(LOGS, content=b"x" * (2 * 2**20), headers=ours).status_code == 413
        answer = post(client, doors, asked(), asked(spanId=None))
        assert answer.json()["partialSuccess"]["rejectedLogRecords"] == "1"
        paths = client.get("/openapi.json").json()["paths"]
        assert "ExportLogsServiceRequest" in paths[LOGS]["post"]["requestBody"]["description"]
