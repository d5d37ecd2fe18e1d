"""Jobs that were given up: what is known of each, and another life for them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from evaluator.core.access import LOCAL
from evaluator.core.errors import NotFound
from evaluator.core.ports import Clock, Hints
from evaluator.core.trace import Sample
from evaluator.pipeline.schedule import JUDGE, SCORE
from evaluator.store.store import Store, Unit


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetter:
    """A job that failed for good after `attempts` tries; `error` is what the last one said.

    `failure` and `message` are the outcome that stands in its place since `failed_at`; it counts as failed in every
    rate until a replay replaces it.
    """

    id: int
    trace_id: str
    target_id: str
    evaluator: str
    fingerprint: str
    queue: str
    attempts: int
    queued_at: datetime
    error: str
    failure: str | None
    message: str | None
    failed_at: datetime | None


def read_dead_letters(
    unit: Unit, project: str, limit: int = 100, after: int = 0, ids: Sequence[int] | None = None
) -> list[DeadLetter]:
    """Dead letters in the order of their ids, from the one after `after` on, or those of `ids`."""
    return [_letter(unit, project, row) for row in unit.of(project).jobs.dead(limit, after, ids)]


def read_dead_letter(unit: Unit, project: str, letter: int) -> tuple[DeadLetter, Sample | None]:
    """One dead letter with the sample that it is about, while that is kept. Raises NotFound."""
    found = unit.of(project).jobs.dead(1, ids=[letter])
    if not found:
        raise _missing(letter)
    key = (project, *(found[0][name] for name in ("day", "target_kind", "target_id", "content_hash")))
    samples = unit.of(project).traces.samples([key])
    return _letter(unit, project, found[0]), next(iter(samples.values()), None)


def replay(
    store: Store, project: str, ids: Sequence[int] | None, clock: Clock, hints: Hints, actor: str = LOCAL
) -> int:
    """Give dead letters (None: all of the project's) another life; returns how many.

    What stands in their place stays until there is a new outcome, which replaces it.

    Raises:
        NotFound: one of `ids` is none; then nothing is replayed.
    """
    done = store.change(partial(_replay, project=project, ids=ids, now=clock.now(), actor=actor))
    for stage in (SCORE, JUDGE) if done else ():
        hints.wake(stage)
    return done


def _replay(unit: Unit, project: str, ids: Sequence[int] | None, now: datetime, actor: str) -> int:
    mine = unit.of(project)
    if ids is not None:
        known = {row["id"] for row in mine.jobs.dead(len(ids) or 1, ids=ids)}
        for letter in ids:
            if letter not in known:
                raise _missing(letter)
    done = mine.jobs.replay(now, ids)
    if done:
        mine.audit.record(actor, "dead_letters.replay", project, now, jobs=done)
    return done


def _missing(letter: int) -> NotFound:
    return NotFound("dead letter", str(letter), "List what there is with `faithline dead-letters list`")


def _letter(unit: Unit, project: str, row: dict[str, Any]) -> DeadLetter:
    version = unit.of(project).evaluators.get(row["fingerprint"])
    same = ("id", "trace_id", "target_id", "fingerprint", "queue", "attempts", "error", "message", "failed_at")
    return DeadLetter(
        **{name: row[name] for name in same},
        evaluator=version.name if version else "",
        queued_at=row["created_at"],
        failure=row["reason"],
    )
