"""HTTP on the socket. The parser keeps what it has read of a request's head until the head is complete, however long
it is and however long that takes: here both are bounded."""

from __future__ import annotations

import asyncio

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MAX_HEAD = 128 * 1024
"""Bytes of a request line with its headers, before they are cut off unread."""
HEAD_SECONDS = 30.0
"""How long a request's head, or the first one on a connection, is waited for (s)."""
TOO_LARGE = b"HTTP/1.1 431 Request Header Fields Too Large\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
TOO_SLOW = b"HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"


class BoundedHead(HttpToolsProtocol):
    """uvicorn's protocol, for `uvicorn.Config(http=...)`, which gives up heads that do not end."""

    _in_head = True
    _turned = False
    _size = 0
    _patience: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_waiting()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        self._turned = False
        super().data_received(data)
        self._size = self._size + len(data) if self._in_head and not self._turned else 0
        if self._size > MAX_HEAD:
            self._give_up(TOO_LARGE)
        elif self._size and self._patience is None:
            self._wait()

    def on_headers_complete(self) -> None:
        self._in_head, self._turned = False, True
        self._stop_waiting()
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        self._in_head = self._turned = True
        super().on_message_complete()

    def _wait(self) -> None:
        self._patience = self.loop.call_later(HEAD_SECONDS, self._give_up, TOO_SLOW)

    def _stop_waiting(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None

    def _give_up(self, answer: bytes) -> None:
        self._stop_waiting()
        if not self.transport.is_closing():
            self.transport.write(answer)
            self.transport.close()
