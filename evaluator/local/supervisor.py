"""Starts the scoring process and starts it again when it dies."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time

import structlog

from evaluator.settings import Settings

log = structlog.get_logger()

FIRST_DELAY, LAST_DELAY = 0.5, 30.0
STABLE_SECONDS = 60.0
"""A process that lived so long starts the delays anew (s)."""


class Supervisor:
    """Keeps one scoring process alive until stopped."""

    def __init__(self, settings: Settings) -> None:
        self._environment = dict(os.environ) | environment_of(settings)
        self._stopped = threading.Event()
        self._process: subprocess.Popen[bytes] | None = None
        self._thread = threading.Thread(target=self._run, name="supervisor", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Let the process finish its batch, at most half a minute, then end it."""
        self._stopped.set()
        if (process := self._process) is not None and process.poll() is None:
            process.terminate()
            try:
                process.wait(timeout=30)
            except subprocess.TimeoutExpired:
                process.kill()
        self._thread.join(timeout=10)

    @property
    def pid(self) -> int | None:
        """The process id of the scoring process, while it lives."""
        process = self._process
        return process.pid if process is not None and process.poll() is None else None

    def _run(self) -> None:
        delay = FIRST_DELAY
        while not self._stopped.is_set():
            started = time.monotonic()
            command = [sys.executable, "-m", "evaluator.local.scoring"]
            self._process = subprocess.Popen(command, stdin=subprocess.PIPE, env=self._environment)
            code = self._process.wait()
            if self._stopped.is_set():
                return
            delay = FIRST_DELAY if time.monotonic() - started > STABLE_SECONDS else min(LAST_DELAY, delay * 2)
            log.warning("scoring_process_died", exit_code=code, restart_in_seconds=delay)
            self._stopped.wait(delay)


def environment_of(settings: Settings) -> dict[str, str]:
    """The environment variables that give a child process the same settings."""
    values = settings.model_dump(mode="json", exclude_none=True)
    return {f"FAITHLINE_{name.upper()}": str(value) for name, value in values.items()}
