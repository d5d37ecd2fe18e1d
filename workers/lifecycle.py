"""The life of a worker process: what it opens when it starts, and what it gives back when it ends."""

from __future__ import annotations

import atexit
import os
import sys
from itertools import chain
from typing import Any

import structlog
from celery import Celery, signals

from evaluator.bootstrap import Services, configure_logging, open_services, warn_of_variables
from evaluator.core.errors import FaithlineError
from evaluator.local.guard import ProcessGuard
from evaluator.pipeline.schedule import SCHEDULE
from evaluator.settings import Settings
from evaluator.telemetry import BackendCollector, PrometheusMeter
from workers import tasks
from workers.application import make_app
from workers.backend import RedisBackend, open_backend
from workers.beat import HintScheduler, beat_schedule
from workers.watchdog import Watchdog

log = structlog.get_logger()


class Process:
    """What one worker process holds between its start and its end."""

    def __init__(self, settings: Settings, queues: set[str], slots: int) -> None:
        self._meter = PrometheusMeter()
        guard = ProcessGuard(settings.score_memory_mb)
        self._services: Services = open_services(settings, meter=self._meter, guard=guard)
        backend = self._services.backend
        assert isinstance(backend, RedisBackend)
        self._sender = backend.sender
        self.stages = self._services.stages(slots)
        self._dogs = {
            e.stage: [
                Watchdog(self.stages, e.stage, self._sender.waiting, self._leave)
                for _ in range(self.stages.room(e.stage))
            ]
            for e in SCHEDULE
            if e.queue in queues
        }
        if settings.metrics_port:
            self._meter.expose(settings.metrics_port, [BackendCollector(backend)])
        self._closed = False

    def start(self) -> None:
        for dog in chain.from_iterable(self._dogs.values()):
            dog.start()

    def run(self, stage: str) -> None:
        """A hint for `stage` was received."""
        self._sender.taken(stage)
        dogs = self._dogs.get(stage, [])
        for dog in dogs:
            dog.heard()
        self.stages.run(stage)
        for dog in dogs:
            dog.heard()

    def close(self) -> None:
        """Finish the batches at hand, release the leases and close the database; safe to call twice."""
        if self._closed:
            return
        self._closed = True
        self.stages.stop()
        for dog in chain.from_iterable(self._dogs.values()):
            dog.stop()
        self.stages.close()
        self._services.close()
        log.info("worker_closed")

    def _leave(self, code: int) -> None:
        # From a thread, and the main one hangs in the broker: there is nobody left to unwind to.
        self.stages.close()
        sys.stderr.flush()
        os._exit(code)


class Lifecycle:
    """Ties a process to Celery's signals. Celery keeps weak references to handlers: this object holds them."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.app: Celery = make_app(settings.redis_url)
        self.app.set_default()
        self.app.conf.beat_schedule = beat_schedule()
        tasks.register(self.app, self._run)
        self._process: Process | None = None
        signals.setup_logging.connect(self._setup_logging)
        signals.worker_init.connect(self._worker_init)
        signals.worker_shutting_down.connect(self._shutting_down)
        signals.worker_shutdown.connect(self._shutdown)
        signals.beat_init.connect(self._beat_init)
        atexit.register(self._shutdown)

    def _run(self, stage: str) -> None:
        if self._process is not None:
            self._process.run(stage)

    def _setup_logging(self, **_: Any) -> None:
        configure_logging(self.settings.log_level, self.settings.log_format)

    def _worker_init(self, sender: Any, **_: Any) -> None:
        queues = set(self.app.amqp.queues.consume_from)
        try:
            check_pool(pool_name(sender.pool_cls), queues)
            slots = 1 if pool_name(sender.pool_cls) == "solo" else int(sender.concurrency)
            self._process = Process(self.settings, queues, slots)
        except FaithlineError as error:
            raise SystemExit(f"Error: {error}") from None
        except Exception as error:
            # Celery would log it and go on without us.
            log.exception("worker_not_started")
            raise SystemExit(1) from error
        self._process.start()
        log.info("worker_started", queues=sorted(queues), slots=slots)

    def _shutting_down(self, **_: Any) -> None:
        if self._process is not None:
            self._process.stages.stop()

    def _shutdown(self, **_: Any) -> None:
        if self._process is not None:
            self._process.close()

    def _beat_init(self, **_: Any) -> None:
        backend = open_backend(self.settings.redis_url)
        HintScheduler.hints = backend.hints
        if self.settings.metrics_port:
            PrometheusMeter().expose(self.settings.metrics_port, [BackendCollector(backend)])


def pool_name(pool: Any) -> str:
    """The name of a Celery pool, given as its class or by name."""
    module = str(pool if isinstance(pool, str) else pool.__module__).rsplit(".", 1)[-1]
    return "threads" if module.startswith("thread") else module.split(":")[0]


def check_pool(pool: str, queues: set[str]) -> None:
    """Raises FaithlineError for a pool that can not be: one that forks, or that scores in several threads."""
    scores = "score" in queues
    allowed = ("solo",) if scores else ("solo", "threads")
    if pool not in allowed:
        why = "a process that holds torch must not be forked" if scores else "connections do not survive a fork"
        also = ", and start more of them for more throughput" if scores else " or --pool=threads"
        raise FaithlineError(f"--pool={pool} can not serve {', '.join(sorted(queues))}: {why}. Use --pool=solo{also}")


_lifecycle: Lifecycle | None = None


def process_app() -> Celery:
    """The application of this process, made from the settings when it is first asked for.

    Raises:
        SystemExit: the settings name no broker.
    """
    global _lifecycle
    if _lifecycle is None:
        settings = Settings()
        if not settings.redis_url:
            raise SystemExit("Error: set FAITHLINE_REDIS_URL: workers wake each other up through Redis")
        configure_logging(settings.log_level, settings.log_format)
        warn_of_variables()
        _lifecycle = Lifecycle(settings)
    return _lifecycle.app
