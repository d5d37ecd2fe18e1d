"""Runs stages in this process: until nothing is left, or for a minute."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import structlog

from evaluator.bootstrap import Services, assemble
from evaluator.core.ids import random_id
from evaluator.pipeline.sampling.adaptive import adjust_rates
from evaluator.pipeline.schedule import AGGREGATE, JUDGE, MAINTAIN, SCORE, SETTLE, entry_of
from evaluator.pipeline.stages.aggregate import aggregate_dirty
from evaluator.pipeline.stages.score import Pool, Worker, score_batch
from evaluator.pipeline.stages.select import select_settled
from evaluator.pipeline.stages.settle import settle_due

log = structlog.get_logger()

DRAIN_SECONDS = 60.0
CONTROL_BATCH, AGGREGATE_BATCH = 200, 500


class Slot:
    """A worker under its own lease with the evaluators that it keeps warm: one batch at a time."""

    def __init__(self, services: Services, queue: str) -> None:
        self.worker: Worker = services.worker(queue)
        self.pool = Pool(services.build)

    def step(self) -> int:
        return score_batch(self.worker, self.pool)

    def close(self) -> None:
        """Give back what is held, and close what is open."""
        with self.worker.store.write() as unit:
            unit.queue.release(self.worker.owner, self.worker.clock.now())
        self.pool.close()


class Stages:
    """The stages that a process serves. Scoring runs in up to `slots` threads, everything else in one at a time."""

    def __init__(self, services: Services, slots: int = 1) -> None:
        self._services = services
        self._stopped = threading.Event()
        self._lock = threading.Lock()
        self._slots = slots
        self._idle: dict[str, list[Slot]] = {}
        self._made: list[Slot] = []
        self._running: dict[str, int] = {}
        self._moved: dict[str, float] = {}

    def run(self, stage: str) -> int:
        """Run a stage until nothing is left, a minute has passed or `stop` was called; returns what was handled.

        Does nothing where the process is at it already. Trouble is logged; whoever asks next tries again.
        """
        if not self._begin(stage):
            return 0
        with structlog.contextvars.bound_contextvars(stage=stage, run=random_id("")[:8]):
            try:
                return self._drain(stage)
            except Exception:
                log.exception("stage_failed")
                return 0
            finally:
                self._end(stage)

    def idle_for(self, stage: str) -> float:
        """Since when the stage has neither begun nor ended here (s); 0 while every slot of it runs."""
        with self._lock:
            if self._running.get(stage, 0) >= self.room(stage):
                return 0.0
            return time.monotonic() - self._moved.setdefault(stage, time.monotonic())

    def room(self, stage: str) -> int:
        """How often a stage may run here at the same time."""
        return self._slots if stage in (SCORE, JUDGE) else 1

    def stop(self) -> None:
        """Let everything end after the batch at hand."""
        self._stopped.set()

    def close(self) -> None:
        """Release what is leased and close what is open; to be called when nothing runs any more."""
        self.stop()
        for slot in self._made:
            try:
                slot.close()
            except Exception:
                log.exception("leases_not_released")  # they run out

    def _begin(self, stage: str) -> bool:
        with self._lock:
            running = self._running.get(stage, 0)
            if self._stopped.is_set() or running >= self.room(stage):
                return False
            self._running[stage] = running + 1
            self._moved[stage] = time.monotonic()
            return True

    def _end(self, stage: str) -> None:
        with self._lock:
            self._running[stage] -= 1
            self._moved[stage] = time.monotonic()

    def _drain(self, stage: str) -> int:
        if stage in (SCORE, JUDGE):
            slot = self._slot(stage)
            try:
                return self._repeat(stage, slot.step, slot.worker.batch)
            finally:
                with self._lock:
                    self._idle[stage].append(slot)
        if stage == SETTLE:
            return self._repeat(stage, self._settle, CONTROL_BATCH)
        if stage == AGGREGATE:
            return self._repeat(stage, self._aggregate, AGGREGATE_BATCH)
        return self._services.maintain() if stage == MAINTAIN else 0

    def _repeat(self, stage: str, step: Callable[[], int], full: int) -> int:
        """`step` until it finds nothing. Where there is more than one can do at once, another process is woken."""
        until = time.monotonic() + DRAIN_SECONDS
        handled = 0
        while n := step():
            if n >= full and not handled:
                self._services.hints.wake(stage)
            handled += n
            if self._stopped.is_set() or time.monotonic() > until:
                self._services.hints.wake(stage)
                break
        return handled

    def _slot(self, stage: str) -> Slot:
        with self._lock:
            idle = self._idle.setdefault(stage, [])
            if idle:
                return idle.pop()
            slot = Slot(self._services, entry_of(stage).queue)
            self._made.append(slot)
            return slot

    def _settle(self) -> int:
        services = self._services
        adjust_rates(services.store, services.clock, services.settings.backlog_target_seconds)
        handled = settle_due(services.store, assemble, services.clock, CONTROL_BATCH)
        selected = select_settled(services.store, services.clock, CONTROL_BATCH)
        if selected:
            for stage in (SCORE, JUDGE, AGGREGATE):
                services.hints.wake(stage)
        return max(handled, selected)

    def _aggregate(self) -> int:
        return aggregate_dirty(self._services.store, AGGREGATE_BATCH)
