"""What can be wrong with an installation: one line a check, and the remedy. The database's part."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from evaluator.core.errors import FaithlineError, message_of, told
from evaluator.core.ports import Clock, OpenEvaluator
from evaluator.pipeline.operations.yields import read_yield_drops
from evaluator.store import condition
from evaluator.store.store import Store, Unit
from evaluator.telemetry import hide_password

SKEW = timedelta(seconds=2)
LATE = timedelta(minutes=2)
"""Control stages look every second: what has waited for longer has nobody to look after it."""
LATE_JOB = timedelta(minutes=15)


class State(StrEnum):
    OK = "ok"
    WARNING = "warning"
    FAILURE = "failure"


@dataclass(frozen=True, slots=True)
class Check:
    """One line: what was looked at, how it is, and what to do where it is not well."""

    name: str
    state: State
    says: str
    remedy: str = ""


def fine(name: str, says: str) -> Check:
    return Check(name, State.OK, says)


def warning(name: str, says: str, remedy: str) -> Check:
    return Check(name, State.WARNING, says, remedy)


def failure(name: str, says: str, remedy: str) -> Check:
    return Check(name, State.FAILURE, says, remedy)


def guarded(name: str, look: Callable[[], Sequence[Check]], remedy: str) -> list[Check]:
    """What `look` finds; what it raises is a failure, told without passwords."""
    try:
        return list(look())
    except Exception as error:  # noqa: BLE001 - whatever is wrong is what we are asked for
        text = message_of(error) if isinstance(error, FaithlineError) else told(error)
        return [failure(name, hide_password(text)[:300], remedy)]


def check_database(store: Store, current: str | None, head: str | None, clock: Clock) -> Iterator[Check]:
    """Its migration, its durability, whether it can be written to, and its clock."""
    if current != head:
        said = f"is at {current or 'none'}, this version needs {head}"
        yield failure(
            "migration", said, "Start `faithline serve` of this version once, or restore the version before"
        )
        return
    yield fine("migration", f"{current}, the newest")
    with store.read() as unit:
        yield _durability(condition.durability(unit))
        before = clock.now()
        there = condition.server_time(unit)
        after = clock.now()
    condition.try_writing(store, clock.now())
    yield fine("write", "a row was written and taken back")
    if there is not None:
        yield _skew(there - (before + (after - before) / 2))


def _durability(settings: dict[str, str]) -> Check:
    said = ", ".join(f"{name}={value}" for name, value in settings.items())
    wanted = {
        "journal_mode": ("wal",),
        "synchronous": ("full", "extra"),
        "fsync": ("on",),
        "full_page_writes": ("on",),
    }
    wanted["synchronous_commit"] = ("on", "local", "remote_write", "remote_apply")
    wrong = [name for name, value in settings.items() if value not in wanted[name]]
    if not wrong:
        return fine("durability", said)
    remedy = f"Set {wrong[0]} back to {wanted[wrong[0]][0]}"
    if "journal_mode" in wrong:
        remedy = "Put the file on a local disk: its file system does not let SQLite share memory"
    return failure("durability", f"{said}: what was acknowledged can be lost with the power", remedy)


def _skew(ahead: timedelta) -> Check:
    said = f"the database's clock is {ahead.total_seconds():+.3f} s from this machine's"
    if abs(ahead) <= SKEW:
        return fine("clock", said)
    return warning("clock", said, "Run NTP on both: leases and retries are timed by the machines that hold them")


def check_work(unit: Unit, now: datetime) -> Iterator[Check]:
    """How old what waits is: a stage that nobody runs shows here."""
    for queue, ready in sorted(unit.queue.ready(now).items()):
        age = now - ready.since
        said = f"{ready.jobs:,} ready, the oldest for {_age(age)}"
        if age <= LATE_JOB:
            yield fine(f"queue {queue}", said)
        else:
            yield warning(
                f"queue {queue}", said, f"Start more workers of the queue {queue}, or lower the rules' rates"
            )
    found = condition.work(unit, now)
    if found.backfill:
        yield fine("backfill", f"{found.backfill:,} jobs wait behind what comes in")
    if found.expired_leases:
        remedy = "They are claimed again as soon as a worker runs; if none does, start one"
        yield warning("leases", f"{found.expired_leases:,} have run out: their workers died", remedy)
    if found.dead_letters:
        remedy = "See `faithline dead-letters list`, mend the cause and replay them"
        yield warning("dead letters", f"{found.dead_letters:,} jobs were given up and count as failed", remedy)
    yield from _quarantine(unit)
    yield from _yields(unit, now)
    yield _since("settling", "the oldest open trace is overdue", found.overdue, now)
    yield _since("aggregation", f"{found.dirty:,} minutes have changed, the oldest", found.dirty_since, now)


def _quarantine(unit: Unit) -> Iterator[Check]:
    """What was set aside so that everybody else could go on, and rules that can not be read."""
    counts = unit.quarantine.counts()
    broken = [(p, rule) for p in unit.projects.all() for rule in unit.of(p).rules.broken()]
    if not counts and not broken:
        yield fine("quarantine", "nothing is set aside")
    if counts:
        said = ", ".join(f"{n:,} of {kind} at {step}" for (step, kind), n in sorted(counts.items()))
        last = "; ".join(f"{q.project}/{q.subject}: {q.error[:100]}" for q in unit.quarantine.some(3))
        remedy = "See `faithline quarantine list`, mend the cause and replay it"
        yield warning("quarantine", f"{said}; the last: {last}", remedy)
    for project, rule in broken:
        yield warning(f"rule {project}/{rule.name}", f"can not be read: {rule.error[:200]}", "Push it again")


def _yields(unit: Unit, now: datetime) -> Iterator[Check]:
    """Senders whose traces suddenly tell less than before."""
    drops = [(project, drop) for project in unit.projects.all() for drop in read_yield_drops(unit, project, now)]
    if not drops:
        yield fine("senders", "their traces tell what they told before")
    for project, drop in drops:
        remedy = f"See `faithline traces --missing {drop.fact} --project {project}`, and docs/senders.md"
        yield warning(f"sender {project}/{drop.sender or 'unknown'}", drop.sentence, remedy)


def _since(name: str, what: str, since: datetime | None, now: datetime) -> Check:
    if since is None or now - since <= LATE:
        return fine(name, "nothing waits" if since is None else f"{what} for {_age(now - since)}")
    remedy = "Nobody runs the control stages: start `faithline serve`, or a worker of the queue control and beat"
    return warning(name, f"{what} for {_age(now - since)}", remedy)


def check_rules(store: Store, build: OpenEvaluator) -> Iterator[Check]:
    """Whether every active rule's evaluator is what is installed here."""
    with store.read() as unit:
        rules = [(project, rule) for project in unit.projects.all() for rule in unit.of(project).rules.active()]
    broken = 0
    for project, rule in rules:
        try:
            build(project, rule.rule.fingerprint)
        except Exception as error:  # noqa: BLE001 - a plug-in may raise anything
            broken += 1
            name = f"rule {project}/{rule.rule.name}"
            yield warning(name, message_of(error)[:300], "Its jobs fail until that is mended")
    if not broken:
        yield fine("rules", f"the evaluators of {len(rules)} active rules are installed")


def _age(age: timedelta) -> str:
    seconds = age.total_seconds()
    return (
        f"{seconds:.0f} s"
        if seconds < 120
        else f"{seconds / 60:.0f} min"
        if seconds < 7200
        else f"{seconds / 3600:.0f} h"
    )
