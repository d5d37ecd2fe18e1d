"""The scoring process of the embedded mode: ``python -m evaluator.local.scoring``.

It claims from the same database as everybody else. Its standard input is a pipe from the process that started it:
when that one is gone, however it ended, the pipe closes and this one ends too.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from types import FrameType

import structlog

from evaluator.bootstrap import Services, configure_logging, open_services
from evaluator.core.errors import DatabaseAway
from evaluator.core.evaluator import Resource
from evaluator.pipeline.stages.run import drain_scores
from evaluator.pipeline.stages.score import Pool
from evaluator.telemetry import PrometheusMeter

log = structlog.get_logger()

POLL_SECONDS = 0.5


def run_all(services: Services, stopped: threading.Event) -> None:
    """Serve every queue until `stopped` is set: what waits for a provider does not hold up what computes."""
    arguments = (services, stopped, Resource.PROVIDER.value)
    provider = threading.Thread(target=run, args=arguments, name="provider", daemon=True)
    provider.start()
    try:
        run(services, stopped, Resource.COMPUTE.value)
    finally:
        stopped.set()
        provider.join()


def run(services: Services, stopped: threading.Event, queue: str) -> None:
    """Score whatever is ready in a queue until `stopped` is set, between two batches."""
    worker = services.worker(queue)
    pool = Pool(services.build)
    try:
        while not stopped.is_set():
            try:
                handled = drain_scores(worker, pool, stop=stopped.is_set)
            except DatabaseAway as error:
                log.warning("scoring_put_off", error=type(error).__name__)
                stopped.wait(error.retry_after)
                handled = 0
            except Exception:
                log.exception("scoring_failed")
                handled = 0
                time.sleep(POLL_SECONDS)
            if not handled:
                stopped.wait(POLL_SECONDS)
    finally:
        with services.store.write() as unit:
            unit.queue.release(worker.owner, services.clock.now())
        pool.close()


def main() -> None:
    stopped = threading.Event()

    def stop(_signal: int, _frame: FrameType | None) -> None:
        stopped.set()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent tells us when to stop
    threading.Thread(target=_until_orphaned, args=(stopped,), daemon=True).start()
    meter = PrometheusMeter()
    services = open_services(migrated=False, meter=meter)
    if port := services.settings.metrics_port:
        meter.expose(port)
    configure_logging(services.settings.log_level, services.settings.log_format)
    try:
        run_all(services, stopped)
    finally:
        services.close()


def _until_orphaned(stopped: threading.Event) -> None:
    # The bare descriptor: a daemon thread inside sys.stdin's lock would break the interpreter's shutdown.
    while os.read(0, 4096):
        pass
    stopped.set()


if __name__ == "__main__":
    main()
