"""HTTP/1.1 as far as clients of providers need it, with as little work for a request as can be: the stand-in shares
its cores with what is measured."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from http import HTTPStatus
from typing import cast

import httptools

Handle = Callable[["Connection", str, str, dict[str, str], bytes], None]
"""(connection, method, path, headers by small names, body); answers by `Connection.answer` now or later."""
_LINES = {status.value: b"HTTP/1.1 %d %b\r\n" % (status.value, status.phrase.encode()) for status in HTTPStatus}


class Connection(asyncio.Protocol):
    """One client; its requests are handed on one after the other, as they come."""

    def __init__(self, handle: Handle, opened: set[Connection]) -> None:
        self._handle, self._opened = handle, opened
        self._transport: asyncio.Transport | None = None
        self._parser = httptools.HttpRequestParser(self)
        self._url, self._headers, self._body = b"", dict[str, str](), bytearray()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is one without saying so
        self._opened.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        del exc
        self._transport = None
        self._opened.discard(self)

    def data_received(self, data: bytes) -> None:
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError:
            self.close()

    def on_message_begin(self) -> None:
        self._url, self._headers, self._body = b"", {}, bytearray()

    def on_url(self, url: bytes) -> None:
        self._url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        self._headers[name.decode("latin-1").lower()] = value.decode("latin-1")

    def on_body(self, body: bytes) -> None:
        self._body += body

    def on_message_complete(self) -> None:
        method, path = self._parser.get_method().decode(), self._url.decode("latin-1")
        self._handle(self, method, path, self._headers, bytes(self._body))

    def answer(self, status: int, body: bytes, headers: str = "", sent: int | None = None) -> None:
        """Send a reply; `headers` are further lines. Only `sent` bytes of the body where it is given."""
        if self._transport is None:
            return
        head = b"%bContent-Type: application/json\r\nContent-Length: %d\r\n%b\r\n"
        self._transport.write(head % (_LINES[status], len(body), headers.encode()) + body[:sent])

    def more(self, data: bytes) -> None:
        """Send further bytes of a body."""
        if self._transport is not None:
            self._transport.write(data)

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()
