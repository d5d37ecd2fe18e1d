"""Real servers as processes on this machine, for benchmarks and tests."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until(done: Callable[[], object], seconds: float, problem: str) -> None:
    """Return once `done` is true. Raises AssertionError with `problem` after so many seconds."""
    until = time.monotonic() + seconds
    while not done():
        if time.monotonic() > until:
            raise AssertionError(f"{problem} after {seconds} s")
        time.sleep(0.1)
