"""More than can be taken is refused rather than kept; whoever is slow or breaks off holds nothing for long."""

from __future__ import annotations

import asyncio
import gzip
import json
import os
import socket
import threading
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import uvicorn
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from starlette.testclient import TestClient

from bench.servers.serving import serving
from evaluator.api import bodies, protocol
from evaluator.api.app import create_app
from evaluator.api.protocol import BoundedHead
from evaluator.bootstrap import Services, open_services
from evaluator.core.access import Scope, network_of
from evaluator.pipeline.stages import ingest
from evaluator.settings import Settings
from evaluator.store.store import Store
from tests.support.doors import OURS, THEIRS, open_doors

OTLP = "/v1/traces"
PROTOBUF = {"content-type": "application/x-protobuf"}
MB = 2**20


def export(number: int, size: int = 100) -> bytes:
    """A request with one trace, whose id is `number`, of a span that is `size` bytes long."""
    message = ExportTraceServiceRequest()
    span = message.resource_spans.add().scope_spans.add().spans.add()
    span.trace_id, span.span_id = number.to_bytes(16, "big"), b"12345678"
    span.start_time_unix_nano = span.end_time_unix_nano = time.time_ns()
    span.attributes.add(key="input.value").value.string_value = "x" * size
    return bytes(message.SerializeToString())


@pytest.fixture
def services(sqlite_url: str) -> Iterator[Services]:
    found = open_services(Settings(database_url=sqlite_url), migrated=False)
    yield found
    found.close()


def stored(services: Services) -> int:
    with services.store.read() as unit:
        return sum(unit.of("default").traces.counts().values())


def test_what_is_held_is_bounded_in_bytes(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ingest, "MAX_HELD", 10_000)
    app = create_app(services)
    with TestClient(app) as client:
        room = app.state.faithline.intake.room
        with room.hold() as held:
            held.more(9_000)
            refused = client.post(OTLP, content=export(1, 5_000), headers=PROTOBUF)
            assert client.post(OTLP, content=export(2), headers=PROTOBUF).status_code == 200
        assert refused.status_code == 503
        assert int(refused.headers["retry-after"]) >= 1
        assert b"9000 bytes" in refused.content
        for number in range(3, 8):  # together more than there is room for: what was answered is let go of
            assert client.post(OTLP, content=export(number, 5_000), headers=PROTOBUF).status_code == 200
        assert client.post(OTLP, content=export(8, 20_000), headers=PROTOBUF).status_code == 200  # nobody beside it
        assert room.held == 0
    assert stored(services) == 7


