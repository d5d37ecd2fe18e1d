"""Verdicts that are taken back, with what followed of them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from evaluator.core.errors import Conflict
from evaluator.core.ports import Clock
from evaluator.core.review.label import DECIDED, Answered, Review
from evaluator.pipeline.review.following import elsewhere, held_by_other, other_task
from evaluator.pipeline.review.serve import LEASE, check_annotator
from evaluator.pipeline.review.verdicts import Asked, Given, given
from evaluator.store.store import ProjectUnit, Store, Unit

UNDO_WITHIN = timedelta(days=1)


def undo(store: Store, project: str, annotator: str, task: str, clock: Clock, lease: timedelta = LEASE) -> Given:
    """Take back what `annotator` said last of a task, which is theirs again.

    Raises:
        NotFound: there is no such task.
        Conflict: they said nothing of it within a day, its wave was closed, or others have gone on from there.
    """
    check_annotator(annotator)
    return store.change(partial(_undo, asked=Asked(project, annotator, task, clock.now()), lease=lease))


def _undo(unit: Unit, asked: Asked, lease: timedelta) -> Given:
    mine = unit.of(asked.project)
    row, last = asked.row(mine), asked.said(mine)
    if last is None or last["created_at"] < asked.now - UNDO_WITHIN:
        raise Conflict(f"{asked.annotator} has said nothing of this task within a day. There is nothing to take back")
    decided, opened = last["answered"] in DECIDED, mine.waves.opened()
    if row["wave"] not in opened:
        raise Conflict("the wave of this task was closed, and what was said of it stays. Label its trace instead")
    if row["state"] == "open" and held_by_other(row, asked.annotator, asked.now):
        raise Conflict("somebody else is at this task now, and what was said of it stays")
    if row["state"] == "waiting" or (row["state"] == "done" and not decided):
        raise Conflict(f"this task is {row['state']} by what others said since, and what was said of it stays")
    _step_back(mine, row)
    taken_back = mine.labels.revise(_withdrawn(last, asked.now))
    for other in elsewhere(mine, row) if decided and row["review"] == Review.FIRST else ():
        said = mine.labels.of_tasks([other["id"]]).get(other["id"], ())
        own = [x for x in said if x["annotator"] == asked.annotator and x["answered"] in DECIDED]
        if own and other["wave"] in opened:
            _step_back(mine, other)
            mine.labels.revise(_withdrawn(own[0], asked.now))
            mine.tasks.change(other["id"], becomes="open", done_at=None)
    held: dict[str, Any] = {"lease_owner": asked.annotator, "lease_until": asked.now + lease, "done_at": None}
    mine.tasks.change(row["id"], becomes="open", **held)
    return given({**row, "state": "open"}, taken_back)


def _withdrawn(label: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    nothing: dict[str, Any] = {
        "answered": Answered.WITHDRAWN.value,
        "level": None,
        "bad": None,
        "comment": "",
        "spans": [],
    }
    kept = {name: value for name, value in label.items() if name not in ("project", "sequence")}
    return kept | nothing | {"created_at": now}


def _step_back(mine: ProjectUnit, row: Mapping[str, Any]) -> None:
    """Ask nobody any more who was asked because of an answer. Raises Conflict where they have answered."""
    following = {Review.FIRST.value: Review.SECOND, Review.SECOND.value: Review.ADJUDICATION}.get(row["review"])
    if following is None or row["state"] == "open":
        return
    after = mine.tasks.hold(other_task(row, following))
    if after is None:
        return
    if after["state"] == "done":
        raise Conflict("another person has judged the answer since, and what was said stays as it is")
    if following is Review.ADJUDICATION:
        mine.tasks.drop(after["id"])
    elif after["state"] != "closed":
        mine.tasks.change(
            after["id"], becomes="waiting", first_annotator=None, lease_owner=None, lease_until=None
        )  # fmt: skip
