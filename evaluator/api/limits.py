"""Refuses requests whose head is too large before anything is made of it."""

from __future__ import annotations

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from evaluator.api.errors import body

MAX_ADDRESS = 16 * 1024
"""Bytes of path and query."""
MAX_HEADERS = 100
MAX_HEAD = 32 * 1024
"""Bytes of all headers together."""


class HeadLimits:
    """Answers 400 to an ambiguous head, 414 where the address is too long, 431 where the headers are too large."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        refused = _refusal(scope) if scope["type"] == "http" else None
        await (refused or self._app)(scope, receive, send)


def _refusal(scope: Scope) -> JSONResponse | None:
    if len(scope.get("raw_path") or b"") + len(scope["query_string"]) > MAX_ADDRESS:
        return JSONResponse(body(f"the address is longer than {MAX_ADDRESS} bytes"), 414)
    headers = scope["headers"]
    names = [name for name, _ in headers]
    if names.count(b"host") > 1 or (b"content-length" in names and b"transfer-encoding" in names):
        # A proxy in front may have understood it differently.
        problem = "the request names two hosts, or two ways to find the end of its body"
        return JSONResponse(body(problem), 400, headers={"Connection": "close"})
    if len(headers) > MAX_HEADERS or sum(len(name) + len(value) for name, value in headers) > MAX_HEAD:
        return JSONResponse(body(f"more than {MAX_HEADERS} headers, or more than {MAX_HEAD} bytes of them"), 431)
    return None
