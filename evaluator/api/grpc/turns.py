"""Turns at reading messages: gRPC hands a message over whole, so what is bounded is how many come at a time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from weakref import WeakValueDictionary

from evaluator.core.errors import Unavailable


class ReadingTurns:
    """At most `size` at a time, of each who sends their share; others wait, in their order, for `patience` (s)."""

    def __init__(self, size: int, patience: float) -> None:
        self._size, self._patience = size, patience
        self._all = asyncio.Semaphore(size)
        self._of: WeakValueDictionary[str, asyncio.Semaphore] = WeakValueDictionary()

    @asynccontextmanager
    async def turn(self, shares: Mapping[str, tuple[str, int]]) -> AsyncIterator[None]:
        """A turn until the block ends; `shares` name who sends and which part of the turns, 1/n, is theirs.

        Raises:
            Unavailable: others did not end in time.
        """
        mine = [self._share(f"{kind} {name}", part) for kind, (name, part) in shares.items()]
        async with AsyncExitStack() as taken:
            try:
                async with asyncio.timeout(self._patience):
                    for semaphore in (*mine, self._all):
                        await taken.enter_async_context(semaphore)
            except TimeoutError:
                problem = f"other messages have been coming in for {self._patience:g} s"
                raise Unavailable(problem, retry_after=1) from None
            yield

    def _share(self, owner: str, part: int) -> asyncio.Semaphore:
        found = self._of.get(owner)
        if found is None:
            found = self._of[owner] = asyncio.Semaphore(max(1, self._size // part))
        return found
