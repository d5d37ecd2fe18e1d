"""OTLP bodies put together byte by byte, as no library would."""

from __future__ import annotations

from evaluator.ingest.otlp.wire import varint

START = 1_790_000_000_000_000_000


def field(number: int, content: bytes) -> bytes:
    """A field of bytes, text or a message."""
    return varint(number << 3 | 2) + varint(len(content)) + content


_TIMES = b"\x39" + START.to_bytes(8, "little") + b"\x41" + START.to_bytes(8, "little")
SPAN = field(1, b"a" * 16) + field(2, b"12345678") + _TIMES
"""A span that is in order and says nothing."""


def one(inside: bytes) -> bytes:
    """A request with one span, with `inside` added to it."""
    return field(1, field(2, field(2, SPAN + inside)))
