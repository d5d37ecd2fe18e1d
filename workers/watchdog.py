"""Keeps a worker going when hints do not come, and ends it when it has gone deaf.

Hints may be lost: Redis was down, came back empty, or the consumer lost its connection without noticing. So every
stage that a process serves is run without being asked once it has been idle for twice the interval of the schedule.
A worker whose queue holds hints that it does not take has gone deaf; it exits for its supervisor to start it anew.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable

import structlog

from evaluator.pipeline.schedule import entry_of
from evaluator.pipeline.stages.run import Stages

log = structlog.get_logger()

LOOK_SECONDS = 0.5
DEAF_SECONDS = 60.0
DEAF_EXIT = os.EX_TEMPFAIL

Waiting = Callable[[str], int]
"""How many hints wait in a queue; 0 where the broker does not answer."""


class Watchdog:
    """Looks after one stage of a process from a thread of its own.

    Where a stage has several slots there are as many of these: without hints the slots fill one by one.
    """

    def __init__(
        self,
        stages: Stages,
        stage: str,
        waiting: Waiting,
        leave: Callable[[int], None],
        deaf_seconds: float = DEAF_SECONDS,
    ) -> None:
        self._stages, self._entry = stages, entry_of(stage)
        self._waiting, self._leave, self._deaf_seconds = waiting, leave, deaf_seconds
        self._stopped = threading.Event()
        self._heard = time.monotonic()
        self._thread = threading.Thread(target=self._run, name=f"watchdog-{stage}", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self, timeout: float = 50.0) -> None:
        """End once the batch at hand is done, or after `timeout` (s) without it."""
        self._stopped.set()
        self._thread.join(timeout)

    def heard(self) -> None:
        """A hint was received."""
        self._heard = time.monotonic()

    def _run(self) -> None:
        while not self._stopped.wait(LOOK_SECONDS):
            if self._stages.idle_for(self._entry.stage) < 2 * self._entry.every:
                continue
            self._stages.run(self._entry.stage)
            if self._deaf() and not self._stopped.is_set():
                log.error("worker_deaf", queue=self._entry.queue, seconds=round(time.monotonic() - self._heard))
                self._leave(DEAF_EXIT)
                return

    def _deaf(self) -> bool:
        """Whether hints have been waiting for this idle process for too long. A queue without any starts anew."""
        if not self._waiting(self._entry.queue):
            self.heard()
        return time.monotonic() - self._heard > self._deaf_seconds
