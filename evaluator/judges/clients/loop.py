"""The loop that all calls of a process run on: one daemon thread, started when it is first needed."""

from __future__ import annotations

import asyncio
import atexit
import os
import sys
import threading
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

T = TypeVar("T")
_CLOSING_SECONDS = 2.0


class LoopThread:
    """A loop on a thread of its own. A process that was forked from one with a loop starts another."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: tuple[int, asyncio.AbstractEventLoop] | None = None
        self._closing: list[Callable[[], Awaitable[None]]] = []

    def get(self) -> asyncio.AbstractEventLoop:
        """The loop of this process. Thread-safe."""
        running = self._running
        if running is not None and running[0] == os.getpid():
            return running[1]
        with self._lock:
            if self._running is None or self._running[0] != os.getpid():
                self._closing.clear()  # those of the parent are the parent's
                loop = _new_loop()
                threading.Thread(target=loop.run_forever, name="judge-calls", daemon=True).start()
                self._running = os.getpid(), loop
            return self._running[1]

    def at_end(self, close: Callable[[], Awaitable[None]]) -> None:
        """Await `close` on the loop when the process ends."""
        self._closing.append(close)

    def run(self, calls: Sequence[Awaitable[T]]) -> list[T | BaseException]:
        """Run `calls` together; what each gave or raised, in their order. A loop of the calling thread stands still
        meanwhile."""
        future = asyncio.run_coroutine_threadsafe(_together(calls), self.get())
        try:
            return future.result()
        except BaseException:
            future.cancel()
            raise

    def close(self) -> None:
        """Close what was opened on the loop, so that nothing complains at the end of the process."""
        if self._running is None or self._running[0] != os.getpid():
            return
        future = asyncio.run_coroutine_threadsafe(_together([close() for close in self._closing]), self._running[1])
        try:
            future.result(_CLOSING_SECONDS)
        except TimeoutError:
            future.cancel()


def _new_loop() -> asyncio.AbstractEventLoop:
    if sys.platform == "win32":
        return asyncio.new_event_loop()
    import uvloop

    return uvloop.new_event_loop()


async def _together(calls: Sequence[Awaitable[T]]) -> list[T | BaseException]:
    return await asyncio.gather(*calls, return_exceptions=True)


THREAD = LoopThread()
"""That of this process: connections, limits and pauses are shared by all of its threads."""
atexit.register(THREAD.close)
