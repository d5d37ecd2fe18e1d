"""The judge on this machine, as tests meet it: the real one where it has been fetched, and one that counts tokens."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from evaluator.judges.serving.catalog import SMOLLM, file_of
from evaluator.judges.serving.engine import is_installed
from evaluator.settings import Settings


def small_model() -> Path:
    """The file of the small model; skips where it, or llama.cpp, is not here."""
    path = file_of(SMOLLM, Settings().models_path / "judges")
    if not is_installed() or not path.is_file():
        pytest.skip(
            "no llama.cpp or no small model: pip install 'faithline[local-judge]', then faithline judge local "
            "--model smollm2-135m-instruct"
        )
    return path


class CountingModel:
    """Keeps one prompt in its cache as llama.cpp does, a letter a token, and remembers how each letter of it was
    evaluated: what it answers tells whether two calls found the same."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []
        self._cache: list[tuple[str, int]] = []
        """Letters, each with the place at which the batch began that evaluated it."""

    def __call__(self, request: dict[str, Any]) -> dict[str, Any]:
        self.asked.append(request)
        prompt = "".join(f"<{one['role']}>{one['content']}" for one in request["messages"]) + "<end>"
        common = 0
        if request["cache_prompt"]:
            for (letter, _), wanted in zip(self._cache, prompt, strict=False):
                if letter != wanted:
                    break
                common += 1
            common = min(common, len(prompt) - 1)
        self._cache = [*self._cache[:common], *((letter, common) for letter in prompt[common:])]
        usage = {"prompt_tokens": len(prompt), "prompt_tokens_details": {"cached_tokens": common}}
        return {"choices": [{"message": {"content": str([place for _, place in self._cache])}}], "usage": usage}


@contextmanager
def serving(app: web.Application) -> Iterator[str]:
    """The address of `app`, served on a thread of this process at a port that the system picks."""
    loop, ready, address = asyncio.new_event_loop(), threading.Event(), list[str]()

    async def start() -> web.AppRunner:
        runner = web.AppRunner(app, handler_cancellation=True)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        address.append(f"http://127.0.0.1:{runner.addresses[0][1]}")
        ready.set()
        return runner

    def work() -> None:
        runner = loop.run_until_complete(start())
        loop.run_forever()
        loop.run_until_complete(runner.cleanup())
        loop.close()

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    try:
        assert ready.wait(10), "nothing listens"
        yield address[0]
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
