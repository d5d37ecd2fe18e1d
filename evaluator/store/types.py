"""Column types that are the same on both databases."""

from __future__ import annotations

import zlib
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
from sqlalchemy import JSON, BigInteger, Dialect, LargeBinary
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import TypeDecorator

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
LEVEL = 1
"""Of deflate: on the spans of traces, 6 takes half as long again and saves another 4 %."""
Json = JSON().with_variant(JSONB(), "postgresql")


def to_micros(moment: datetime) -> int:
    """Microseconds since 1970 UTC, exact (a float would round)."""
    delta = moment - EPOCH
    return (delta.days * 86_400 + delta.seconds) * 1_000_000 + delta.microseconds


def unpack(packed: bytes, room: int | None = None) -> bytes | None:
    """What was deflated, or None where it takes more than `room` bytes: no more than that is ever inflated."""
    if room is None:
        return zlib.decompress(packed)
    stream = zlib.decompressobj()
    found = stream.decompress(packed, max(1, room))
    return found if stream.eof else None


class UtcMicros(TypeDecorator[datetime]):
    """An aware datetime as integer microseconds since 1970: exact, ordered and without a zone on any database."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        del dialect
        return None if value is None else to_micros(value)

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:
        del dialect
        return None if value is None else EPOCH + timedelta(microseconds=value)


class PackedJson(TypeDecorator[Any]):
    """JSON that nobody queries by content, deflated."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> bytes | None:
        del dialect
        return None if value is None else zlib.compress(orjson.dumps(value), LEVEL)

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> Any:
        del dialect
        return None if value is None else orjson.loads(zlib.decompress(value))
