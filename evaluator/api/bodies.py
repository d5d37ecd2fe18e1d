"""Reads request bodies within limits: of one body, of all that are held, and of time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import Request
from starlette.requests import ClientDisconnect

from evaluator.core.access import LOCAL, Principal, network_of
from evaluator.core.bounds import GRACE, PACE
from evaluator.core.errors import InvalidInput
from evaluator.ingest.errors import TooLarge, TooSlow
from evaluator.pipeline.stages.ingest import Room

GRACE_SECONDS = GRACE.most
"""How long a body may take whatever its size (s)."""
SLOWEST = 256 * 1024 / PACE.most
"""Bytes a second that a body must come at beyond that: whoever sends less holds room that others need."""
AT_ONCE_SECONDS = 0.5
"""By how much the end of a body's time may lag behind what came of it (s)."""
OF_KEY, OF_PROJECT, OF_ADDRESS = 4, 2, 2
"""Which part of the room, 1/n, is that of one key, of one project, and where there are no keys of one address."""


def shares_of(caller: Principal, host: str | None) -> dict[str, tuple[str, int]]:
    """Whose body it is that `caller` sends from the address `host` (see `Room.hold`)."""
    if caller.actor == LOCAL:
        return {"address": (network_of(host), OF_ADDRESS)}
    return {"key": (f"{caller.project} {caller.actor}", OF_KEY), "project": (caller.project, OF_PROJECT)}


@asynccontextmanager
async def body_of(request: Request, limit: int, room: Room) -> AsyncIterator[bytes]:
    """The raw body of at most `limit` bytes, which take up `room` until the block ends.

    It is read as it comes, so that a larger one is never held.

    Raises:
        TooLarge: the body, or what its header says of it, is larger.
        TooSlow: it does not come at `SLOWEST`, or not at all for `GRACE_SECONDS`.
        InvalidInput: it ends before its end.
        Unavailable: too much is held already.
    """
    declared = request.headers.get("content-length", "")
    if declared.isdigit() and int(declared) > limit:
        raise TooLarge(f"the body has {declared} bytes, the limit is {limit}. Send smaller batches")
    data = bytearray()  # a list of chunks would take forty bytes for a chunk of one
    now = asyncio.get_running_loop().time
    with room.hold(**shares_of(request.state.caller, request.client and request.client.host)) as held:
        start = now()
        try:
            async with asyncio.timeout(GRACE_SECONDS) as patience:
                async for chunk in request.stream():
                    if len(data) + len(chunk) > limit:
                        raise TooLarge(f"the body has more than {limit} bytes. Send smaller batches")
                    held.more(len(chunk))
                    data += chunk
                    end = GRACE_SECONDS + min(now(), start + len(data) / SLOWEST)
                    if end > (patience.when() or 0) + AT_ONCE_SECONDS:  # a timer costs as much as a small body
                        patience.reschedule(end)
        except TimeoutError:
            raise TooSlow(f"only {len(data)} bytes of the body came in time. Send smaller batches") from None
        except ClientDisconnect:
            raise InvalidInput("body", f"ended early, after {len(data)} bytes", "Send the whole body") from None
        yield bytes(data)
