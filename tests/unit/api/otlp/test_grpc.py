"""OTLP over gRPC: the same limits, keys and words as over HTTP, and answers that exporters understand."""

from __future__ import annotations

import asyncio
import base64
import gc
import gzip
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc
import pytest
from google.rpc.error_details_pb2 import RetryInfo
from google.rpc.status_pb2 import Status
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceResponse
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceResponse,
)
from starlette.testclient import TestClient

from bench.servers import free_port
from evaluator.api.grpc import exports
from evaluator.api.grpc.door import GrpcDoor
from evaluator.api.grpc.exports import MAX_CALLS, host_of
from evaluator.api.grpc.server import METRICS
from evaluator.api.grpc.turns import ReadingTurns
from evaluator.cli.serve import grpc_door
from evaluator.core.access import Scope
from evaluator.core.errors import DatabaseAway, Unavailable
from evaluator.pipeline.stages import ingest
from evaluator.settings import Settings
from tests.support import records
from tests.support.doors import OURS, Doors
from tests.support.exports import RECORDS, SPANS, Unsent, connected, export, refusal
from tests.support.running import Running

CODE = grpc.StatusCode
MB = 2**20


@pytest.fixture
def running(doors: Doors) -> Iterator[Running]:
    with Running(doors.services(), grpc=True) as found:
        yield found


@pytest.fixture
def channel(running: Running) -> Iterator[grpc.Channel]:
    with connected(running.door.address) as found:
        yield found


def key(doors: Doors, scope: Scope = Scope.INGEST) -> tuple[tuple[str, str], ...]:
    return (("authorization", f"Bearer {doors.secrets[OURS, scope]}"),)


def retry_seconds(error: Any) -> tuple[int | None, int | None]:
    """After how many seconds to come back, as the specification has it, and as Python's exporter looks for it."""
    trailer = dict(error.trailing_metadata())
    status = Status.FromString(trailer["grpc-status-details-bin"])
    assert (status.code, status.message) == (error.code().value[0], error.details())
    found: list[int | None] = [None, None]
    for detail in status.details:
        told = RetryInfo()
        assert detail.Unpack(told)
        found[0] = told.retry_delay.seconds
    if "google.rpc.retryinfo-bin" in trailer:
        found[1] = RetryInfo.FromString(trailer["google.rpc.retryinfo-bin"]).retry_delay.seconds
    return found[0], found[1]


def stored(doors: Doors, project: str = OURS) -> int:
    with doors.store.read() as unit:
        return sum(unit.of(project).traces.counts().values()) - 1  # the one that doors come with


@pytest.mark.parametrize("packing", [grpc.Compression.NoCompression, grpc.Compression.Gzip])
def test_what_is_answered_is_stored(doors: Doors, channel: grpc.Channel, packing: grpc.Compression) -> None:
    for number in range(1, 4):
        assert channel.unary_unary(SPANS)(export(number, 5000), metadata=key(doors), compression=packing) == b""
    assert stored(doors) == 3
    packed = gzip.compress(export(4))  # by a sender that packs messages itself
    assert channel.unary_unary(SPANS)(packed, metadata=key(doors)) == b""
    assert stored(doors) == 4


def test_what_is_bad_is_refused_alone(doors: Doors, channel: grpc.Channel) -> None:
    both = export(1) + export(2, ends=False)  # messages of protobuf one after the other are merged
    answer = ExportTraceServiceResponse.FromString(channel.unary_unary(SPANS)(both, metadata=key(doors)))
    assert answer.partial_success.rejected_spans == 1
    assert "endTimeUnixNano" in answer.partial_success.error_message
    sent = records.in_form(
        records.request(records.record("started"), records.record("gen_ai.choice")), records.PROTOBUF
    )
    said = ExportLogsServiceResponse.FromString(channel.unary_unary(RECORDS)(sent, metadata=key(doors)))
    assert said.partial_success.rejected_log_records == 0
    assert "1 of 2 log records" in said.partial_success.error_message


def test_keys_come_under_the_names_that_http_takes(doors: Doors, channel: grpc.Channel) -> None:
    secret = doors.secrets[OURS, Scope.INGEST]
    basic = base64.b64encode(f":{secret}".encode()).decode()
    for header in (("authorization", f"bearer {secret}"), ("authorization", f"Basic {basic}"), ("x-api-key", secret)):
        assert channel.unary_unary(SPANS)(export(), metadata=(header,)) == b""
    for wrong in ((), (("authorization", "Bearer fl_" + "x" * 43),), (*key(doors), ("x-api-key", secret))):
        error = refusal(channel, export(), metadata=wrong)
        assert error.code() is CODE.UNAUTHENTICATED
        assert retry_seconds(error) == (None, None)
    error = refusal(channel, export(), metadata=key(doors, Scope.READ))
    assert error.code() is CODE.PERMISSION_DENIED
    assert "--scope ingest" in error.details()
    assert stored(doors) == 1