def test_packed_bodies_count_as_what_they_unpack_to(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    sizes: list[int] = []
    write = ingest.Intake._write

    def writing(intake: ingest.Intake, group: Sequence[Any]) -> None:
        sizes.extend(request.size for request in group)
        write(intake, group)

    monkeypatch.setattr(ingest.Intake, "_write", writing)
    native = json.dumps({"question": "Q", "answer": "A" * 5_000}).encode()
    with TestClient(create_app(services)) as client:
        for path, body, headers in ((OTLP, export(1, 5_000), PROTOBUF), ("/api/v1/traces", native, {})):
            packed = headers | {"content-encoding": "gzip"}
            assert client.post(path, content=gzip.compress(body), headers=packed).is_success
    assert sizes == [len(export(1, 5_000)), len(native)]


Receive = Callable[[], Awaitable[dict[str, Any]]]


def answer_to(services: Services, receive: Receive, **headers: str) -> tuple[int, int]:
    """(status, bytes held afterwards) of an OTLP request whose body comes from `receive`."""
    said: list[dict[str, Any]] = []

    async def send(message: Any) -> None:
        said.append(message)

    async def run() -> int:
        app = create_app(services)
        scope = {
            "type": "http",
            "method": "POST",
            "path": OTLP,
            "raw_path": OTLP.encode(),
            "query_string": b"",
            "http_version": "1.1",
            "headers": [(name.encode(), value.encode()) for name, value in {**PROTOBUF, **headers}.items()],
            "client": ("127.0.0.1", 1),
            "server": ("127.0.0.1", 80),
            "scheme": "http",
        }
        async with app.router.lifespan_context(app):
            await asyncio.wait_for(app(scope, receive, send), 30)
            held: int = app.state.faithline.intake.room.held
            return held

    with ThreadPoolExecutor(1) as pool:  # this thread may have a loop already: the browser's
        held = pool.submit(asyncio.run, run()).result()
    return next(m["status"] for m in said if m["type"] == "http.response.start"), held


def test_a_body_that_trickles_is_given_up(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "GRACE_SECONDS", 0.2)

    async def trickle() -> dict[str, Any]:
        await asyncio.sleep(0.05)
        return {"type": "http.request", "body": b"x", "more_body": True}

    assert answer_to(services, trickle, **{"content-length": "1000"}) == (408, 0)


@pytest.mark.parametrize("sent", [0, 50])
def test_a_body_that_breaks_off_is_a_bad_request(services: Services, sent: int) -> None:
    whole = export(1)
    messages = iter([{"type": "http.request", "body": whole[:sent], "more_body": True}, {"type": "http.disconnect"}])

    async def breaks_off() -> dict[str, Any]:
        return next(messages)

    assert answer_to(services, breaks_off, **{"content-length": str(len(whole))}) == (400, 0)
    assert stored(services) == 0


@pytest.fixture
def listening() -> Iterator[tuple[str, int]]:
    """A server with our protocol whose application answers 204 to everything."""

    async def answer(scope: Any, receive: Any, send: Any) -> None:
        while scope["type"] == "http" and (await receive()).get("more_body"):
            pass
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(answer, http=BoundedHead, lifespan="off", log_level="error"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    yield listener.getsockname()[:2]
    server.should_exit = True
    thread.join(timeout=30)


def said(connection: socket.socket) -> bytes:
    """Everything that comes until the other side closes."""
    connection.settimeout(30)
    found = b""
    try:
        while data := connection.recv(65536):
            found += data
    except ConnectionError:
        pass
    return found


@pytest.mark.parametrize("line", [b"y" * 1000, b"y" * 1000 + b"\r\nX-Next: "])
def test_a_head_that_does_not_end_is_cut_off(listening: tuple[str, int], line: bytes) -> None:
    with socket.create_connection(listening) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nX-First: ")
        sent = 0
        try:
            while sent < 200 * protocol.MAX_HEAD:
                connection.sendall(line)
                sent += len(line)
        except ConnectionError:
            pass
        assert sent < 100 * protocol.MAX_HEAD  # what the sockets themselves hold


def test_a_head_that_trickles_is_given_up(listening: tuple[str, int], monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_connection(listening) as kept:
        for _ in range(2):
            kept.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 300000\r\n\r\n" + b"b" * 300_000)
            assert kept.recv(1000).startswith(b"HTTP/1.1 204")  # a long body is no head
        monkeypatch.setattr(protocol, "HEAD_SECONDS", 0.2)
        kept.sendall(b"GET / HT")
        with socket.create_connection(listening) as silent:
            assert said(silent).startswith(b"HTTP/1.1 408")
        assert said(kept).startswith(b"HTTP/1.1 408")


def resident(pid: int) -> float:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / MB


def half_sent(address: str, size: int) -> tuple[socket.socket, threading.Thread]:
    """A connection that announces `size` bytes and sends all but the last, and what sends them."""
    url = urlsplit(address)
    connection = socket.create_connection((url.hostname or "", url.port or 0), timeout=30)
    head = f"POST {OTLP} HTTP/1.1\r\nHost: {url.netloc}\r\nContent-Type: application/x-protobuf\r\n"

    def push() -> None:
        try:
            connection.sendall(f"{head}Content-Length: {size}\r\n\r\n".encode() + b"x" * (size - 1))
        except OSError:
            return  # refused before it was through

    thread = threading.Thread(target=push)
    thread.start()
    return connection, thread


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="reads /proc")
def test_memory_is_bounded_whatever_is_offered(tmp_path: Path) -> None:
    """Ten times what may be held is offered, and kept open; those who are served lose nothing by it."""
    offered = 10 * ingest.MAX_HELD
    size = 8 * MB
    with serving(tmp_path) as served:
        before = peak = resident(served.process.pid)
        crowd = [half_sent(served.address, size) for _ in range(offered // size)]
        for _, thread in crowd:
            thread.join(timeout=60)
            peak = max(peak, resident(served.process.pid))
        refusals = []
        for connection, _ in crowd:
            connection.settimeout(0.01)
            try:
                refusals.append(connection.recv(1000))
            except (TimeoutError, ConnectionError):
                continue
        assert refusals
        assert all(r.startswith(b"HTTP/1.1 503") and b"retry-after" in r.lower() for r in refusals if r)
        assert peak - before < 2 * ingest.MAX_HELD / MB < offered / MB / 4
        for connection, _ in crowd:
            connection.close()
        with ThreadPoolExecutor(8) as pool:
            statuses = list(pool.map(lambda n: post(served.address, export(n)), range(1, 101)))
        assert statuses == [200] * 100
        assert served.call("/api/v1/status")["open"] == 100


def post(address: str, body: bytes) -> int:
    """The status of the answer that is no refusal."""
    from bench.ingest.sender import Connection

    while True:
        connection = Connection(address, {"Content-Type": "application/x-protobuf"})
        status, wait = connection.post(body)
        connection.close()
        if status != 503:
            return status
        time.sleep(wait)


def test_no_key_takes_the_room_of_others(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ingest, "MAX_HELD", 40_000)
    store = Store(sqlite_url)
    doors = open_doors(store)
    other, secret = doors.make(OURS, Scope.INGEST)
    with doors.client() as client:

        def send(number: int, size: int, key: str) -> int:
            headers = PROTOBUF | {"Authorization": f"Bearer {key}"}
            return client.post(OTLP, content=export(number, size), headers=headers).status_code

        room = client.app.state.faithline.intake.room  # type: ignore[attr-defined]
        ours, theirs = (doors.secrets[project, Scope.INGEST] for project in (OURS, THEIRS))
        key = doors.keys[OURS, Scope.INGEST].id
        with room.hold(key=(f"{OURS} {key}", 4), project=(OURS, 2)) as held:
            held.more(9_900)  # one byte short of its quarter, say
            assert send(1, 5_000, ours) == 503
            assert send(2, 5_000, secret) == 200  # another key of the project
            assert send(3, 15_000, theirs) == 200
            with room.hold(key=(f"{OURS} {other.id}", 4), project=(OURS, 2)) as other_held:
                other_held.more(9_900)
                assert send(4, 5_000, secret) == send(4, 1_000, doors.make(OURS, Scope.INGEST)[1]) == 503
                assert send(5, 15_000, theirs) == 200
        assert send(6, 30_000, ours) == 200  # alone, whatever its size
        assert (room.held, dict(room.of)) == (0, {})
    store.close()


def test_a_body_that_stops_is_given_up_however_much_has_come(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bodies, "GRACE_SECONDS", 0.3)
    whole = export(1, 2_000_000)  # at the slowest, it may take eight seconds
    messages = iter([{"type": "http.request", "body": whole[:-1], "more_body": True}])

    async def stops() -> dict[str, Any]:
        for message in messages:
            return message
        await asyncio.sleep(20)
        raise AssertionError("it was waited for")

    assert answer_to(services, stops, **{"content-length": str(len(whole))}) == (408, 0)


@pytest.mark.parametrize(
    ("host", "network"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("testclient", "testclient"),
        (None, "unknown"),
    ],
)
def test_whom_an_address_stands_for(host: str | None, network: str) -> None:
    assert network_of(host) == network
