"""An OTLP request cut into small ones while it is still bytes, so that what is built of it is bounded.

A message takes two bytes on the wire and many times as many once protobuf has built it: a body within its limit can
hold sixteen million of them. So a large body is built in pieces, one at a time, each a request of its own; and of a
span that is larger than a piece the fields are counted first. Time is linear: no byte is looked at more than once at
each of four levels.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from evaluator.core.bounds import SPANS, VALUES
from evaluator.ingest.errors import TooLarge

PIECE = 2**21
"""Bytes of a piece, unless a single item is larger."""

ABOUT = 2**18
"""Bytes of what stands once for many items, and is repeated with every piece."""

Slice = slice | bytes
"""What a piece is joined of: a place in the body, or bytes of its own."""
Field = tuple[int, int, int, int]
"""The number of a field, where it begins, where its content does, and where it ends."""

# The repeated field that holds what is counted: of a request, of ResourceSpans, and of ScopeSpans; the same numbers
# in requests of logs.
_REPEATED = (1, 2, 2)
_FIXED = {1: 8, 5: 4}
_LONGEST_VARINT = 10
_NAMES = {"span": "spans", "record": "log records"}
# The fields of these that are messages, and of those in them; the rest is text and numbers.
_MESSAGES: dict[str, dict[int, str]] = {
    "resource": {1: "pair"},
    "scope": {3: "pair"},
    "span": {9: "pair", 11: "event", 13: "link"},
    "record": {5: "value", 6: "pair"},
    "event": {3: "pair"},
    "link": {4: "pair"},
    "pair": {2: "value"},
    "value": {5: "array", 6: "map"},
    "array": {1: "value"},
    "map": {1: "pair"},
}


class Damaged(ValueError):
    """Bytes that are no protobuf."""


def pieces(body: bytes, kind: str) -> Iterator[bytes]:
    """An export request as several that say the same, the items (spans or log records, by `kind`) in their order.

    Raises:
        Damaged: it can not be read.
        TooLarge: more than `SPANS` of anything, a resource or scope of more than `ABOUT`, or a single item of more
            than `VALUES` fields.
    """
    if len(body) <= PIECE:
        yield body
    else:
        whole = memoryview(body)
        for slices in _cut(body, 0, len(body), 0, kind):
            yield b"".join(whole[part] if isinstance(part, slice) else part for part in slices)


def _cut(body: bytes, start: int, end: int, level: int, kind: str) -> Iterator[list[Slice]]:
    """The message in `body` from `start` to `end` as several, each with what stands beside the repeated field."""
    repeated = _REPEATED[level]
    about: list[Slice] = []
    size = 0
    for count, (number, first, _, last) in enumerate(fields(body, start, end), 1):
        if number != repeated:
            _add(about, first, last)
            size += last - first
        if count > SPANS.most or size > ABOUT:
            raise TooLarge(
                f"the request has more than {SPANS.most} {_NAMES[kind]}, resources or scopes, or one of these takes "
                f"more than {ABOUT} bytes beside its {_NAMES[kind]}. Send smaller batches"
            )
    group: list[Slice] = []
    size = 0
    for number, first, content, last in fields(body, start, end):
        if number != repeated:
            continue
        if group and size + last - first > PIECE:
            yield about + group
            group, size = [], 0
        if last - first <= PIECE:
            _add(group, first, last)
            size += last - first
        elif level + 1 < len(_REPEATED):
            for inner in _cut(body, content, last, level + 1, kind):
                yield [*about, bytes([repeated << 3 | 2]) + varint(_size(inner)), *inner]
        else:
            measure(kind, body, content, last)
            yield [*about, slice(first, last)]
    if group:
        yield about + group


def _add(parts: list[Slice], first: int, last: int) -> None:
    """A further place in the body, as one with the place before it if they touch."""
    before = parts[-1] if parts else None
    if isinstance(before, slice) and before.stop == first:
        parts[-1] = slice(before.start, last)
    else:
        parts.append(slice(first, last))


def _size(parts: Sequence[Slice]) -> int:
    return sum(part.stop - part.start if isinstance(part, slice) else len(part) for part in parts)


def measure(kind: str, body: bytes, start: int, end: int) -> tuple[int, int]:
    """How many fields a span, log record, resource or scope has, with all that is in it, and how many messages lie
    within each other below it.

    Raises:
        Damaged: it can not be read.
        TooLarge: more than `VALUES` fields.
    """
    found = deepest = 0
    waiting = [(kind, start, end, 0)]
    while waiting:
        kind, start, end, depth = waiting.pop()
        inside = _MESSAGES[kind]
        deepest = max(deepest, depth)
        for number, _, content, last in fields(body, start, end):
            found += 1
            if number in inside:
                waiting.append((inside[number], content, last, depth + 1))
            if found > VALUES.most:
                raise TooLarge(f"a {kind} holds more than {VALUES.most} values. Send less with it")
    return found, deepest


def contents(body: bytes, start: int, end: int, number: int) -> Iterator[tuple[int, int]]:
    """Where the messages (or texts) in a field of this number begin and end, of the message from `start` to `end`.

    Raises:
        Damaged: it can not be read.
    """
    for found, first, content, last in fields(body, start, end):
        if found == number and body[first] & 7 == 2:
            yield content, last


def fields(body: bytes, start: int, end: int) -> Iterator[Field]:
    """The fields of the message in `body` from `start` to `end`.

    Raises:
        Damaged: they do not end where it ends.
    """
    place = start
    while place < end:
        first = place
        try:
            tag, place = _varint(body, place)
            kind, content = tag & 7, place
            if kind == 2:
                size, content = _varint(body, place)
                place = content + size
            elif kind == 0:
                _, place = _varint(body, place)
            else:
                place += _FIXED[kind]
        except (IndexError, KeyError):
            raise Damaged("a field that does not end, or of no known type") from None
        if place > end:
            raise Damaged("a field that is longer than its message")
        yield tag >> 3, first, content, place


def _varint(body: bytes, place: int) -> tuple[int, int]:
    """The number at `place`, and where it ends."""
    value = body[place]
    if value < 0x80:
        return value, place + 1
    value &= 0x7F
    for shift in range(7, 7 * _LONGEST_VARINT, 7):
        place += 1
        byte = body[place]
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, place + 1
    raise Damaged("a number of more than ten bytes")


def varint(value: int) -> bytes:
    """A number as protobuf writes it."""
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)
