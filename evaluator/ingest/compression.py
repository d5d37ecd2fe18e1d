"""Decompression that a hostile body cannot blow up."""

from __future__ import annotations

import zlib

from evaluator.core.errors import InvalidInput
from evaluator.ingest.errors import TooLarge, UnsupportedMedia

MAX_MEMBERS = 16
"""Most gzip members in one body: each one costs a copy of what is left."""

_WINDOW = {"gzip": 31, "x-gzip": 31, "deflate": 15}


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
    out = bytearray()
    for _ in range(MAX_MEMBERS):
        stream = zlib.decompressobj(window)
        try:
            out += stream.decompress(body, max_bytes - len(out) + 1)
        except zlib.error as error:
            raise InvalidInput(
                "body", f"cannot be decompressed ({error})", "Send the whole compressed body"
            ) from None
        if len(out) > max_bytes:
            raise TooLarge(f"the body is longer than {max_bytes} bytes when decompressed. Send smaller batches")
        if not stream.eof:
            raise InvalidInput("body", "ends in the middle of the compressed data", "Send the whole body")
        body = stream.unused_data
        if not body:
            return bytes(out)
    raise InvalidInput("body", f"has more than {MAX_MEMBERS} gzip members", "Compress it in one go")
