"""Runs stages, the same way in the embedded threads, in Celery workers and on the command line.

What a stage does is said here once; how often it is looked after stands in `pipeline.schedule`. A stage isolates: by
project, then by rule or series, then by trace (`pipeline.isolation`). What is left, such as a database that is away,
is logged, and whoever asks next tries again.
"""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import structlog

from evaluator.core.ids import random_id
from evaluator.core.ports import Assemble, Clock, Hints, Meter, NoHints, NoMeter
from evaluator.core.retry import RETRY, RetryPolicy
from evaluator.core.turns import Turns
from evaluator.pipeline.isolation import release_due
from evaluator.pipeline.review.stand import decide_due
from evaluator.pipeline.review.upkeep import Anchoring
from evaluator.pipeline.sampling.adaptive import adjust_rates
from evaluator.pipeline.sampling.cascade import decide_cascades
from evaluator.pipeline.schedule import AGGREGATE, JUDGE, MAINTAIN, SCORE, SETTLE, entry_of
from evaluator.pipeline.stages.aggregate import aggregate_dirty
from evaluator.pipeline.stages.score import Pool, Worker, score_batch
from evaluator.pipeline.stages.select import select_settled
from evaluator.pipeline.stages.settle import settle_due
from evaluator.store.store import Store

log = structlog.get_logger()

DRAIN_SECONDS = 60.0
CONTROL_BATCH, AGGREGATE_BATCH = 200, 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """What stages work with. `worker` makes what serves a queue, which is needed where there is scoring.

    Sampling rates shrink while a project's oldest ready job is older than `backlog_target` (s); 0 keeps them.
    """

    store: Store
    clock: Clock
    assemble: Assemble
    hints: Hints = field(default_factory=NoHints)
    meter: Meter = field(default_factory=NoMeter)
    worker: Callable[[str], Worker] | None = None
    maintain: Callable[[], int] = int
    retry: RetryPolicy = RETRY
    backlog_target: float = 0.0


class Slot:
    """A worker under its own lease with the evaluators that it keeps warm: one batch at a time."""

    def __init__(self, worker: Worker) -> None:
        self.worker = worker
        self.pool = Pool(worker.build)

    def step(self) -> int:
        return score_batch(self.worker, self.pool)

    def close(self) -> None:
        """Give back what is held, and close what is open."""
        with self.worker.store.write() as unit:
            unit.queue.release(self.worker.owner, self.worker.clock.now())
        self.pool.close()


class Stages:
    """The stages that a process serves. Scoring runs in up to `slots` threads, everything else in one at a time."""

    def __init__(self, tools: Tools, slots: int = 1) -> None:
        self._tools = tools
        self._stopped = threading.Event()
        self._lock = threading.Lock()
        self._slots = slots
        self._idle: dict[str, list[Slot]] = defaultdict(list)
        self._made: list[Slot] = []
        self._running: dict[str, int] = {}
        self._moved: dict[str, float] = {}
        self._turns: dict[str, Turns] = defaultdict(Turns)
        self._anchoring = Anchoring(tools.store, tools.clock, self._turns["anchor"], tools.retry)

    def run(self, stage: str, seconds: float = DRAIN_SECONDS) -> int:
        """Run a stage until nothing is left, `seconds` have passed (0: once) or `stop` was called; returns what was
        handled.

        Does nothing where the process is at it already.
        """
        if not self._begin(stage):
            return 0
        with structlog.contextvars.bound_contextvars(stage=stage, run=random_id("")[:8]):
            try:
                return self._drain(stage, seconds)
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

    def _drain(self, stage: str, seconds: float) -> int:
        if stage in (SCORE, JUDGE):
            slot = self._slot(stage)
            try:
                return self._repeat(stage, slot.step, slot.worker.batch, seconds)
            finally:
                with self._lock:
                    self._idle[stage].append(slot)
        if stage == SETTLE:
            return self._repeat(stage, self._settle, CONTROL_BATCH, seconds)
        if stage == AGGREGATE:
            return self._repeat(stage, self._aggregate, AGGREGATE_BATCH, seconds)
        return self._maintain() if stage == MAINTAIN else 0

    def _repeat(self, stage: str, step: Callable[[], int], full: int, seconds: float) -> int:
        """`step` until it finds nothing. Where there is more than one can do at once, another process is woken."""
        until = time.monotonic() + seconds
        handled = 0
        while n := step():
            if n >= full and not handled:
                self._tools.hints.wake(stage)
            handled += n
            if self._stopped.is_set() or time.monotonic() >= until:
                self._tools.hints.wake(stage)
                break
        return handled

    def _slot(self, stage: str) -> Slot:
        with self._lock:
            if self._idle[stage]:
                return self._idle[stage].pop()
            assert self._tools.worker is not None, "nothing here scores"
            slot = Slot(self._tools.worker(entry_of(stage).queue))
            self._made.append(slot)
            return slot

    def _settle(self) -> int:
        """Every step, whatever became of those before it; raises the first error once there is nothing left to do."""
        tools, turns, errors = self._tools, self._turns, list[Exception]()

        def done(step: Callable[..., int], *given: Any) -> int:
            try:
                return step(tools.store, *given)
            except Exception as error:  # noqa: BLE001 - the steps after it have work of their own
                errors.append(error)
                return 0

        done(adjust_rates, tools.clock, tools.backlog_target)
        done(release_due, tools.clock)
        settling = (tools.assemble, tools.clock, CONTROL_BATCH, turns["settle"], tools.retry, tools.meter)
        settled = done(settle_due, *settling)
        selected = done(select_settled, tools.clock, CONTROL_BATCH, turns["select"], tools.retry)
        if selected:
            for stage in (SCORE, JUDGE, AGGREGATE):
                tools.hints.wake(stage)
        if errors and not (settled or selected):
            raise errors[0]
        return max(settled, selected)

    def _aggregate(self) -> int:
        """Rates, and what cascades and standing waves make of the outcomes that came: none waits for the others."""
        tools = self._tools
        aggregating = (tools.store, tools.clock, AGGREGATE_BATCH, self._turns["aggregate"], tools.retry)
        try:
            done = aggregate_dirty(*aggregating)
        finally:
            try:
                reached = decide_cascades(
                    tools.store, tools.clock, CONTROL_BATCH, self._turns["cascade"], tools.retry
                )
            finally:
                decided = decide_due(tools.store, tools.clock, CONTROL_BATCH, self._turns["review"], tools.retry)
        if reached:
            for stage in (SCORE, JUDGE):
                tools.hints.wake(stage)
        return max(done, decided, reached)

    def _maintain(self) -> int:
        """What is older than it is to be kept, and the anchors of evaluator versions that came after the tasks."""
        try:
            done = self._tools.maintain()
        finally:
            queued = self._anchoring.step()
        if queued:
            for stage in (SCORE, JUDGE):
                self._tools.hints.wake(stage)
        return done + queued


def drain(stages: Stages, *names: str) -> int:
    """Run the stages `names` until none of them finds anything; returns what was handled."""
    handled = 0
    while n := sum(stages.run(name) for name in names):
        handled += n
    return handled
