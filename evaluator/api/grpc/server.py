"""Listens for OTLP over gRPC, beside HTTP and on the same event loop."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import grpc
import structlog
from grpc import aio

from evaluator.api.grpc.door import GrpcDoor
from evaluator.api.grpc.exports import Call, Exports
from evaluator.api.limits import MAX_HEAD
from evaluator.api.metrics import ApiMetrics
from evaluator.api.state import AppState
from evaluator.ingest.otlp.signals import LOGS, TRACES, Signal

log = structlog.get_logger()

STOP_SECONDS = 10.0
"""How long requests that were let in are waited for at the end (s)."""
MAX_CONCURRENT = 4096
"""Requests at a time before gRPC itself turns them away, without a word on when to come back."""
MAX_STREAMS = 256
"""Requests at a time on one connection; the client holds back more."""
IDLE_MS = 300_000
KEEPALIVE_MS, KEEPALIVE_TIMEOUT_MS, PINGS_MS = 60_000, 20_000, 10_000
NO_PACKING, GZIP = 1 << 0, 1 << 2
"""gRPC's numbers of the compressions that are spoken."""

COLLECTOR = "/opentelemetry.proto.collector."
METHODS = {
    f"{COLLECTOR}trace.v1.TraceService/Export": TRACES,
    f"{COLLECTOR}logs.v1.LogsService/Export": LOGS,
}
METRICS = f"{COLLECTOR}metrics.v1.MetricsService/Export"
NO_METRICS = "metrics are not taken here: switch their exporter off, or send them elsewhere"


class Services(grpc.GenericRpcHandler):  # type: ignore[misc]
    """The services by their methods. Requests are handled as bytes, and as streams of one message: so they are read
    when the handler says so."""

    def __init__(self, exports: Exports) -> None:
        self._exports = exports

    def service(self, call: grpc.HandlerCallDetails) -> Any:
        """What handles a call; None where there is no such method."""
        if call.method == METRICS:
            return grpc.stream_unary_rpc_method_handler(_no_metrics)
        signal = METHODS.get(call.method)
        if signal is None:
            return None
        return grpc.stream_unary_rpc_method_handler(partial(_handle, self._exports, signal, call.method))


async def _handle(exports: Exports, signal: Signal, method: str, _messages: Any, call: Call) -> bytes:
    return await exports.answer(signal, method, call)


async def _no_metrics(_messages: Any, call: Call) -> None:
    await call.abort(grpc.StatusCode.UNIMPLEMENTED, NO_METRICS)


@asynccontextmanager
async def listening(door: GrpcDoor, state: AppState, metrics: ApiMetrics) -> AsyncIterator[None]:
    """Take requests at `door` until the block ends, and then finish those that were let in.

    Where that is not possible `door` says why, and everything else goes on: HTTP takes the same.
    """
    server = aio.server(
        options=_options(state.services.settings.max_body_bytes), maximum_concurrent_rpcs=MAX_CONCURRENT
    )
    server.add_generic_rpc_handlers([Services(Exports(state, metrics))])
    try:
        if not server.add_insecure_port(door.address):
            raise RuntimeError("not bound")
        await server.start()
    except RuntimeError:
        door.problem = f"cannot listen on {door.address}. Is another collector there? Set FAITHLINE_GRPC_PORT"
        log.warning("grpc_not_listening", address=door.address)
    else:
        door.listening = True
    try:
        yield
    finally:
        door.listening = False
        await server.stop(STOP_SECONDS)


def _options(limit: int) -> list[tuple[str, int]]:
    return [
        ("grpc.so_reuseport", 0),  # or two services would share a port without a word
        ("grpc.max_receive_message_length", limit),
        ("grpc.per_message_decompression", 0),  # it is done where it is bounded
        ("grpc.compression_enabled_algorithms_bitset", NO_PACKING | GZIP),
        ("grpc.max_concurrent_streams", MAX_STREAMS),
        ("grpc.max_metadata_size", MAX_HEAD),
        ("grpc.absolute_max_metadata_size", MAX_HEAD),
        ("grpc.http2.bdp_probe", 0),  # so that no more of a message comes unasked than a small one takes
        ("grpc.max_connection_idle_ms", IDLE_MS),
        ("grpc.keepalive_time_ms", KEEPALIVE_MS),
        ("grpc.keepalive_timeout_ms", KEEPALIVE_TIMEOUT_MS),
        ("grpc.keepalive_permit_without_calls", 1),
        ("grpc.http2.min_ping_interval_without_data_ms", PINGS_MS),
    ]
