"""The client of one provider (`core.judge.JudgeClient`)."""

from __future__ import annotations

import asyncio
import math
import random
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

import aiohttp
import orjson
from yarl import URL

from evaluator.core.judge import JudgeError, JudgeReply, JudgeRequest
from evaluator.core.outcome import Reason
from evaluator.core.ports import Limiter
from evaluator.judges.clients.api import Api, broken
from evaluator.judges.clients.breaker import Breaker
from evaluator.judges.clients.concurrency import Gate
from evaluator.judges.clients.failures import (
    LIMITED,
    Answer,
    complaint_of,
    failure_of,
    limited,
    pause_of,
    per_second,
    unsent,
)
from evaluator.judges.clients.loop import THREAD
from evaluator.judges.clients.pace import Pace
from evaluator.judges.clients.parameters import Parameters
from evaluator.judges.clients.redaction import shown
from evaluator.judges.clients.transport import Transport

T = TypeVar("T")
_QUEUE_SHARE, _LONGER_SHARE = 0.5, 0.7
"""Of its time a call waits at most so much for its turn: what is sent with the rest can still be answered. The longer
share is that of a provider that is asked one call at a time: a sample that needs several is not left half done."""
_FULL_WAIT = 5.0
_FIRST_BACKOFF, _MOST_BACKOFF = 0.25, 8.0
_LATELY = 3600.0
_REFUSALS = 8
"""So many in a row are meant for everybody."""


@dataclass(frozen=True, kw_only=True)
class Target:
    """Whom to ask, and how. `key` reads the key when it is needed; ``""``: none. `checked` connects to public
    addresses only."""

    name: str
    url: URL
    api: Api
    key: Callable[[], str]
    headers: Callable[[], dict[str, str]] = dict
    seconds: float = 60.0
    concurrency: int = 64
    per_minute: float | None = None
    without: frozenset[str] = frozenset()
    """Parameters that are known not to be taken."""
    checked: bool = False


@dataclass
class _State:
    """What belongs to one loop."""

    transport: Transport
    breaker: Breaker
    pace: Pace
    gates: dict[str, Gate] = field(default_factory=dict)
    parameters: dict[str, Parameters] = field(default_factory=dict)
    answered_at: dict[str, float] = field(default_factory=dict)
    """By model."""
    refusals: Counter[str] = field(default_factory=Counter)
    """By model, since it has answered last."""

    def answered(self, model: str) -> None:
        self.answered_at[model] = time.monotonic()
        self.refusals[model] = 0

    def answers(self, model: str) -> bool:
        """Whether it answers others for `model`: whoever is refused then is refused for what is asked."""
        lately = time.monotonic() - self.answered_at.get(model, -math.inf) < _LATELY
        return lately and self.refusals[model] < _REFUSALS


@dataclass
class _Call:
    """One request on its way."""

    request: JudgeRequest
    until: float
    gate: Gate
    parameters: Parameters
    tries: int = 0
    backoff: float = _FIRST_BACKOFF

    @property
    def left(self) -> float:
        """Seconds."""
        return self.until - time.monotonic()