@pytest.mark.parametrize(
    "body", [b"garbage", b"\x1f\x8bgarbage", gzip.compress(export())[:-9]], ids=["text", "head", "end"]
)
def test_what_can_not_be_read_is_no_valid_argument(doors: Doors, channel: grpc.Channel, body: bytes) -> None:
    error = refusal(channel, body, metadata=key(doors))
    assert error.code() is CODE.INVALID_ARGUMENT
    assert retry_seconds(error) == (None, None)


def test_what_is_too_large_is_not_to_be_sent_again(doors: Doors, channel: grpc.Channel) -> None:
    error = refusal(channel, export(1, 2 * MB), metadata=key(doors))
    assert error.code() is CODE.RESOURCE_EXHAUSTED  # gRPC's own words: without a RetryInfo it is for good
    assert "larger than max" in error.details()
    packed = refusal(channel, export(1, 2 * MB), metadata=key(doors), compression=grpc.Compression.Gzip)
    assert packed.code() is CODE.INVALID_ARGUMENT
    assert "when decompressed" in packed.details()
    assert channel.unary_unary(SPANS)(export(), metadata=key(doors)) == b""


def test_what_has_no_room_comes_back_later(
    doors: Doors, running: Running, channel: grpc.Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = running.app.state.faithline.intake.room
    monkeypatch.setattr(room, "size", 10_000)
    with room.hold() as held:
        held.more(9_000)
        error = refusal(channel, export(1, 5_000), metadata=key(doors))
        assert (error.code(), retry_seconds(error)) == (CODE.RESOURCE_EXHAUSTED, (1, 1))
        assert channel.unary_unary(SPANS)(export(2), metadata=key(doors)) == b""
    assert channel.unary_unary(SPANS)(export(3, 5_000), metadata=key(doors)) == b""
    assert (room.held, dict(room.of)) == (0, {})
    assert stored(doors) == 2


def test_a_database_that_is_away_is_waited_for(
    doors: Doors, channel: grpc.Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: Any) -> None:
        raise DatabaseAway("the database does not answer", retry_after=7)

    assert channel.unary_unary(SPANS)(export(), metadata=key(doors)) == b""
    with monkeypatch.context() as patched:
        patched.setattr(ingest, "store_parts", away)
        error = refusal(channel, export(), metadata=key(doors))
    assert (error.code(), retry_seconds(error)) == (CODE.UNAVAILABLE, (7, 7))
    assert channel.unary_unary(SPANS)(export(), metadata=key(doors)) == b""


def test_a_key_has_its_rate(doors: Doors) -> None:
    with Running(doors.services(key_rate=0.5), grpc=True) as running, connected(running.door.address) as channel:
        assert channel.unary_unary(SPANS)(export(), metadata=key(doors)) == b""
        error = refusal(channel, export(), metadata=key(doors))
    assert error.code() is CODE.RESOURCE_EXHAUSTED
    assert retry_seconds(error)[0] in (1, 2)


def test_a_mistake_of_ours_is_told_without_its_words(
    doors: Doors, channel: grpc.Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(*_: Any, **__: Any) -> None:
        raise ValueError("the words of a request")

    monkeypatch.setattr(exports, "store_export", breaks)
    error = refusal(channel, export(), metadata=key(doors))
    assert error.code() is CODE.INTERNAL
    assert "words" not in error.details()


def test_metrics_are_told_where_they_are_not_taken(channel: grpc.Channel) -> None:
    error = refusal(channel, b"", METRICS)
    assert error.code() is CODE.UNIMPLEMENTED
    assert "metrics are not taken" in error.details()
    assert refusal(channel, b"", "/some.Other/Method").code() is CODE.UNIMPLEMENTED


def test_requests_are_counted_by_method_and_code(doors: Doors, running: Running, channel: grpc.Channel) -> None:
    channel.unary_unary(SPANS)(export(), metadata=key(doors))
    refusal(channel, export())
    text = TestClient(running.app).get("/metrics").text
    for status in ("OK", "UNAUTHENTICATED"):
        assert f'faithline_requests_total{{method="gRPC",route="{SPANS}",status="{status}"}} 1.0' in text
    assert 'faithline_parts_total{result="accepted"} 1.0' in text


def until(done: Any) -> None:
    end = time.monotonic() + 20
    while not done() and time.monotonic() < end:
        time.sleep(0.01)
    assert done()


def test_nobody_is_read_before_they_are_let_in(doors: Doors, channel: grpc.Channel) -> None:
    with Unsent(channel) as unsent:
        assert unsent.call.code() is CODE.UNAUTHENTICATED  # and not a byte of it was sent
    with Unsent(channel, metadata=key(doors)) as unsent:
        unsent.go.set()
        assert unsent.call.result(timeout=20) == b""


def test_a_message_that_does_not_come_is_given_up(
    doors: Doors, running: Running, channel: grpc.Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exports, "MESSAGE_SECONDS", 0.3)
    with Unsent(channel, metadata=key(doors)) as unsent:
        assert unsent.call.code() is CODE.DEADLINE_EXCEEDED
    assert channel.unary_unary(SPANS)(export(), metadata=key(doors)) == b""
    assert running.app.state.faithline.intake.room.held == 0


def test_who_gives_up_leaves_nothing_behind(doors: Doors, running: Running, channel: grpc.Channel) -> None:
    room = running.app.state.faithline.intake.room
    with room.hold() as held:
        held.more(1)
        with Unsent(channel, metadata=key(doors)) as unsent:
            time.sleep(0.2)
            unsent.call.cancel()
    until(lambda: 'status="INVALID_ARGUMENT"} 1.0' in TestClient(running.app).get("/metrics").text)
    assert (room.held, dict(room.of)) == (0, {})


def test_no_key_takes_the_turns_of_others(doors: Doors, running: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    """A key that lets many messages wait holds back itself alone."""
    other = (("authorization", f"Bearer {doors.make(OURS, Scope.INGEST)[1]}"),)
    with connected(running.door.address) as slow, connected(running.door.address) as fast:
        waiting = [Unsent(slow, metadata=key(doors)) for _ in range(70)]
        time.sleep(0.5)
        started = time.monotonic()
        assert fast.unary_unary(SPANS)(export(1), metadata=other, timeout=20) == b""
        assert time.monotonic() - started < 5
        for unsent in waiting:
            unsent.go.set()
        assert {unsent.call.code() for unsent in waiting} == {CODE.OK}


def test_no_more_requests_of_a_key_than_its_share(doors: Doors, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exports, "MAX_CALLS", 8)
    with Running(doors.services(), grpc=True) as running, connected(running.door.address) as channel:
        with Unsent(channel, metadata=key(doors)), Unsent(channel, metadata=key(doors)):
            time.sleep(0.5)
            error = refusal(channel, export(), metadata=key(doors))
        assert (error.code(), retry_seconds(error)) == (CODE.RESOURCE_EXHAUSTED, (1, 1))
        assert "requests of yours" in error.details()
        until(lambda: channel.unary_unary(SPANS)(export(), metadata=key(doors)) == b"")
    assert MAX_CALLS >= 1024


def test_turns_are_shared() -> None:
    async def run() -> ReadingTurns:
        found = ReadingTurns(4, patience=0.2)
        mine, theirs = {"key": ("mine", 4)}, {"key": ("theirs", 4)}
        async with found.turn(mine), found.turn(theirs):
            with pytest.raises(Unavailable):
                async with found.turn(mine):
                    raise AssertionError("a key had two turns of four")
        async with asyncio.timeout(10), found.turn(mine):
            return found

    with ThreadPoolExecutor(1) as pool:  # this thread may have a loop already: the browser's
        found = pool.submit(asyncio.run, run()).result()
    gc.collect()
    assert not found._of, "who is not here any more is forgotten"


def test_a_port_that_is_taken_keeps_nothing_else_from_running(doors: Doors) -> None:
    with Running(doors.services(), grpc=True) as first:
        again = GrpcDoor("127.0.0.1", first.door.port)
        second = Running(doors.services())
        second.app.state.grpc = again
        with second:
            client = TestClient(second.app)
            assert client.get("/readyz").json()["grpc"] == again.standing == "not listening"
            assert str(again.port) in again.problem
            assert "FAITHLINE_GRPC_PORT" in again.problem
            assert client.get("/readyz").status_code == 200
        assert TestClient(first.app).get("/readyz").json()["grpc"] == "ok"
    assert first.door.standing == "not listening"


@pytest.mark.parametrize(
    ("settings", "address"),
    [
        ({}, "127.0.0.1:4317"),
        ({"grpc_port": ""}, "127.0.0.1:4317"),
        ({"grpc_port": "4999"}, "127.0.0.1:4999"),
        ({"grpc_port": "off"}, None),
        ({"grpc_port": 0}, None),
        ({"host": "0.0.0.0"}, None),
        ({"host": "0.0.0.0", "grpc_port": 4317}, "0.0.0.0:4317"),
        ({"host": "::1"}, "[::1]:4317"),
    ],
)
def test_where_the_door_is(settings: dict[str, Any], address: str | None) -> None:
    door = grpc_door(Settings(**settings))
    assert (door.address if door.wanted else None) == address
    assert door.standing == ("not listening" if address else "off")


def test_without_the_extra_there_is_no_door(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("evaluator.api.grpc.door.find_spec", lambda name: None)
    assert grpc_door(Settings()).standing == "off"
    asked_for = grpc_door(Settings(grpc_port=free_port()))
    assert (asked_for.standing, asked_for.wanted) == ("not installed", False)
    assert "faithline[grpc]" in asked_for.problem


@pytest.mark.parametrize(
    ("peer", "host"),
    [
        ("ipv4:127.0.0.1:50123", "127.0.0.1"),
        ("ipv6:%5B::1%5D:50123", "::1"),
        ("ipv6:[2001:db8::7]:1", "2001:db8::7"),
        ("unix:/tmp/x", None),
        ("", None),
    ],
)
def test_whose_address_it_is(peer: str, host: str | None) -> None:
    assert host_of(peer) == host
