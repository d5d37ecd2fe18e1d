"""What follows of a verdict for other tasks: the same content in other series, a second opinion, an adjudication."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from evaluator.core.review.label import DECIDED, Answered, Review
from evaluator.pipeline.review.asking import answered, task_id
from evaluator.store.store import ProjectUnit

PASSES = 3
"""So many people must pass a task on for it to count as one that nobody can answer."""


def done(mine: ProjectUnit, row: Mapping[str, Any], label: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """End a task that is answered, and ask whoever is to be asked next."""
    changed = {"lease_owner": None, "lease_until": None, "done_at": now}
    mine.tasks.change(row["id"], state="open", becomes="done", **changed)
    if row["review"] == Review.FIRST:
        _open_second(mine, row, label)
        for other in elsewhere(mine, row):
            if other["state"] == "open" and not held_by_other(other, label["annotator"], now):
                answered(mine, other, label)
    if row["review"] == Review.SECOND:
        _adjudicate(mine, row, label, now)
    return {**changed, "state": "done"}


def elsewhere(mine: ProjectUnit, row: Mapping[str, Any]) -> list[dict[str, Any]]:
    """First tasks of other series about the same content."""
    target = row["target_kind"], row["target_id"]
    same = (Review.FIRST.value, row["content_hash"])
    return [
        task
        for task in mine.tasks.of_targets(row["criterion"], [target]).get(target, [])
        if task["series"] != row["series"] and (task["review"], task["content_hash"]) == same
    ]


def other_task(row: Mapping[str, Any], review: Review) -> str:
    """The id of the task of another review of the same sample."""
    return task_id(row["criterion"], row["series"], (row["target_kind"], row["target_id"]), review)


def _open_second(mine: ProjectUnit, row: Mapping[str, Any], label: Mapping[str, Any]) -> None:
    shown = {"content": row["content"], "content_hash": row["content_hash"], "seen": True}
    values = {"becomes": "open", "first_annotator": label["annotator"]}
    mine.tasks.change(other_task(row, Review.SECOND), state="waiting", **shown, **values)


def _adjudicate(mine: ProjectUnit, row: Mapping[str, Any], label: Mapping[str, Any], now: datetime) -> None:
    """Ask a third person where two did not agree."""
    first = other_task(row, Review.FIRST)
    said = [one for one in mine.labels.of_tasks([first]).get(first, ()) if Answered(one["answered"]) in DECIDED]
    if not said or (said[0]["answered"], said[0]["level"]) == (label["answered"], label["level"]):
        return
    if not mine.waves.stays_open(row["wave"]):  # it is being closed: nobody would close this one task
        return
    mine.tasks.add([{
        **{name: value for name, value in row.items() if name != "project"},
        "id": other_task(row, Review.ADJUDICATION), "review": Review.ADJUDICATION.value, "state": "open",
        "seen": True, "first_annotator": said[0]["annotator"], "lease_owner": None, "lease_until": None,
        "done_at": None, "created_at": now,
    }])  # fmt: skip


def passed(mine: ProjectUnit, row: Mapping[str, Any]) -> dict[str, Any]:
    """Put a task back for others, or give it up once enough of them have passed it on."""
    enough = len(mine.labels.of_tasks([row["id"]]).get(row["id"], ())) >= PASSES
    state = "passed" if enough else "open"
    mine.tasks.change(row["id"], state="open", becomes=state, lease_owner=None, lease_until=None)
    if enough and row["review"] == Review.FIRST:
        mine.tasks.change(other_task(row, Review.SECOND), state="waiting", becomes="passed")
    return {"state": state}


def held_by_other(row: Mapping[str, Any], annotator: str, now: datetime) -> bool:
    """Whether somebody else than `annotator` is at a task."""
    held = row["lease_until"] is not None and row["lease_until"] > now
    return bool(held and row["lease_owner"] != annotator)
