"""Has this process watched from outside (see `sentinel`), so that a batch that can not be stopped ends with it."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import structlog

from evaluator.local import lost, sentinel

log = structlog.get_logger()


class ProcessGuard:
    """Limits of this process (`core.ports.Guard`), held by a small process that begins with the first batch."""

    def __init__(self, memory_mb: int) -> None:
        self._memory_mb = memory_mb
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._warned = False

    @contextmanager
    def watch(self, owner: str, seconds: float) -> Iterator[None]:
        self._tell(f"+ {owner} {seconds}")
        try:
            yield
        finally:
            self._tell(f"- {owner}")

    def close(self) -> None:
        """Watch no more."""
        with self._lock:
            if self._process is not None:
                assert self._process.stdin is not None
                self._process.stdin.close()
                self._process.wait(timeout=30)
                self._process = None

    def _tell(self, line: str) -> None:
        with self._lock:
            try:
                if self._process is None or self._process.poll() is not None:
                    self._process = self._start()
                if self._process is not None:
                    assert self._process.stdin is not None
                    os.write(self._process.stdin.fileno(), line.encode() + b"\n")
            except OSError as error:  # the work goes on, without limits
                log.error("limits_not_held", error=type(error).__name__)

    def _start(self) -> subprocess.Popen[bytes] | None:
        if os.getpid() == 1:
            if not self._warned:
                log.warning("limits_not_held", problem="nothing in a container ends its first process: use an init")
            self._warned = True
            return None
        record = [sys.executable, "-m", lost.__name__]
        command = [sys.executable, "-I", "-S", sentinel.__file__, str(os.getpid()), str(self._memory_mb), *record]
        return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, start_new_session=True)
