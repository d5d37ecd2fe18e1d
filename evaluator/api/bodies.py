"""Reads request bodies within limits: of one body, of all that are held, and of time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import Request
from starlette.requests import ClientDisconnect

from evaluator.core.errors import InvalidInput
from evaluator.ingest.errors import TooLarge, TooSlow
from evaluator.pipeline.stages.ingest import Room

GRACE_SECONDS = 10.0
"""How long a body may take whatever its size (s)."""
SLOWEST = 256 * 1024
"""Bytes a second that a body must come at beyond that: whoever sends less holds room that others need."""


@asynccontextmanager
async def body_of(request: Request, limit: int, room: Room) -> AsyncIterator[bytes]:
    """The raw body of at most `limit` bytes, which take up `room` until the block ends.

    It is read as it comes, so that a larger one is never held.

    Raises:
        TooLarge: the body, or what its header says of it, is larger.
        TooSlow: it does not come at `SLOWEST`.
        InvalidInput: it ends before its end.
        Unavailable: too much is held already.
    """
    declared = request.headers.get("content-length", "")
    if declared.isdigit() and int(declared) > limit:
        raise TooLarge(f"the body has {declared} bytes, the limit is {limit}. Send smaller batches")
    chunks: list[bytes] = []
    size = 0
    with room.hold() as count:
        start = asyncio.get_running_loop().time()
        try:
            async with asyncio.timeout(GRACE_SECONDS) as patience:
                async for chunk in request.stream():
                    size += len(chunk)
                    if size > limit:
                        raise TooLarge(f"the body has more than {limit} bytes. Send smaller batches")
                    count(len(chunk))
                    chunks.append(chunk)
                    patience.reschedule(start + GRACE_SECONDS + size / SLOWEST)
        except TimeoutError:
            raise TooSlow(f"only {size} bytes of the body came in time. Send smaller batches") from None
        except ClientDisconnect:
            raise InvalidInput("body", f"ended early, after {size} bytes", "Send the whole body") from None
        yield b"".join(chunks)
