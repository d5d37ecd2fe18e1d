"""Sends OTLP requests over gRPC, as `bench.ingest.sender` does over HTTP: bytes as they are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import grpc
from google.rpc.error_details_pb2 import RetryInfo

from bench.ingest.sender import DEFAULT_RETRY

METHOD = "/opentelemetry.proto.collector.trace.v1.TraceService/Export"
_LATER = (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.RESOURCE_EXHAUSTED)


class RpcConnection:
    """One HTTP/2 connection. Answers are told by the status that HTTP has for them."""

    def __init__(self, address: str, headers: Mapping[str, str], timeout: float = 120.0) -> None:
        # Channels to one address would share a connection.
        self._channel = grpc.insecure_channel(address, [("grpc.use_local_subchannel_pool", 1)])
        self._export = self._channel.unary_unary(METHOD)
        self._metadata = tuple((name.lower(), value) for name, value in headers.items() if name == "Authorization")
        self._timeout = timeout

    def post(self, body: bytes) -> tuple[int, float]:
        """(status, seconds to wait before trying again)."""
        try:
            self._export(body, metadata=self._metadata, timeout=self._timeout)
        except grpc.RpcError as error:
            return (503 if error.code() in _LATER else 400), _wait(error)
        return 200, DEFAULT_RETRY

    def close(self) -> None:
        self._channel.close()


def _wait(error: Any) -> float:
    told = dict(error.trailing_metadata() or ()).get("google.rpc.retryinfo-bin")
    return float(RetryInfo.FromString(told).retry_delay.seconds) if told else DEFAULT_RETRY
