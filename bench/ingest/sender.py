"""Sends OTLP requests over kept-alive connections as fast as they are answered; the same client for every system.

A client that shares the machine with what it measures has to be thin: requests are bytes made beforehand, and of an
answer only its status, its length and Retry-After are read.
"""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import urlsplit

PATH = "/v1/traces"
REFUSED = (429, 503)
DEFAULT_RETRY = 0.5
"""Seconds to wait after a refusal that does not say how long."""


@dataclass(slots=True)
class Sent:
    """What came of a run. `acknowledged` are the numbers of the bodies that were answered 200, `refused` counts 429
    and 503, `failed` every other answer; `seconds` lie between the first byte sent and the last acknowledgement."""

    acknowledged: list[int]
    refused: int
    failed: int
    seconds: float


class Sender(Protocol):
    """One connection to a system."""

    def post(self, body: bytes) -> tuple[int, float]:
        """(status as of HTTP, seconds to wait before trying again)."""

    def close(self) -> None: ...


Connect = Callable[[str, Mapping[str, str]], Sender]
"""Makes a connection to an address, with headers."""


class Connection:
    """One kept-alive HTTP/1.1 connection. Only answers with a Content-Length are understood."""

    def __init__(self, address: str, headers: Mapping[str, str], timeout: float = 120.0, path: str = PATH) -> None:
        url = urlsplit(address)
        self._place = (url.hostname or "", url.port or 80)
        lines = [
            f"POST {path} HTTP/1.1",
            f"Host: {url.hostname}:{url.port}",
            *(f"{k}: {v}" for k, v in headers.items()),
        ]
        self._head = "\r\n".join(lines) + "\r\nContent-Length: "
        self._timeout = timeout
        self._socket: socket.socket | None = None
        self._rest = b""

    def post(self, body: bytes) -> tuple[int, float]:
        """(status, seconds to wait before trying again)."""
        try:
            return self._exchange(body)
        except (ConnectionError, TimeoutError):
            self.close()
            return 503, DEFAULT_RETRY

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()
        self._socket, self._rest = None, b""

    def _exchange(self, body: bytes) -> tuple[int, float]:
        if self._socket is None:
            self._socket = socket.create_connection(self._place, self._timeout)
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket.sendall(f"{self._head}{len(body)}\r\n\r\n".encode() + body)
        head = self._until(b"\r\n\r\n").lower()
        self._take(int(_header(head, b"content-length", b"0")))
        if b"\r\nconnection: close" in head:
            self.close()
        return int(head[9:12]), float(_header(head, b"retry-after", str(DEFAULT_RETRY).encode()))

    def _until(self, mark: bytes) -> bytes:
        while mark not in self._rest:
            self._receive()
        found, _, self._rest = self._rest.partition(mark)
        return found

    def _take(self, length: int) -> None:
        while len(self._rest) < length:
            self._receive()
        self._rest = self._rest[length:]

    def _receive(self) -> None:
        assert self._socket is not None
        data = self._socket.recv(65536)
        if not data:
            raise ConnectionResetError("closed in the middle of an answer")
        self._rest += data


def _header(head: bytes, name: bytes, default: bytes) -> bytes:
    _, found, rest = head.partition(b"\r\n" + name + b":")
    return rest.partition(b"\r\n")[0].strip() if found else default


def send(
    address: str,
    bodies: Sequence[bytes],
    headers: Mapping[str, str],
    *,
    connections: int = 8,
    seconds: float = 60.0,
    connect: Connect = Connection,
) -> Sent:
    """Post `bodies` in their order over `connections`, until they or `seconds` are over.

    A refused body is sent again after the time that the answer asks for.
    """
    numbers = iter(range(len(bodies)))
    lock = threading.Lock()
    sent = Sent([], 0, 0, 0.0)
    start = time.perf_counter()

    def work() -> None:
        connection = connect(address, headers)
        for number in _taking(numbers, lock, start + seconds):
            while True:
                status, wait = connection.post(bodies[number])
                if status not in REFUSED or time.perf_counter() >= start + seconds:
                    break
                sent.refused += 1
                time.sleep(wait)
            if status == 200:
                sent.acknowledged.append(number)
                sent.seconds = max(sent.seconds, time.perf_counter() - start)
            else:
                sent.failed += status not in REFUSED
        connection.close()

    crowd = [threading.Thread(target=work) for _ in range(connections)]
    for thread in crowd:
        thread.start()
    for thread in crowd:
        thread.join()
    return sent


def _taking(numbers: Iterator[int], lock: threading.Lock, until: float) -> Iterator[int]:
    while time.perf_counter() < until:
        with lock:
            number = next(numbers, None)
        if number is None:
            return
        yield number
