"""Bytes that no client library would send, at a real socket."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from evaluator.core.access import Scope
from evaluator.store.store import Store
from tests.support.doors import OURS, Doors, open_doors
from tests.support.fillings import Filling, SqliteTemplates
from tests.support.running import Running

HOST = b"Host: 127.0.0.1\r\n"
SECOND = b"GET /api/v1/projects HTTP/1.1\r\n" + HOST + b"Connection: close\r\n\r\n"


@pytest.fixture(scope="module")
def running(
    tmp_path_factory: pytest.TempPathFactory, sqlite_templates: SqliteTemplates
) -> Iterator[tuple[Doors, Running]]:
    url, told = sqlite_templates.copy(tmp_path_factory.mktemp("wire") / "wire.db", Filling("doors", open_doors))
    store = Store(url)
    doors = told.over(store)
    with Running(doors.services()) as found:
        yield doors, found
    store.close()


def exchange(running: Running, content: bytes, *, cut: bool = False, first: bool = False) -> bytes:
    """What comes back for some bytes until the service closes the connection, or falls silent.

    `cut`: the client ends in the middle; `first`: the first piece of the answer is enough.
    """
    port = int(running.url.rpartition(":")[2])
    answer = b""
    with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
        connection.sendall(content)
        if cut:
            connection.shutdown(socket.SHUT_WR)
        try:
            while data := connection.recv(65536):
                answer += data
                if first:
                    break
        except (TimeoutError, ConnectionResetError):
            pass
    return answer


def statuses(answer: bytes) -> list[int]:
    return [int(line.split()[1]) for line in answer.split(b"\r\n") if line.startswith(b"HTTP/1.1 ")]


def post(doors: Doors, headers: bytes, body: bytes, path: bytes = b"/api/v1/traces") -> bytes:
    key = doors.secrets[OURS, Scope.INGEST].encode()
    start = (
        b"POST " + path + b" HTTP/1.1\r\n" + HOST + b"Content-Type: application/json\r\nx-api-key: " + key + b"\r\n"
    )
    return start + headers + b"\r\n" + body


def test_a_request_hidden_in_another_is_not_answered(running: tuple[Doors, Running]) -> None:
    doors, site = running
    two_lengths = post(doors, b"Content-Length: 2\r\nContent-Length: 40\r\n", b"[]" + SECOND)
    assert statuses(exchange(site, two_lengths)) == [400]
    both = post(doors, b"Content-Length: 7\r\nTransfer-Encoding: chunked\r\n", b"2\r\n[]\r\n0\r\n\r\n" + SECOND)
    assert statuses(exchange(site, both)) == [400]
    for coding in (b"xchunked", b"chunked, identity", b"\x0bchunked"):
        odd = post(doors, b"Transfer-Encoding: " + coding + b"\r\n", b"2\r\n[]\r\n0\r\n\r\n" + SECOND)
        assert statuses(exchange(site, odd))[0] in (400, 501), coding
    spaced = post(doors, b"Content-Length : 2\r\n", b"[]")
    assert statuses(exchange(site, spaced)) == [400]


@pytest.mark.parametrize(
    "content",
    [
        b"\x00" * 200 + b"\r\n\r\n", b"GET\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00\x01",
        b"GET / HTTP/1.1\r\nX: a\x00b\r\n" + HOST + b"\r\n", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"GET / HTTP/1.1\r\n" + HOST + b"A: b\r\n" * 20_000 + b"Connection: close\r\n\r\n",
        b"GET /" + b"a" * 300_000 + b" HTTP/1.1\r\n" + HOST + b"Connection: close\r\n\r\n",
        b"POST /v1/traces HTTP/1.1\r\n" + HOST + b"Content-Length: -5\r\n\r\n",
        b"POST /v1/traces HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFFF\r\n",
    ],
)  # fmt: skip
def test_broken_requests_end_their_connection_and_nothing_else(
    running: tuple[Doors, Running], content: bytes
) -> None:
    _, site = running
    assert set(statuses(exchange(site, content))) <= {400, 401, 414, 431, 505}
    assert statuses(exchange(site, b"GET /healthz HTTP/1.1\r\n" + HOST + b"Connection: close\r\n\r\n")) == [200]


def test_a_truncated_body_stores_nothing(running: tuple[Doors, Running]) -> None:
    doors, site = running
    begun = b'[{"id": "half", "question": "q", "answer": "a"}'
    exchange(site, post(doors, b"Content-Length: 4000\r\n", begun), cut=True)
    exchange(site, post(doors, b"Transfer-Encoding: chunked\r\n", b"2f\r\n" + begun + b"\r\n"), cut=True)
    with doors.store.read() as unit:
        assert unit.of(OURS).views.trace("half") is None


def test_without_a_key_nothing_of_a_body_is_waited_for(running: tuple[Doors, Running]) -> None:
    _, site = running
    for path in (b"/v1/traces", b"/api/v1/traces", b"/api/v1/rules", b"/api/v1/golden-sets"):
        head = b"POST " + path + b" HTTP/1.1\r\n" + HOST + b"Content-Type: application/json\r\n"
        answer = exchange(site, head + b"Content-Length: 1000000\r\nExpect: 100-continue\r\n\r\n", first=True)
        assert statuses(answer) == [401], path


def test_two_hosts_are_one_too_many(running: tuple[Doors, Running]) -> None:
    _, site = running
    two = b"GET /healthz HTTP/1.1\r\n" + HOST + b"Host: evil.example\r\nConnection: close\r\n\r\n"
    assert statuses(exchange(site, two)) == [400]
