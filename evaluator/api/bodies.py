"""Reads request bodies within limits."""

from __future__ import annotations

from fastapi import Request

from evaluator.ingest.errors import TooLarge


async def read_body(request: Request, limit: int) -> bytes:
    """The raw body of at most `limit` bytes, read as it comes so that a larger one is never held.

    Raises:
        TooLarge: the body, or what its header says of it, is larger.
    """
    declared = request.headers.get("content-length", "")
    if declared.isdigit() and int(declared) > limit:
        raise TooLarge(f"the body has {declared} bytes, the limit is {limit}. Send smaller batches")
    chunks: list[bytes] = []
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > limit:
            raise TooLarge(f"the body has more than {limit} bytes. Send smaller batches")
        chunks.append(chunk)
    return b"".join(chunks)
