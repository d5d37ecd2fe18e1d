"""Scores claimed jobs in batches and saves what came of each."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

import structlog

from evaluator.core.errors import FaithlineError
from evaluator.core.evaluator import Evaluator
from evaluator.core.outcome import Failure, Outcome, Reason
from evaluator.core.ports import Clock, Hints, OpenEvaluator
from evaluator.core.trace import Sample
from evaluator.store.repositories.jobs import MAX_ATTEMPTS, Job
from evaluator.store.store import Store

log = structlog.get_logger()

BACKOFF_SECONDS = 5.0
MAX_OPEN = 8
"""Evaluators kept open at a time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Worker:
    """What a scoring process needs. `owner` names it in leases; `build` makes pinned evaluators."""

    store: Store
    build: OpenEvaluator
    clock: Clock
    hints: Hints
    owner: str
    queue: str = "score"
    batch: int = 32
    lease: timedelta = timedelta(seconds=120)


class Pool:
    """Open evaluators by (project, fingerprint); the least recently used is closed when there are too many."""

    def __init__(self, build: OpenEvaluator) -> None:
        self._build = build
        self._open: OrderedDict[tuple[str, str], Evaluator] = OrderedDict()

    def get(self, project: str, fingerprint: str) -> Evaluator:
        """The evaluator that a rule pinned, opened. Raises what building or opening it raises."""
        key = (project, fingerprint)
        if key not in self._open:
            evaluator = self._build(project, fingerprint)
            evaluator.open()
            self._open[key] = evaluator
            while len(self._open) > MAX_OPEN:
                self._open.popitem(last=False)[1].close()
        self._open.move_to_end(key)
        return self._open[key]

    def close(self) -> None:
        while self._open:
            self._open.popitem()[1].close()


def score_batch(worker: Worker, pool: Pool) -> int:
    """Claim a batch, score it and save it; returns how many jobs were claimed (0: nothing is ready)."""
    with worker.store.write() as unit:
        jobs = unit.jobs.claim(worker.queue, worker.owner, worker.batch, worker.clock.now(), worker.lease)
    if not jobs:
        return 0
    with _heartbeat(worker):
        outcomes, current = _run(worker, pool, jobs)
    _save(worker, jobs, outcomes, current)
    return len(jobs)


def _run(worker: Worker, pool: Pool, jobs: Sequence[Job]) -> tuple[list[Outcome], list[bool]]:
    """An outcome for each job, and whether the content that was scored is still the current one."""
    keys = [(j.project, j.day, j.target_kind, j.target_id, j.content_hash) for j in jobs]
    with worker.store.read() as unit:
        found = unit.traces.samples(keys)
    pairs = [found.get((j.project, j.target_kind, j.target_id, j.content_hash)) for j in jobs]
    outcomes: list[Outcome] = [Failure(reason=Reason.INVALID_INPUT, message="the sample is gone")] * len(jobs)
    places = [i for i, pair in enumerate(pairs) if pair]
    alive = [i for i in places if jobs[i].attempts <= MAX_ATTEMPTS]
    for i in set(places) - set(alive):
        outcomes[i] = Failure(reason=Reason.CRASH, message=f"given up after {MAX_ATTEMPTS} attempts: {jobs[i].error}")
    if alive:
        samples = [pair[0] for i in alive if (pair := pairs[i])]
        for i, outcome in zip(alive, _evaluate(pool, jobs[0], samples), strict=True):
            outcomes[i] = outcome
    return outcomes, [bool(pair and pair[1]) for pair in pairs]


def _evaluate(pool: Pool, job: Job, samples: Sequence[Sample]) -> list[Outcome]:
    try:
        evaluator = pool.get(job.project, job.fingerprint)
    except Exception as error:  # noqa: BLE001 - a plug-in may raise anything; the jobs must be answered
        log.error("evaluator_not_opened", fingerprint=job.fingerprint, error=str(error))
        return [Failure(reason=Reason.EVALUATOR_MISSING, message=str(error), retryable=True)] * len(samples)
    return score_samples(evaluator, samples)


def score_samples(evaluator: Evaluator, samples: Sequence[Sample]) -> list[Outcome]:
    """`evaluator.score(samples)`, made safe: a batch that fails is scored one by one (law 4)."""
    try:
        outcomes = evaluator.score(samples)
        if len(outcomes) != len(samples):
            raise FaithlineError(f"{evaluator.spec.name} gave {len(outcomes)} outcomes for {len(samples)} samples")
    except Exception as error:  # noqa: BLE001 - see above
        log.warning("batch_failed", evaluator=evaluator.spec.name, size=len(samples), error=type(error).__name__)
        if len(samples) > 1:
            return [score_samples(evaluator, [sample])[0] for sample in samples]
        message = f"{type(error).__name__}: {error}"[:500]
        return [Failure(reason=Reason.EVALUATOR_ERROR, message=message, retryable=True)]
    return outcomes


def _save(worker: Worker, jobs: Sequence[Job], outcomes: Sequence[Outcome], current: Sequence[bool]) -> None:
    """Store outcomes, give back what can be tried again, bury what can not."""
    now = worker.clock.now()
    project, fingerprint = jobs[0].project, jobs[0].fingerprint
    with worker.store.write() as unit:
        final: list[tuple[Job, Outcome, bool]] = []
        finished: list[Job] = []
        for job, outcome, is_current in zip(jobs, outcomes, current, strict=True):
            retryable = isinstance(outcome, Failure) and (outcome.retryable or outcome.reason is Reason.CRASH)
            message = outcome.message if isinstance(outcome, Failure) else ""
            if retryable and job.attempts < MAX_ATTEMPTS:
                delay = BACKOFF_SECONDS * 2 ** (job.attempts - 1)
                unit.jobs.retry(job, worker.owner, message, now + timedelta(seconds=delay))
                continue
            if retryable:
                unit.jobs.bury(job, message)
            else:
                finished.append(job)
            final.append((job, outcome, is_current))
        version = unit.rules.evaluator(project, fingerprint)
        if version is None:  # can not happen while a rule pins it; without a scale nothing can be stored
            raise FaithlineError(f"evaluator version {fingerprint} is not registered")
        unit.outcomes.save(final, version.spec.scale, now)
        unit.jobs.finish(finished)
        unit.rollups.mark_targets(project, fingerprint, [job.target_id for job, _, _ in final], now)
        unit.after_commit(lambda: worker.hints.wake("aggregate"))


@contextmanager
def _heartbeat(worker: Worker) -> Iterator[None]:
    """Hold the lease while a long batch runs, so that nobody else starts on it."""
    stop = threading.Event()

    def beat() -> None:
        while not stop.wait(worker.lease.total_seconds() / 3):
            try:
                with worker.store.write() as unit:
                    unit.jobs.extend(worker.owner, worker.clock.now() + worker.lease)
            except Exception as error:  # noqa: BLE001 - losing the lease costs work, never a score
                log.warning("lease_not_extended", error=type(error).__name__)

    thread = threading.Thread(target=beat, name="lease", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
