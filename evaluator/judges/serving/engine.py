"""llama.cpp in this process, so that the same question always has the same answer at temperature 0.

Keeping the beginning of a prompt in the cache saves most of the work, as all samples of a rubric share it. But logits
depend a little on how a prompt was cut into batches, and that on how much of it happened to be in the cache: of
Qwen2.5-Coder-1.5B a log-probability moved by 0.05. So before every call the cache is brought to the same state: the
messages before the last one, evaluated alone, and nothing more.
"""

from __future__ import annotations

import json
import secrets
import threading
from collections.abc import Callable, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from evaluator.core.errors import FaithlineError, ModelUnavailable

Complete = Callable[[dict[str, Any]], dict[str, Any]]
"""Answers a chat completion as llama.cpp does. Raises ValueError for a request that it does not take."""
NOT_INSTALLED = "the judge on this machine needs llama.cpp: pip install 'faithline[local-judge]'"
_LIBRARY = "xllamacpp"


class Engine:
    """One model, one call at a time. Thread-safe."""

    def __init__(self, complete: Complete) -> None:
        self._complete = complete
        self._lock = threading.Lock()
        self._kept: tuple[str, int] | None = None
        """What the cache holds of the prompt, and how many tokens that is."""

    @property
    def busy(self) -> bool:
        """Whether a call is being answered; it can not be broken off."""
        return self._lock.locked()

    def answer(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """The reply to a chat completion, or an object with an `error`. Raises ValueError, as `Complete`."""
        with self._lock:
            *before, last = request["messages"]
            tokens = self._prepare(before, last["role"])
            found = self._complete({**request, "cache_prompt": True})
            if _cached(found) != tokens:  # the message grew together with what is kept, which is no longer as it was
                self._kept = None
            return found

    def _prepare(self, before: Sequence[Mapping[str, str]], role: str) -> int:
        """Bring the cache to where it is before every call that begins so; the tokens that it keeps."""
        begin = json.dumps([before, role])
        kept, self._kept = self._kept, None
        if kept is not None and kept[0] == begin and self._evaluate(before, role, "") >= kept[1]:
            self._kept = kept
            return kept[1]
        self._evaluate(before, role, "", anew=True)
        tokens = self._evaluate(before, role, "x")  # all that two different messages share
        self._evaluate(before, role, "")
        self._kept = begin, tokens
        return tokens

    def _evaluate(self, before: Sequence[Mapping[str, str]], role: str, text: str, *, anew: bool = False) -> int:
        """Evaluate a prompt; how many of its tokens the cache had."""
        messages = [*before, {"role": role, "content": text}]
        return _cached(
            self._complete({"messages": messages, "max_tokens": 1, "temperature": 0.0, "cache_prompt": not anew})
        )


def _cached(reply: Mapping[str, Any]) -> int:
    usage = reply.get("usage") or {}
    return int((usage.get("prompt_tokens_details") or {}).get("cached_tokens", 0))


def is_installed() -> bool:
    """Whether the extra ``local-judge`` is."""
    return find_spec(_LIBRARY) is not None


def load(path: Path, *, threads: int, window: int) -> Engine:
    """The engine of a GGUF file, reading `window` tokens at most on `threads` threads.

    Raises:
        FaithlineError: llama.cpp is not installed. ModelUnavailable: it can not read the file.
    """
    if not is_installed():
        raise FaithlineError(NOT_INSTALLED)
    import xllamacpp  # an extra, and a hundred megabytes

    params = xllamacpp.CommonParams()
    params.model.path = str(path)
    params.n_ctx, params.n_parallel = window, 1
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = threads
    # What else it keeps of prompts would change where a prompt is cut.
    params.cache_ram_mib = params.n_ctx_checkpoints = 0
    params.fit_params = params.ctx_shift = params.warmup = False
    params.verbosity = 0
    # It opens a door of its own on a port of loopback. Nobody needs it, so nobody has its key.
    params.api_keys, params.cors_origins = [secrets.token_hex(32)], ""
    params.ui = params.endpoint_slots = False
    try:
        server = xllamacpp.Server(params)
    except Exception as error:
        raise ModelUnavailable(f"{path} can not be loaded by llama.cpp ({type(error).__name__})") from error
    return Engine(server.handle_chat_completions)


def grammar_of(schema: Mapping[str, Any]) -> str:
    """What llama.cpp makes of a JSON schema. Raises ValueError where it can not."""
    import xllamacpp

    try:
        grammar: str = xllamacpp.json_schema_to_grammar(json.dumps(schema))
    except Exception as error:
        raise ValueError(f"the schema can not be followed ({type(error).__name__})") from error
    return grammar
