"""Errors as gRPC tells them: a code, a sentence, and for those that pass, when to come back."""

from __future__ import annotations

import math

import grpc
from google.protobuf.any_pb2 import Any as AnyMessage  # type: ignore[import-untyped]
from google.protobuf.duration_pb2 import Duration  # type: ignore[import-untyped]
from google.rpc.error_details_pb2 import RetryInfo
from google.rpc.status_pb2 import Status

from evaluator.core.errors import (
    DatabaseAway,
    FaithlineError,
    Forbidden,
    TooManyRequests,
    Unauthenticated,
    Unavailable,
)
from evaluator.ingest.errors import TooSlow

CODES: tuple[tuple[type[FaithlineError], grpc.StatusCode], ...] = (
    (Unauthenticated, grpc.StatusCode.UNAUTHENTICATED),
    (Forbidden, grpc.StatusCode.PERMISSION_DENIED),
    (TooSlow, grpc.StatusCode.DEADLINE_EXCEEDED),
    (TooManyRequests, grpc.StatusCode.RESOURCE_EXHAUSTED),
    (DatabaseAway, grpc.StatusCode.UNAVAILABLE),
    (Unavailable, grpc.StatusCode.RESOURCE_EXHAUSTED),
)
"""The others are INVALID_ARGUMENT: sending the same again is no help."""

MOST_SAID = 1000
"""Characters of a message: it travels in a header, and clients take headers of 8 KB."""

Trailer = tuple[tuple[str, bytes], ...]
"""Metadata that goes with a status."""


def code_of(error: FaithlineError) -> grpc.StatusCode:
    """The gRPC code of an error of ours."""
    return next((code for kind, code in CODES if isinstance(error, kind)), grpc.StatusCode.INVALID_ARGUMENT)


def message_of(error: FaithlineError) -> str:
    """What an error says, short enough for a header."""
    return str(error)[:MOST_SAID]


def trailer_of(error: FaithlineError) -> Trailer:
    """What goes with an error: a google.rpc.Status, and where it passes, a RetryInfo in it and beside it.

    The specification has it in the status; exporters written in Python look for it under its own name.
    """
    status = Status(code=code_of(error).value[0], message=message_of(error))
    if not isinstance(error, TooManyRequests | Unavailable):
        return (("grpc-status-details-bin", status.SerializeToString()),)
    retry = RetryInfo(retry_delay=Duration(seconds=max(1, math.ceil(error.retry_after))))
    detail = AnyMessage()
    detail.Pack(retry)
    status.details.append(detail)
    return (
        ("grpc-status-details-bin", status.SerializeToString()),
        ("google.rpc.retryinfo-bin", retry.SerializeToString()),
    )