class HttpJudgeClient:
    """Calls run on the loop of `loop.THREAD`, from wherever they are asked. Thread-safe."""

    def __init__(self, target: Target, limiter: Limiter) -> None:
        self._target, self._limiter = target, limiter
        self._state: tuple[asyncio.AbstractEventLoop, _State] | None = None

    def __repr__(self) -> str:
        return f"HttpJudgeClient({self._target.name!r})"

    def run(self, calls: Sequence[Awaitable[T]]) -> list[T | BaseException]:
        return THREAD.run(calls)

    async def ask(self, request: JudgeRequest, seconds: float) -> JudgeReply:
        loop = THREAD.get()
        if asyncio.get_running_loop() is loop:
            return await self._ask(request, seconds)
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(self._ask(request, seconds), loop))

    async def _ask(self, request: JudgeRequest, seconds: float) -> JudgeReply:
        state = self._here()
        gate = state.gates.get(request.model)
        if gate is None:
            gate = state.gates[request.model] = Gate(self._target.concurrency, time.monotonic)
            state.parameters[request.model] = Parameters(self._target.api, self._target.without)
        seconds = min(seconds, self._target.seconds)
        call = _Call(request, time.monotonic() + seconds, gate, state.parameters[request.model])
        try:
            return await self._answered(state, call)
        except JudgeError as error:
            error.tries = call.tries
            raise

    async def _answered(self, state: _State, call: _Call) -> JudgeReply:
        while True:
            await self._turn(state, call)
            try:
                found = await self._once(state, call)
            finally:
                call.gate.leave()
            if isinstance(found, JudgeReply):
                return found
            if found > call.left:
                raise limited(self._target.name, found)
            await asyncio.sleep(found)

    def _here(self) -> _State:
        """The state of this loop; a process that was forked begins anew."""
        loop = asyncio.get_running_loop()
        if self._state is None or self._state[0] is not loop:
            target = self._target
            pace = Pace(self._limiter, f"judge:{target.name}", target.per_minute, time.monotonic)
            transport = Transport(checked=target.checked, at_end=THREAD.at_end)
            self._state = loop, _State(transport, Breaker(time.monotonic), pace)
        return self._state[1]

    async def _turn(self, state: _State, call: _Call) -> None:
        """Wait until this call may be sent; it is within the gate then."""
        self._check(state.breaker.ahead())
        share = _QUEUE_SHARE if self._target.concurrency > 1 else _LONGER_SHARE
        if not await call.gate.enter(call.left * share):
            text = f"provider {self._target.name} is busy with other calls"
            raise JudgeError(Reason.TIMEOUT, text, retryable=True, wait=_FULL_WAIT)
        try:
            if wait := await state.pace.wait(call.left * _QUEUE_SHARE):
                raise limited(self._target.name, wait)
            self._check(state.breaker.admit())
        except BaseException:
            call.gate.leave()
            raise

    def _check(self, wait: float) -> None:
        if wait:
            text = f"provider {self._target.name} has failed several times in a row and is left alone for now"
            raise JudgeError(Reason.PROVIDER_ERROR, text, retryable=True, wait=wait)

    async def _once(self, state: _State, call: _Call) -> JudgeReply | float:
        """Send it: a reply, or the seconds after which to send it again."""
        started = time.monotonic()
        try:
            key = self._target.key()
            sent = self._target.api.body(call.parameters.fitted(call.request), call.parameters.without)
            call.tries += 1
            answer = await self._post(state, call, started, sent, key)
            if answer.status == 200:
                return self._read(state, call, started, answer, key)
            return self._refused(state, call, started, answer, sent, key)
        finally:
            state.breaker.untold(started)  # where nothing above told it anything

    async def _post(self, state: _State, call: _Call, started: float, sent: dict[str, Any], key: str) -> Answer:
        target = self._target
        headers = target.api.headers(key) | target.headers()
        try:
            return await state.transport.post(target.url, headers, orjson.dumps(sent), call.left)
        except (aiohttp.ClientError, OSError) as error:
            state.breaker.failed(started)
            if isinstance(error, TimeoutError):
                call.gate.refused(started)  # a server that queues says nothing else
            raise unsent(error, self._secrets(key), target.name) from None
        except JudgeError:
            state.breaker.succeeded()
            raise

    def _read(self, state: _State, call: _Call, started: float, answer: Answer, key: str) -> JudgeReply:
        state.breaker.succeeded()
        state.pace.answered()
        call.gate.answered()
        state.answered(call.request.model)
        try:
            data = orjson.loads(answer.body)
        except ValueError:
            broken("is no JSON")
        if not isinstance(data, dict):
            broken("is no object")
        try:
            reply = self._target.api.reply(data)
        except JudgeError as error:
            error.args = (shown(str(error), self._secrets(key)),)
            raise
        return replace(reply, seconds=time.monotonic() - started, tries=call.tries)

    def _refused(
        self, state: _State, call: _Call, started: float, answer: Answer, sent: dict[str, Any], key: str
    ) -> float:
        complaint = complaint_of(answer.body)
        # A 403 is about a text, or a key; but for the one that some models have for log-probabilities.
        about = answer.status in (400, 422) or (answer.status == 403 and "logprobs" in complaint.message)
        if about and call.parameters.learn(complaint.message, complaint.param, sent):
            state.breaker.succeeded()
            return 0.0
        answers = state.answers(call.request.model)
        state.refusals[call.request.model] += answer.status == 403
        failure = failure_of(answer, complaint, self._secrets(key), self._target.name, answers=answers)
        if answer.status in LIMITED and failure.wait is None and failure.reason is not Reason.TOO_LONG:
            return self._limited(state, call, started, answer)
        if answer.status >= 500 or answer.status == 401:
            state.breaker.failed(started)
        else:
            state.breaker.succeeded()
        raise failure

    def _limited(self, state: _State, call: _Call, started: float, answer: Answer) -> float:
        """The seconds after which a call that met a limit may come again."""
        pause = pause_of(answer.retry_after)
        call.gate.refused(started)
        state.pace.limited(started, pause or 0.0, per_second(answer.limit))
        if answer.status == 429 or pause is not None:
            state.breaker.succeeded()
        else:
            state.breaker.failed(started)
        if pause is None:
            pause = call.backoff * random.uniform(0.5, 1.5)
            call.backoff = min(call.backoff * 2, _MOST_BACKOFF)
        if pause >= call.left * (1 - _QUEUE_SHARE / 2):
            raise limited(self._target.name, max(pause, 1.0))
        return pause

    def _secrets(self, key: str) -> list[str]:
        return [key, *self._target.headers().values()]
