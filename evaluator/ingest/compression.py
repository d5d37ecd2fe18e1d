"""Decompression that a hostile body cannot blow up."""

from __future__ import annotations

import zlib

from evaluator.core.bounds import MEMBERS
from evaluator.core.errors import InvalidInput
from evaluator.ingest.errors import TooLarge, UnsupportedMedia

_WINDOW = {"gzip": 31, "x-gzip": 31, "deflate": 15}
_PIECE = 2**13
"""Bytes that are unpacked at a time: at most a thousand times as many come out."""


def decompress(body: bytes, encoding: str | None, max_bytes: int) -> bytes:
    """The body as it was before its content encoding was applied.

    Args:
        body: what came over the wire.
        encoding: the Content-Encoding header: none, ``identity``, ``gzip`` or ``deflate``.
        max_bytes: longest body taken, before and after decompression, in bytes.

    Raises:
        TooLarge: longer than `max_bytes`; never more than that is decompressed.
        UnsupportedMedia: another encoding.
        InvalidInput: truncated or damaged.
    """
    if len(body) > max_bytes:
        raise TooLarge(f"the body has {len(body)} bytes, the limit is {max_bytes}. Send smaller batches")
    name = (encoding or "identity").strip().lower()
    if name in ("identity", ""):
        return body
    if name not in _WINDOW:
        raise UnsupportedMedia(f"content encoding {name[:40]!r} is not supported. Use gzip or none")
    return _inflate(body, _WINDOW[name], max_bytes)


def _inflate(body: bytes, window: int, max_bytes: int) -> bytes:
    pieces: list[bytes] = []
    room = max_bytes
    place = 0
    for _ in range(MEMBERS.size):
        stream = zlib.decompressobj(window)
        while not stream.eof:
            given = body[place : place + _PIECE]
            if not given:
                raise InvalidInput("body", "ends in the middle of the compressed data", "Send the whole body")
            place += len(given)
            try:
                pieces.append(stream.decompress(given, room + 1))
            except zlib.error as error:
                problem = f"cannot be decompressed ({error})"
                raise InvalidInput("body", problem, "Send the whole compressed body") from None
            room -= len(pieces[-1])
            if room < 0:
                raise TooLarge(f"the body is longer than {max_bytes} bytes when decompressed. Send smaller batches")
        place -= len(stream.unused_data)
        if place == len(body):
            return b"".join(pieces)
    raise InvalidInput("body", f"has more than {MEMBERS.size} gzip members", "Compress it in one go")
