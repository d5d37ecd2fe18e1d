"""Runs stages until nothing is left, or until time is up: what a thread, a spawned process or a task calls."""

from __future__ import annotations

import time
from collections.abc import Callable

from evaluator.core.ports import Assemble, Clock
from evaluator.pipeline.sampling.adaptive import adjust_rates
from evaluator.pipeline.stages.aggregate import aggregate_dirty
from evaluator.pipeline.stages.score import Pool, Worker, score_batch
from evaluator.pipeline.stages.select import select_settled
from evaluator.pipeline.stages.settle import settle_due
from evaluator.store.store import Store

Stop = Callable[[], bool]


def control_round(store: Store, assemble: Assemble, clock: Clock, backlog_target: float = 0.0) -> int:
    """One round of settling, selecting and aggregating; returns how many items were handled (0: all is quiet).

    Rates shrink while the oldest ready job is older than `backlog_target` (s); 0 keeps them.
    """
    adjust_rates(store, clock, backlog_target)
    return settle_due(store, assemble, clock) + select_settled(store, clock) + aggregate_dirty(store)


def drain_scores(worker: Worker, pool: Pool, *, seconds: float = 60.0, stop: Stop = lambda: False) -> int:
    """Score until nothing is ready, `stop()` says so or `seconds` have passed; returns how many jobs were handled."""
    until = time.monotonic() + seconds
    handled = 0
    while time.monotonic() < until and not stop() and (n := score_batch(worker, pool)):
        handled += n
    return handled
