"""The thread that settles, selects and aggregates inside the API process."""

from __future__ import annotations

import threading
import time

import structlog

from evaluator.bootstrap import Services, assemble
from evaluator.core.errors import DatabaseAway
from evaluator.pipeline.schedule import MAINTAIN, entry_of
from evaluator.pipeline.stages.run import control_round

log = structlog.get_logger()

POLL_SECONDS = 0.5


class WakeUp:
    """Hints inside one process: an event that the control thread waits on."""

    def __init__(self) -> None:
        self._event = threading.Event()

    def wake(self, stage: str) -> None:
        del stage
        self._event.set()

    def wait(self, seconds: float) -> None:
        self._event.wait(seconds)
        self._event.clear()


class Control:
    """Runs control rounds until stopped; trouble in one round is logged and the next one tries again."""

    def __init__(self, services: Services, wake: WakeUp) -> None:
        self._services, self._wake = services, wake
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="control", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopped.set()
        self._wake.wake("stop")
        self._thread.join(timeout=30)

    def _run(self) -> None:
        tidied = float("-inf")
        while not self._stopped.is_set():
            try:
                if time.monotonic() - tidied > entry_of(MAINTAIN).every:
                    tidied = time.monotonic()
                    self._services.maintain()
                services = self._services
                target = services.settings.backlog_target_seconds
                busy = control_round(services.store, assemble, services.clock, target)
            except DatabaseAway as error:
                log.warning("control_round_put_off", error=type(error).__name__)
                self._stopped.wait(error.retry_after)
                busy = 0
            except Exception:
                log.exception("control_round_failed")
                busy = 0
            if not busy:
                self._wake.wait(POLL_SECONDS)
