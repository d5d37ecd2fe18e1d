"""Scores claimed jobs in batches and saves what came of each."""

from __future__ import annotations

import threading
import time
from collections import Counter, OrderedDict, defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog

from evaluator.core.errors import is_away, told
from evaluator.core.evaluator import Evaluator, Priced
from evaluator.core.judge import NotConfigured
from evaluator.core.outcome import Failure, Outcome, Reason, is_waiting
from evaluator.core.ports import Clock, Guard, Hints, Meter, NoGuard, NoMeter, OpenEvaluator
from evaluator.core.retry import RETRY, TIMED_OUT, Limits, RetryPolicy
from evaluator.core.trace import Sample
from evaluator.core.turns import Turns
from evaluator.pipeline.answers import is_interrupt, score_samples
from evaluator.pipeline.isolation import apart
from evaluator.pipeline.review.anchors import note_outcomes
from evaluator.pipeline.spending.cache import also, copies_in, said_before
from evaluator.pipeline.spending.ledger import Bill, bill_of, reserve, settle
from evaluator.store.repositories.traces.traces import SampleKey
from evaluator.store.repositories.work.jobs import WAITING, Job
from evaluator.store.store import Store, Unit

log = structlog.get_logger()

SAVE_PATIENCE = 60.0
"""How long saving is tried where the database is busy, or away (s)."""
OLDEST_EVERY = 8
"""Of so many claims of a project one begins with its oldest job, the others with that of its newest trace."""
MAX_COUNTED = 4096
"""Projects whose claims are counted; past that counting begins anew."""
_REFUSED = "the database refuses it: "
LONGEST_WAIT = 3600.0
"""After which a judge that could not be asked is asked again, whatever it says (s)."""
UNCONFIGURED_WAIT = 300.0
"""After which a judge is looked for again that is no longer configured (s)."""
MAX_OPEN = 8
"""Evaluators kept open at a time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Worker:
    """What a scoring process needs. `owner` names it in leases; `build` makes pinned evaluators.

    `turns` are those of all workers of the process in this queue; `guard` ends the process when a batch outlives one
    of the `limits`.
    """

    store: Store
    build: OpenEvaluator
    clock: Clock
    hints: Hints
    owner: str
    queue: str = "score"
    batch: int = 32
    lease: timedelta = timedelta(seconds=120)
    meter: Meter = field(default_factory=NoMeter)
    retry: RetryPolicy = RETRY
    limits: Limits = field(default_factory=Limits)
    guard: Guard = field(default_factory=NoGuard)
    turns: Turns = field(default_factory=Turns)
    claims: Counter[str] = field(default_factory=Counter)
    """By project."""

    def oldest(self, project: str) -> bool:
        """Whether it is time to begin with the job of a project that has been queued for longest."""
        if len(self.claims) > MAX_COUNTED:
            self.claims.clear()
        self.claims[project] += 1
        return self.claims[project] % OLDEST_EVERY == 0


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
                _close(self._open.popitem(last=False)[1])
        self._open.move_to_end(key)
        return self._open[key]

    def close(self) -> None:
        while self._open:
            _close(self._open.popitem()[1])


def _close(evaluator: Evaluator) -> None:
    try:
        evaluator.close()
    except BaseException as error:
        if is_interrupt(error):
            raise
        log.warning("evaluator_not_closed", evaluator=evaluator.spec.name, error=type(error).__name__)


def score_batch(worker: Worker, pool: Pool) -> int:
    """Claim a batch, score it and save it; returns how many jobs were claimed (0: nothing is ready)."""
    with worker.store.write() as unit:
        jobs = _claim(worker, unit)
    if not jobs:
        return 0
    with worker.turns.serving(jobs[0].project):
        started = time.perf_counter()
        # Held until all is saved: who waits for a busy database, or for others at a budget, is not to lose the batch.
        with _heartbeat(worker, worker.limits.seconds(len(jobs)) + SAVE_PATIENCE):
            outcomes, bill = _run(worker, pool, jobs)
            answered = [(job, outcome) for job, outcome in zip(jobs, outcomes, strict=True) if outcome is not None]
            if answered:
                _save(worker, answered, bill, time.perf_counter() - started)
    return len(jobs)


def _claim(worker: Worker, unit: Unit) -> list[Job]:
    now = worker.clock.now()
    if worker.turns.fresh:  # also of those whose batches have ended the process before this one
        for project, seconds in unit.queue.debts(worker.queue, now).items():
            worker.turns.charge(project, seconds)
    return unit.queue.claim(
        worker.queue,
        worker.owner,
        worker.batch,
        now,
        worker.lease,
        order=worker.turns.order,
        oldest=worker.oldest,
        retry=worker.retry,
    )


Answers = tuple[list[Outcome | None], Bill | None]
"""An outcome for each job or sample, in their order (None: given back for want of money), and what they came to."""


def _run(worker: Worker, pool: Pool, jobs: Sequence[Job]) -> Answers:
    found, unreadable = _samples(worker, jobs)
    gone = Failure(reason=Reason.INVALID_INPUT, message="the sample is gone")
    outcomes: list[Outcome | None] = [unreadable.get(sample_key(job), gone) for job in jobs]
    bill = None
    places = [i for i, job in enumerate(jobs) if sample_key(job) in found]
    alive = [i for i in places if jobs[i].attempts <= worker.retry.attempts]
    for i in set(places) - set(alive):
        outcomes[i] = _given_up(jobs[i], worker.retry)
    if alive:
        samples = [found[sample_key(jobs[i])] for i in alive]
        with worker.guard.watch(worker.owner, worker.limits.seconds(len(jobs))):
            answers, bill = _evaluate(worker, pool, [jobs[i] for i in alive], samples)
        for i, outcome in zip(alive, answers, strict=True):
            outcomes[i] = outcome
    return outcomes, bill


def _samples(worker: Worker, jobs: Sequence[Job]) -> tuple[dict[SampleKey, Sample], dict[SampleKey, Failure]]:
    """What the jobs are about, and why that can not be read of some of them."""
    unreadable: dict[SampleKey, Failure] = {}
    found: dict[SampleKey, Sample] = {}

    def read(keys: Sequence[SampleKey]) -> int:
        with worker.store.read() as unit:
            found.update(unit.of(jobs[0].project).traces.samples(keys))
        return len(keys)

    def guilty(key: SampleKey, error: Exception) -> None:
        message = f"the sample can not be read: {told(error)}"
        unreadable[key] = Failure(reason=Reason.INVALID_INPUT, message=message, retryable=True)

    apart([sample_key(job) for job in jobs], read, guilty)
    return found, unreadable


def _given_up(job: Job, retry: RetryPolicy) -> Failure:
    """Of a job that ended its worker each time."""
    reason = Reason.TIMEOUT if TIMED_OUT in job.error else Reason.CRASH
    message = f"given up after {retry.attempts} attempts: {job.error}"
    return Failure(reason=reason, message=message, retryable=True)


def sample_key(job: Job) -> SampleKey:
    """The key of the content that a job is about."""
    return job.project, job.day, job.target_kind, job.target_id, job.content_hash


def _evaluate(worker: Worker, pool: Pool, jobs: Sequence[Job], samples: Sequence[Sample]) -> Answers:
    project, fingerprint = jobs[0].project, jobs[0].fingerprint
    try:
        evaluator = pool.get(project, fingerprint)
    except NotConfigured as error:
        away = Failure(reason=Reason.PROVIDER_ERROR, message=str(error), cost=0.0, wait=UNCONFIGURED_WAIT)
        return [away] * len(samples), None
    except BaseException as error:
        if is_interrupt(error):
            raise
        log.error("evaluator_not_opened", fingerprint=fingerprint, error=told(error))
        failure = Failure(reason=Reason.EVALUATOR_MISSING, message=told(error), retryable=True)
        return [failure] * len(samples), None
    if not isinstance(evaluator, Priced):
        return [*score_samples(evaluator, samples)], None
    known = said_before(worker.store, jobs)
    outcomes: list[Outcome | None] = [known.get(i) for i in range(len(jobs))]
    copies = copies_in(jobs)
    again = {i for places in copies.values() for i in places}
    asked = [i for i in range(len(jobs)) if i not in known and i not in again]
    if not asked:
        return outcomes, None
    with_them = [[jobs[copy] for copy in copies.get(i, ())] for i in asked]
    answers, bill = _paid(worker, evaluator, [jobs[i] for i in asked], [samples[i] for i in asked], with_them)
    for i, outcome in zip(asked, answers, strict=True):
        outcomes[i] = outcome
        for copy in copies.get(i, ()):
            outcomes[copy] = also(outcome)
    return outcomes, bill


def _paid(
    worker: Worker,
    evaluator: Evaluator,
    jobs: Sequence[Job],
    samples: Sequence[Sample],
    copies: Sequence[Sequence[Job]],
) -> Answers:
    """As `_evaluate`, of an evaluator that costs money: what the budget grants is asked for. `copies` of each job are
    about the same content, and are given back with it."""
    assert isinstance(evaluator, Priced)
    grant = reserve(worker.store, worker.clock, worker.owner, evaluator, jobs, samples, copies)
    outcomes: list[Outcome | None] = [grant.refused.get(i) for i in range(len(jobs))]
    if not grant.paid:
        return outcomes, None
    # Once only: each call is paid for once, and one that failed may have been charged all the same.
    answers, bill = bill_of(grant, score_samples(evaluator, [samples[i] for i in grant.paid], once=True))
    for i, outcome in zip(grant.paid, answers, strict=True):
        outcomes[i] = outcome
    return outcomes, bill


def _save(worker: Worker, answered: Sequence[tuple[Job, Outcome]], bill: Bill | None, seconds: float) -> None:
    """Store outcomes (that took `seconds`) with their bill, give back what can be tried again, bury what can not.

    Scoring cost time and perhaps money: what it gave is not lost because the database was busy or away for a moment,
    nor because it refuses the outcome of another job.
    """
    try:
        worker.store.change(lambda unit: _saved(unit, worker, answered, bill, seconds), SAVE_PATIENCE)
    except Exception as error:
        if is_away(error):
            raise
        log.warning("outcomes_refused", jobs=len(answered), error=type(error).__name__)
        refused = Failure(reason=Reason.INVALID_OUTPUT, message=_REFUSED + type(error).__name__, retryable=True)
        _save_apart(worker, answered, bill, seconds, refused)


def _save_apart(
    worker: Worker, answered: Sequence[tuple[Job, Outcome]], bill: Bill | None, seconds: float, refused: Failure
) -> None:
    """What can not be stored together, by halves; `refused` in the place of what can not be stored at all."""
    if bill is not None:
        project = answered[0][0].project
        worker.store.change(lambda unit: settle(unit.of(project), bill, worker.clock.now()), SAVE_PATIENCE)
    if len(answered) == 1:
        instead = [(answered[0][0], refused)]
        worker.store.change(lambda unit: _saved(unit, worker, instead, None, seconds), SAVE_PATIENCE)
        return
    middle = len(answered) // 2
    for half in (answered[:middle], answered[middle:]):
        _save(worker, half, None, seconds * len(half) / len(answered))


def _saved(
    unit: Unit, worker: Worker, answered: Sequence[tuple[Job, Outcome]], bill: Bill | None, seconds: float
) -> None:
    now = worker.clock.now()
    project, fingerprint = answered[0][0].project, answered[0][0].fingerprint
    mine = unit.of(project)
    if bill is not None:  # first, as for whoever reserves: neither then waits for the other
        settle(mine, bill, now)
    answered = _put_off(unit, worker, answered, now)
    if not answered:
        return
    counted = Counter(result_of(outcome) for _, outcome in answered)
    again = [_retried(unit, worker, job, outcome, now) for job, outcome in answered if _failed_for_now(outcome)]
    final = [pair for pair in answered if pair[0].id not in again]
    try:
        version, problem = mine.evaluators.get(fingerprint), "is not registered"
    except ValueError as error:
        version, problem = None, f"can not be read: {told(error)}"
    if version is None:  # without a scale nothing can be stored
        for job, _ in final:
            unit.queue.bury(job, worker.owner, f"the evaluator version {problem}")
        return
    unit.queue.finish([job for job, outcome in final if not _failed_for_now(outcome)], worker.owner)
    # Asked only now: a trace may have changed, or been deleted, while it was being scored (law 14).
    current = mine.traces.current([sample_key(job) for job, _ in final])
    results = [(job, outcome, current[key]) for job, outcome in final if (key := sample_key(job)) in current]
    mine.outcomes.save(results, version.spec.scale, now)
    note_outcomes(mine, results, now)
    mine.cascades.note([
        {name: getattr(job, name) for name in ("fingerprint", "target_kind", "target_id", "day", "trace_id")}
        for job, _, is_current in results if is_current and job.purpose == "production"
    ])  # fmt: skip
    unit.after_commit(lambda: worker.hints.wake("aggregate"))
    unit.after_commit(lambda: worker.meter.scored(version.name, seconds, counted))


def _put_off(
    unit: Unit, worker: Worker, answered: Sequence[tuple[Job, Outcome]], now: datetime
) -> list[tuple[Job, Outcome]]:
    """Give back, uncounted, what waits for whoever could not be asked; returns the rest. Where all of a budget's
    batch waits, so does what it has queued: nobody claims it over and over to be told the same."""
    alike: dict[tuple[timedelta, str], list[Job]] = defaultdict(list)
    for job, outcome in answered:
        if is_waiting(outcome):
            alike[_until(outcome), outcome.message].append(job)
    for (pause, message), jobs in alike.items():
        unit.queue.give_back(jobs, worker.owner, now + pause, error=f"{WAITING}{message}")
    job, outcome = answered[0]
    if all(is_waiting(one) for _, one in answered) and is_waiting(outcome):
        if job.budget:
            unit.queue.put_off(job.project, job.budget, now + _until(outcome))
        # Why, the jobs tell: providers quote what they were asked.
        log.warning("judge_waits", project=job.project, jobs=len(answered), reason=outcome.reason.value)
    return [pair for pair in answered if not is_waiting(pair[1])]


def _until(failure: Failure) -> timedelta:
    return timedelta(seconds=min(LONGEST_WAIT, max(1.0, failure.wait or 0.0)))


def result_of(outcome: Outcome) -> str:
    """``scored``, or the reason of a failure."""
    return outcome.reason.value if isinstance(outcome, Failure) else "scored"


def _failed_for_now(outcome: Outcome) -> bool:
    """Whether another try may do better."""
    return isinstance(outcome, Failure) and (outcome.retryable or outcome.reason is Reason.CRASH)


def _retried(unit: Unit, worker: Worker, job: Job, outcome: Outcome, now: datetime) -> int | None:
    """Give back or bury a job that failed; returns its id if it will be tried again: there is nothing to save yet."""
    error, reason = (outcome.message, outcome.reason.value) if isinstance(outcome, Failure) else ("", "")
    event = log.bind(project=job.project, job=job.id, trace=job.trace_id, reason=reason, attempts=job.attempts)
    if job.attempts < worker.retry.attempts:
        event.info("job_given_back")
        unit.queue.retry(job, worker.owner, error, now + worker.retry.pause(job.attempts))
        return job.id
    event.warning("job_became_dead_letter")
    unit.queue.bury(job, worker.owner, error)
    return None


@contextmanager
def _heartbeat(worker: Worker, seconds: float) -> Iterator[None]:
    """Hold the lease while a long batch runs, so that nobody else starts on it; for `seconds`, whatever it does."""
    stop, until = threading.Event(), time.monotonic() + seconds

    def beat() -> None:
        while not stop.wait(worker.lease.total_seconds() / 3) and time.monotonic() < until:
            try:
                with worker.store.write() as unit:
                    unit.queue.extend(worker.owner, worker.clock.now() + worker.lease)
            except Exception as error:  # noqa: BLE001 - losing the lease costs work, never a score
                log.warning("lease_not_extended", error=type(error).__name__)

    thread = threading.Thread(target=beat, name="lease", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
