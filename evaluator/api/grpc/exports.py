"""Export requests over gRPC, let in, read and stored as those over HTTP are.

A handler is called when the head of a request has come, and asks for the message itself: so whoever has no key, or
comes when there is too much already, is told so before the message is taken in. It is taken as it was sent: what is
packed is unpacked where it is decoded, one request after the other and within its bound.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from typing import Any, NoReturn, Protocol
from urllib.parse import unquote

import grpc
import structlog

from evaluator.api.bodies import GRACE_SECONDS, shares_of
from evaluator.api.exports import store_export
from evaluator.api.grpc.answers import Trailer, code_of, message_of, trailer_of
from evaluator.api.grpc.turns import ReadingTurns
from evaluator.api.metrics import ApiMetrics
from evaluator.api.state import AppState, identify_by, secrets_of
from evaluator.core.access import Principal, Scope, check_scope
from evaluator.core.bounds import CALLS, MESSAGE
from evaluator.core.errors import FaithlineError, InvalidInput
from evaluator.ingest.errors import TooSlow
from evaluator.ingest.otlp.requests import MIME, encode_response
from evaluator.ingest.otlp.signals import Signal
from evaluator.pipeline.stages.ingest import MAX_HELD, Room

log = structlog.get_logger()

MAX_CALLS = CALLS.size
"""Requests that may be worked on at a time; of each who sends their share, as of the room for bodies."""
MESSAGE_SECONDS = MESSAGE.most
"""How long a message may take (s)."""
_GZIP = b"\x1f\x8b"
"""How what is packed begins, and no protobuf does: it would be a field of no known type."""
UNEXPECTED = "something went wrong here; the log of the service says what"


class Call(Protocol):
    """What of gRPC's context of a call is used here (`grpc.aio.ServicerContext`)."""

    def peer(self) -> str: ...

    def invocation_metadata(self) -> Sequence[tuple[str, str | bytes]] | None: ...

    async def read(self) -> Any:
        """The next message, or something else where there is none."""

    async def abort(self, code: grpc.StatusCode, details: str, trailing_metadata: Trailer = ()) -> NoReturn: ...


class Exports:
    """What the two export services share."""

    def __init__(self, state: AppState, metrics: ApiMetrics) -> None:
        self._state, self._metrics = state, metrics
        self._limit = state.services.settings.max_body_bytes
        self._calls = Room(MAX_CALLS, "requests")
        # As much as bodies over HTTP, and as much again: they are not counted before they are whole.
        self._turns = ReadingTurns(max(4, 2 * MAX_HELD // self._limit), GRACE_SECONDS)

    async def answer(self, signal: Signal, method: str, call: Call) -> bytes:
        """The response to an export request, or an abort of its call."""
        started = time.perf_counter()
        code = grpc.StatusCode.CANCELLED
        try:
            answer = await self._export(signal, call)
            code = grpc.StatusCode.OK
            return answer
        except FaithlineError as error:
            code = code_of(error)
            refusal = code, message_of(error), trailer_of(error)
        except Exception as error:  # a mistake of ours; what it says may quote the request
            log.error("request_failed", method="gRPC", error=type(error).__name__, exc_info=error)
            code = grpc.StatusCode.INTERNAL
            refusal = code, UNEXPECTED, Trailer()
        finally:
            self._metrics.count_request("gRPC", method, code.name, time.perf_counter() - started)
        return await call.abort(*refusal)

    async def _export(self, signal: Signal, call: Call) -> bytes:
        host = host_of(call.peer())
        caller = await self._caller(call, host)
        check_scope(caller, Scope.INGEST)
        shares = shares_of(caller, host)
        with self._calls.hold(**shares) as place, self._state.intake.room.hold(**shares) as held:
            place.more(1)
            async with self._turns.turn(shares):
                message = await self._read(call)
            held.more(len(message))
            decoded = await store_export(
                self._state,
                self._metrics,
                message,
                project=caller.project,
                signal=signal,
                content_type=MIME["protobuf"],
                content_encoding="gzip" if message.startswith(_GZIP) else None,
            )
        return encode_response(decoded)

    async def _caller(self, call: Call, host: str | None) -> Principal:
        metadata = call.invocation_metadata() or ()
        secrets = secrets_of(_values(metadata, "authorization"), _values(metadata, "x-api-key"))
        return await identify_by(self._state, secrets, host)

    async def _read(self, call: Call) -> bytes:
        try:
            async with asyncio.timeout(MESSAGE_SECONDS):
                message = await call.read()
        except TimeoutError:
            raise TooSlow(f"the message did not come within {MESSAGE_SECONDS:g} s. Send smaller batches") from None
        if not isinstance(message, bytes):  # gRPC has refused what is longer than the limit
            problem = f"is missing, broke off, or has more than {self._limit} bytes"
            raise InvalidInput("body", problem, "Send the whole message, or smaller ones")
        return message


def host_of(peer: str) -> str | None:
    """The address of a peer as gRPC names it: ``ipv4:127.0.0.1:5000``, ``ipv6:%5B::1%5D:5000``."""
    kind, _, rest = unquote(peer).partition(":")
    return rest.rpartition(":")[0].strip("[]") if kind in ("ipv4", "ipv6") else None


def _values(metadata: Sequence[tuple[str, str | bytes]], name: str) -> list[str]:
    return [value for key, value in metadata if key == name and isinstance(value, str)]
