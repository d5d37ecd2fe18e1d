"""The scoring process of the embedded mode: ``python -m evaluator.local.scoring``.

It claims from the same database as everybody else. Its standard input is a pipe from the process that started it:
when that one is gone, however it ended, the pipe closes and this one ends too.
"""

from __future__ import annotations

import os
import signal
import threading
from types import FrameType

import structlog

from evaluator.bootstrap import Services, configure_logging, open_services
from evaluator.local.guard import ProcessGuard
from evaluator.pipeline.schedule import JUDGE, SCORE
from evaluator.pipeline.stages.run import Stages
from evaluator.settings import Settings
from evaluator.telemetry import PrometheusMeter

log = structlog.get_logger()

POLL_SECONDS = 0.5


def run_all(services: Services, stopped: threading.Event) -> None:
    """Score until `stopped` is set: what waits for a provider does not hold up what computes."""
    stages = services.stages()
    provider = threading.Thread(target=run, args=(stages, JUDGE, stopped), name="provider", daemon=True)
    provider.start()
    try:
        run(stages, SCORE, stopped)
    finally:
        stopped.set()
        stages.stop()
        provider.join()
        stages.close()


def run(stages: Stages, stage: str, stopped: threading.Event) -> None:
    """Score whatever is ready until `stopped` is set, between two batches."""
    while not stopped.is_set():
        if not stages.run(stage):
            stopped.wait(POLL_SECONDS)


def main() -> None:
    stopped = threading.Event()

    def stop(_signal: int, _frame: FrameType | None) -> None:
        stopped.set()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent tells us when to stop
    threading.Thread(target=_until_orphaned, args=(stopped,), daemon=True).start()
    meter = PrometheusMeter()
    settings = Settings()
    guard = ProcessGuard(settings.score_memory_mb)
    services = open_services(settings, migrated=False, meter=meter, guard=guard)
    if port := settings.metrics_port:
        meter.expose(port)
    configure_logging(settings.log_level, settings.log_format)
    try:
        run_all(services, stopped)
    finally:
        services.close()
        guard.close()


def _until_orphaned(stopped: threading.Event) -> None:
    # The bare descriptor: a daemon thread inside sys.stdin's lock would break the interpreter's shutdown.
    while os.read(0, 4096):
        pass
    stopped.set()


if __name__ == "__main__":
    main()
