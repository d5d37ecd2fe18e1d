"""What a judge has said of the same content before: it is not paid for twice.

The cache is the outcomes themselves, so that what is erased or has outlived its time is gone from it as well. Only
production reads it: whoever wants to see how steady a judge is asks anew.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from evaluator.core.outcome import Evidence, Outcome, Score, ScoreKind, is_waiting
from evaluator.store.repositories.work.jobs import Job
from evaluator.store.store import Store

_OF_THE_CALL = ("seconds", "calls", "answered", "tries", "tokens", "again")
"""What details tell of the call that was made, and not of the content."""


def said_before(store: Store, jobs: Sequence[Job]) -> dict[int, Outcome]:
    """The verdicts that there are on the contents of `jobs` (of one project and evaluator), by place in them, at no
    cost."""
    wanted = [i for i, job in enumerate(jobs) if job.purpose == "production"]
    if not wanted:
        return {}
    with store.read() as unit:
        home = unit.of(jobs[0].project)
        found = home.outcomes.judged(jobs[0].fingerprint, {jobs[i].content_hash for i in wanted})
    return {i: _again(found[jobs[i].content_hash]) for i in wanted if jobs[i].content_hash in found}


def copies_in(jobs: Sequence[Job]) -> dict[int, list[int]]:
    """By place in `jobs` (of one project and evaluator), the places of those behind it about the same content, for
    which it is asked, too. What is not production is asked by itself."""
    places: dict[str, list[int]] = defaultdict(list)
    for i, job in enumerate(jobs):
        if job.purpose == "production":
            places[job.content_hash].append(i)
    return {first: copies for first, *copies in places.values() if copies}


def also(outcome: Outcome | None) -> Outcome | None:
    """What the `outcome` of a job (None: it was given back, and all about the same content with it) is for another
    about the same content, at no cost."""
    if outcome is None or is_waiting(outcome):
        return outcome
    return (
        _for_nothing(outcome) if isinstance(outcome, Score) else replace(outcome, cost=0.0, details={"cached": True})
    )


def _again(row: dict[str, Any]) -> Score:
    return _for_nothing(
        Score(
            value=row["value"],
            label=row["label"],
            explanation=row["explanation"],
            evidence=tuple(Evidence(**mark) for mark in row["evidence"]),
            kind=ScoreKind(row["kind"]),
            details=row["details"],
        )
    )


def _for_nothing(score: Score) -> Score:
    details = {name: value for name, value in score.details.items() if name not in _OF_THE_CALL}
    return replace(score, cost=0.0, details=details | {"cached": True})
