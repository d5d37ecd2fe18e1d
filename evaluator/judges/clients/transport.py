"""The transport of all providers: one request, one answer, within bounds of time and size."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import aiohttp
from yarl import URL

from evaluator.judges.clients.address import CheckedResolver
from evaluator.judges.clients.api import broken
from evaluator.judges.clients.failures import Answer

MOST_BYTES = 4 * 2**20
"""Of a reply."""
_CONNECT_SECONDS = 10.0
_IDLE_SECONDS = 4.0
"""Connections are kept for less than what servers keep them for (uvicorn: 5 s), so that none is written to that the
other side is just closing: whether such a call was charged, nobody could say."""
_HEADERS = {"Content-Type": "application/json", "Accept": "application/json", "Accept-Encoding": "identity"}


class Transport:
    """Connections of one loop. `checked` resolves names by `address.CheckedResolver`."""

    def __init__(self, *, checked: bool, at_end: Callable[[Callable[[], Awaitable[None]]], None]) -> None:
        self._checked, self._at_end = checked, at_end
        self._session: aiohttp.ClientSession | None = None

    async def post(self, url: URL, headers: dict[str, str], body: bytes, seconds: float) -> Answer:
        """Post `body`, and read the answer, within `seconds`. Redirects are answers like others.

        Raises:
            TimeoutError: it took longer.
            aiohttp.ClientError: the network failed.
            OSError: the same.
            JudgeError: the answer is larger than `MOST_BYTES`, or compressed unasked.
        """
        session = self._session or self._open()
        async with (
            asyncio.timeout(seconds),
            session.post(url, data=body, headers=headers, allow_redirects=False) as response,
        ):
            found = response.headers
            if found.get("Content-Encoding", "identity") != "identity":
                broken("is compressed, which was not asked for")
            return Answer(
                response.status,
                await _read(response.content),
                found.get("Retry-After"),
                found.get("x-ratelimit-limit-requests"),
            )

    def _open(self) -> aiohttp.ClientSession:
        """Made on the loop that it is used on."""
        connector = aiohttp.TCPConnector(
            limit=0,  # how many calls there are at once is for `concurrency` to say
            keepalive_timeout=_IDLE_SECONDS,
            resolver=CheckedResolver() if self._checked else aiohttp.ThreadedResolver(),
            use_dns_cache=not self._checked,
        )
        self._session = aiohttp.ClientSession(
            connector=connector,
            headers=_HEADERS,
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=_CONNECT_SECONDS),
            auto_decompress=False,
            skip_auto_headers=("User-Agent",),
            trust_env=False,
        )
        self._at_end(self._session.close)
        return self._session


async def _read(content: aiohttp.StreamReader) -> bytes:
    first = await content.readany()
    if content.at_eof():
        return _within(first)
    parts, size = [first], len(first)
    while more := await content.readany():
        parts.append(more)
        size += len(more)
        if size > MOST_BYTES:
            break
    return _within(b"".join(parts))


def _within(body: bytes) -> bytes:
    if len(body) > MOST_BYTES:
        broken(f"is larger than {MOST_BYTES} bytes")
    return body
