"""The stand-in itself: in this process on a thread, or as a process of its own (`python -m bench.servers.judge`)."""

from __future__ import annotations

import asyncio
import itertools
import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import orjson
import uvloop

from bench.servers.judge.behaviour import UNCHARGED, Behaviour, Draws, Fault
from bench.servers.judge.connection import Connection
from bench.servers.judge.ledger import Ledger
from bench.servers.judge.verdicts import PROBABILITIES, Verdict, default_verdict, distorted, pieces_of, tokens_of
from bench.servers.judge.wire import Api, Asked, Said, api_of, asked_of, problem, reply

_DRIP_SECONDS = 1.0
_KEPT = 1000
_REFUSAL = "I can not help with that."


class JudgeServer:
    """Everything that a stand-in knows; its methods run on one loop."""

    def __init__(self, behaviour: Behaviour, ledger: Ledger, verdict: Verdict | None = None) -> None:
        self.behaviour, self.ledger, self._verdict = behaviour, ledger, verdict
        self.address = ""
        self.calls = 0
        """Requests so far, those that were turned away among them."""
        self.turned_away = 0
        """Of these, those that were answered with 429."""
        self.most_at_once = 0
        self.requests: deque[tuple[str, dict[str, str], dict[str, Any]]] = deque(maxlen=_KEPT)
        """The last ones: path, headers, body."""
        self._draws, self._numbers = Draws(behaviour), itertools.count(1)
        self._at_once, self._burst_until = 0, 0.0
        self._level, self._level_at = 0.0, time.monotonic()
        self._loop: asyncio.AbstractEventLoop | None = None

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> asyncio.Server:
        """Listen; `address` is known from then on."""
        self._loop = asyncio.get_running_loop()
        opened: set[Connection] = set()
        server = await self._loop.create_server(lambda: Connection(self.handle, opened), host, port, backlog=2048)
        self.address = f"http://{host}:{server.sockets[0].getsockname()[1]}/v1"
        return server

    def handle(self, to: Connection, method: str, path: str, headers: dict[str, str], raw: bytes) -> None:
        """Answer a request, now or later."""
        if method == "GET" and path.endswith("/models"):
            to.answer(200, orjson.dumps({"object": "list", "data": [{"id": "stand-in", "object": "model"}]}))
            return
        api = api_of(path)
        if api is None or method != "POST":
            to.answer(404, orjson.dumps(problem("chat", "invalid_request_error", f"no such path: {path}")))
            return
        self.calls += 1
        try:
            body = orjson.loads(raw)
            asked = asked_of(api, body)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            to.answer(400, orjson.dumps(problem(api, "invalid_request_error", f"no request: {error!r}")))
            return
        self.requests.append((path, headers, body))
        if not self._turned_down(to, api, headers, body, asked):
            self._serve(to, api, asked, self._draws.fault(raw))

    def _turned_down(
        self, to: Connection, api: Api, headers: dict[str, str], body: dict[str, Any], asked: Asked
    ) -> bool:
        """Whether the request was answered with an error that costs nothing."""
        b = self.behaviour
        if b.key is not None and b.key not in (headers.get("x-api-key"), headers.get("authorization", "")[7:]):
            given = headers.get("x-api-key") or headers.get("authorization", "")[7:]
            told = problem(
                api, "authentication_error", f"Incorrect API key provided: {given}.", code="invalid_api_key"
            )
            to.answer(401, orjson.dumps(told))
        elif b.forbids is not None and b.forbids in asked.user:
            to.answer(403, orjson.dumps(problem(api, "permission_error", "Blocked by policy.")))
        elif refused := sorted(b.refuses & body.keys()):
            text = f"Unsupported parameter: '{refused[0]}' is not supported with this model."
            told = problem(api, "invalid_request_error", text, param=refused[0], code="unsupported_parameter")
            to.answer(400, orjson.dumps(told))
        elif b.window is not None and tokens_of(asked.system + asked.user) > b.window:
            text = f"This model's maximum context length is {b.window} tokens."
            to.answer(400, orjson.dumps(problem(api, "invalid_request_error", text, code="context_length_exceeded")))
        elif self._full():
            self._turn_away(to, api)
        else:
            return False
        return True

    def _full(self) -> bool:
        b, now = self.behaviour, time.monotonic()
        if now < self._burst_until or (b.max_concurrency is not None and self._at_once >= b.max_concurrency):
            return True
        if b.requests_per_minute is None:
            return False
        rate = b.requests_per_minute / 60
        self._level = max(0.0, self._level - (now - self._level_at) * rate)
        self._level_at = now
        if self._level + 1 > max(1.0, rate):
            return True
        self._level += 1
        return False

    def _turn_away(self, to: Connection, api: Api) -> None:
        self.turned_away += 1
        header = "" if self.behaviour.retry_after is None else f"Retry-After: {self.behaviour.retry_after}\r\n"
        to.answer(429, orjson.dumps(problem(api, "rate_limit_error", "Rate limit reached.")), header)

    def _serve(self, to: Connection, api: Api, asked: Asked, fault: Fault | None) -> None:
        b = self.behaviour
        if fault == "rate_limited":
            self._burst_until = time.monotonic() + b.burst_seconds
            self._turn_away(to, api)
            return
        data = self._reply(api, asked, fault)
        self._at_once += 1
        self.most_at_once = max(self.most_at_once, self._at_once)
        seconds = b.hang_seconds if fault == "hang" else b.slow_seconds if fault == "slow" else b.latency
        if seconds <= 0:
            self._send(to, data, fault)
        else:
            assert self._loop is not None
            self._loop.call_later(seconds, self._send, to, data, fault)

    def _reply(self, api: Api, asked: Asked, fault: Fault | None) -> bytes:
        """The body of the reply, which is charged with it."""
        if fault == "error":
            return orjson.dumps(problem(api, "server_error", "The server had an error."))
        given = self._verdict
        verdict = (
            given(asked.system, asked.user) if given else default_verdict(asked.system, asked.user, asked.schema)
        )
        text = _REFUSAL if fault == "refusal" else distorted(verdict, fault)
        tokens = tokens_of(asked.system + asked.user), len(pieces_of(text))
        if fault not in UNCHARGED:
            self.ledger.charge(asked.model, *tokens, fault or "")
        said = Said(text, *tokens, fault == "refusal", verdict.get(PROBABILITIES, {}))
        found = reply(api, next(self._numbers), asked, said)
        if fault == "wrong_types":
            absurd = {"prompt_tokens": "12", "completion_tokens": -3, "input_tokens": "12", "output_tokens": 1e30}
            return orjson.dumps(found | {"choices": {"0": text}, "output": 7, "content": text, "model": 4}
                                | {"usage": absurd})  # fmt: skip
        data = orjson.dumps(found)
        return data[: len(data) // 2] if fault == "malformed" else data

    def _send(self, to: Connection, data: bytes, fault: Fault | None) -> None:
        self._at_once -= 1
        if fault == "hang":
            to.close()
        elif fault == "error":
            to.answer(500, data)
        elif fault == "cut":
            to.answer(200, data, sent=len(data) // 2)
            to.close()
        elif fault == "drip":
            to.answer(200, data, sent=1)
            self._drip(to, data, 1)
        else:
            to.answer(200, data)

    def _drip(self, to: Connection, data: bytes, at: int) -> None:
        to.more(data[at : at + 1])
        if at + 1 < len(data):
            assert self._loop is not None
            self._loop.call_later(_DRIP_SECONDS, self._drip, to, data, at + 1)


@contextmanager
def judging(
    behaviour: Behaviour | None = None, verdict: Verdict | None = None, ledger: Ledger | None = None
) -> Iterator[JudgeServer]:
    """A stand-in on a thread of this process, on a port that the system picks."""
    served = JudgeServer(behaviour or Behaviour(), ledger or Ledger(), verdict)
    loop, ready = uvloop.new_event_loop(), threading.Event()

    def work() -> None:
        server = loop.run_until_complete(served.start())
        ready.set()
        loop.run_forever()
        server.close()
        loop.close()

    thread = threading.Thread(target=work, name="judge-stand-in", daemon=True)
    thread.start()
    try:
        assert ready.wait(10), "the stand-in does not listen"
        yield served
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
