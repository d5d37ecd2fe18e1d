"""The thread that settles, selects, aggregates and maintains inside the API process, by the schedule."""

from __future__ import annotations

import threading
import time

from evaluator.pipeline.schedule import JUDGE, SCHEDULE, SCORE
from evaluator.pipeline.stages.run import Stages

SERVED = tuple(entry for entry in SCHEDULE if entry.stage not in (SCORE, JUDGE))
TURN_SECONDS = 0.5
"""So long a stage goes on before the next one has its turn (s)."""


class WakeUp:
    """Hints inside one process: an event that the control thread waits on."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._woken: set[str] = set()

    def wake(self, stage: str) -> None:
        with self._changed:
            self._woken.add(stage)
            self._changed.notify()

    def wait(self, seconds: float) -> set[str]:
        """The stages that were woken, waiting for one at most so long (s)."""
        with self._changed:
            self._changed.wait_for(lambda: self._woken, seconds)
            woken, self._woken = self._woken, set()
            return woken


class Control:
    """Runs the stages that do not score, each as often as the schedule says and when it is woken, until stopped."""

    def __init__(self, stages: Stages, wake: WakeUp) -> None:
        self._stages, self._wake = stages, wake
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="control", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopped.set()
        self._stages.stop()
        self._wake.wake("stop")
        self._thread.join(timeout=30)

    def _run(self) -> None:
        due = {entry.stage: float("-inf") for entry in SERVED}
        while not self._stopped.is_set():
            woken = self._wake.wait(max(0.0, min(due.values()) - time.monotonic()))
            for entry in SERVED:
                if entry.stage in woken or time.monotonic() >= due[entry.stage]:
                    self._stages.run(entry.stage, TURN_SECONDS)
                    due[entry.stage] = time.monotonic() + entry.every
