"""Lets a model judge over HTTP: chat completions on loopback, for programs of this machine and no browser's pages."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import orjson
from aiohttp import web

from evaluator.judges.serving.engine import Engine
from evaluator.judges.serving.requests import Refused, read_request

HOST = "127.0.0.1"
MOST_BODY = 4 * 2**20
"""Bytes of a request."""
_NAMES = (HOST, "localhost")
_Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def make_app(engine: Engine, model: str, grammar_of: Callable[[Mapping[str, Any]], str]) -> web.Application:
    """An application that answers for `model`, one call after the other; who hangs up while waiting is left out."""
    one_at_a_time = ThreadPoolExecutor(1, thread_name_prefix="judge")

    async def models(_: web.Request) -> web.Response:
        return _json(200, {"object": "list", "data": [{"id": model, "object": "model", "owned_by": "faithline"}]})

    async def complete(request: web.Request) -> web.Response:
        try:
            asked = read_request(await request.read())
            if asked.model != model:
                return _error(404, "model", f"{asked.model[:80]!r} is not here: this server has {model}")
            ready = asked.for_engine(grammar_of)
            loop = asyncio.get_running_loop()
            found = await loop.run_in_executor(one_at_a_time, engine.answer, ready)
        except Refused as error:
            return _error(400, error.parameter, str(error))
        except ValueError as error:
            return _error(400, None, str(error)[:200])
        except web.HTTPException:
            raise
        except Exception as error:  # noqa: BLE001 - whatever llama.cpp raises; who asked is told, the next is answered
            return _error(500, None, f"the model failed ({type(error).__name__})")
        return _answer(found, model)

    app = web.Application(client_max_size=MOST_BODY, middlewares=[_only_programs])
    app.router.add_get("/v1/models", models)
    app.router.add_post("/v1/chat/completions", complete)
    return app


@web.middleware
async def _only_programs(request: web.Request, handler: _Handler) -> web.StreamResponse:
    """Pages in a browser on this machine can reach loopback: by a name of their own, or without asking first if they
    send what a form could send. Neither is answered."""
    if request.url.host not in _NAMES:
        return _error(403, None, f"this server is {HOST}; it is not called by another name")
    if "Origin" in request.headers or (request.method == "POST" and request.content_type != "application/json"):
        return _error(403, None, "this server answers programs that send application/json, and no pages")
    return await handler(request)


def _answer(found: Mapping[str, Any], model: str) -> web.Response:
    if isinstance(error := found.get("error"), Mapping):
        code = error.get("code")
        status = code if isinstance(code, int) and 400 <= code < 600 else 500
        return _error(status, None, str(error.get("message", ""))[:200], str(error.get("type", "")))
    return _json(200, {**found, "model": model})


def _error(status: int, parameter: str | None, message: str, kind: str = "invalid_request_error") -> web.Response:
    return _json(status, {"error": {"message": message, "type": kind, "param": parameter, "code": None}})


def _json(status: int, data: Mapping[str, Any]) -> web.Response:
    return web.Response(status=status, body=orjson.dumps(data), content_type="application/json")


def run_server(app: web.Application, port: int, ready: Callable[[], None]) -> None:
    """Serve until interrupted; `ready` is called once requests are taken. Raises OSError where the port is taken."""
    web.run_app(
        app, host=HOST, port=port, print=lambda _: ready(), access_log=None, handler_cancellation=True,
        shutdown_timeout=1.0,
    )  # fmt: skip
