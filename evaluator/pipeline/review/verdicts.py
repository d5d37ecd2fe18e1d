"""Verdicts on tasks: given, passed on and taken back, each exactly once however often it is sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from evaluator.core.errors import Conflict, NotFound
from evaluator.core.ports import Clock
from evaluator.core.review.definition import CriterionDefinition
from evaluator.core.review.label import DECIDED, Answered, Review, Source
from evaluator.core.review.verdict import Verdict, check_verdict
from evaluator.ingest.clean import clean_text
from evaluator.pipeline.catalog.criteria import criterion_of
from evaluator.pipeline.review.asking import answered as answer_task
from evaluator.pipeline.review.asking import task_id
from evaluator.pipeline.review.serve import LEASE, check_annotator
from evaluator.store.store import ProjectUnit, Store, Unit

PASSES = 3
"""So many people must pass a task on for it to count as one that nobody can answer."""
UNDO_WITHIN = timedelta(days=1)
_SHARED = ("target_kind", "target_id", "content_hash", "criterion", "criterion_version", "trace_id")


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What stands after an annotator did something: the label (None where it was taken back) and the task's state.

    `answered`, `level`, `spans` and `comment` are those of the label.
    """

    task: str
    state: str
    annotator: str
    answered: Answered
    level: str | None = None
    spans: tuple[tuple[int, int], ...] = ()
    comment: str = ""
    at: datetime


def give_verdict(
    store: Store,
    project: str,
    annotator: str,
    task: str,
    clock: Clock,
    *,
    level: str,
    spans: Sequence[Any] = (),
    comment: str = "",
) -> Given:
    """Answer a task: `level` is one of the criterion's, ``cannot_tell`` or ``does_not_apply``.

    The same again changes nothing. Whoever holds the lease may answer and, where nobody does, anybody who may be
    asked.

    Raises:
        NotFound: there is no such task.
        InvalidInput: the answer does not fit the criterion or what was shown.
        Conflict: somebody else holds the task, it is not open any more, or another answer of the annotator stands.
    """
    check_annotator(annotator)
    asked = _Asked(project, annotator, task, clock.now())
    return store.change(partial(_give, asked=asked, level=level, spans=spans, comment=clean_text(comment)))


def skip(store: Store, project: str, annotator: str, task: str, clock: Clock, *, comment: str = "") -> Given:
    """Pass a task on to others; raises as `give_verdict` does."""
    check_annotator(annotator)
    asked = _Asked(project, annotator, task, clock.now())
    return store.change(partial(_give, asked=asked, level=Answered.SKIPPED, comment=clean_text(comment)))


def undo(store: Store, project: str, annotator: str, task: str, clock: Clock, lease: timedelta = LEASE) -> Given:
    """Take back what `annotator` said last of a task, which is theirs again.

    Raises:
        NotFound: there is no such task.
        Conflict: they said nothing of it within a day, its wave was closed, or others have gone on from there.
    """
    check_annotator(annotator)
    return store.change(partial(_undo, asked=_Asked(project, annotator, task, clock.now()), lease=lease))


@dataclass(frozen=True, slots=True)
class _Asked:
    """Who does something to which task, and when."""

    project: str
    annotator: str
    task: str
    now: datetime

    def row(self, mine: ProjectUnit) -> dict[str, Any]:
        """The task, which nobody else changes now. Raises NotFound."""
        row = mine.tasks.hold(self.task)
        if row is None:
            raise NotFound("task", self.task, "Ask for one with POST /api/v1/review/next")
        return row

    def said(self, mine: ProjectUnit) -> dict[str, Any] | None:
        """What the annotator says of the task now."""
        labels = mine.labels.of_tasks([self.task]).get(self.task, ())
        return next((label for label in labels if label["annotator"] == self.annotator), None)


def _give(unit: Unit, asked: _Asked, level: str, spans: Sequence[Any] = (), comment: str = "") -> Given:
    mine = unit.of(asked.project)
    row = asked.row(mine)
    criterion = criterion_of(unit, asked.project, row["criterion"], row["criterion_version"])
    verdict = _verdict(criterion, row["content"]["answer"], level, spans, comment)
    before = asked.said(mine)
    if before is not None:
        if _same(before, verdict):
            return _given(row, before)
        what = before["level"] or before["answered"]
        raise Conflict(f"{asked.annotator} has answered {what} here. Take that back first (undo)")
    _check_open(mine, row, asked)
    label = mine.labels.revise(label_row(mine, row, criterion, verdict, asked.annotator, asked.now))
    if verdict.answered in DECIDED:
        row |= _done(mine, row, label, asked.now)
    else:
        row |= _passed(mine, row)
    return _given(row, label)


def _verdict(criterion: CriterionDefinition, answer: str, level: str, spans: Sequence[Any], comment: str) -> Verdict:
    if level is Answered.SKIPPED:
        return Verdict(answered=Answered.SKIPPED, comment=comment)
    return check_verdict(criterion, answer, level=level, spans=spans, comment=comment)


def _same(label: Mapping[str, Any], verdict: Verdict) -> bool:
    spans = tuple((s["start"], s["end"]) for s in label["spans"])
    said = (label["answered"], label["level"], spans, label["comment"])
    return said == (verdict.answered, verdict.level, verdict.spans, verdict.comment)


def _check_open(mine: ProjectUnit, row: Mapping[str, Any], asked: _Asked) -> None:
    """Raises Conflict where the task is not the annotator's to answer."""
    remedy = "Ask for the next one (POST /api/v1/review/next)"
    if row["state"] != "open":
        raise Conflict(f"this task is {row['state']}, so that nobody can answer it now. {remedy}")
    if _leased_to_other(row, asked):
        raise Conflict(f"somebody else was given this task meanwhile. {remedy}")
    target = row["target_kind"], row["target_id"]
    if row["first_annotator"] == asked.annotator or mine.labels.said(asked.annotator, row["criterion"], [target]):
        raise Conflict(f"{asked.annotator} has judged this answer before, and another person is to. {remedy}")


def _leased_to_other(row: Mapping[str, Any], asked: _Asked) -> bool:
    held = row["lease_until"] is not None and row["lease_until"] > asked.now
    return bool(held and row["lease_owner"] != asked.annotator)


def label_row(
    mine: ProjectUnit,
    row: Mapping[str, Any],
    criterion: CriterionDefinition,
    verdict: Verdict,
    annotator: str,
    now: datetime,
) -> dict[str, Any]:
    """The label (without its sequence) that answers the task of `row`."""
    wave = mine.waves.get(row["wave"])
    return {name: row[name] for name in _SHARED} | said_columns(criterion, verdict) | {
        "annotator": annotator,
        "source": Source.WAVE.value,
        "task": row["id"],
        "wave": row["wave"],
        "review": row["review"],
        "simulated": wave is not None and wave.simulated,
        "created_at": now,
    }  # fmt: skip


def said_columns(criterion: CriterionDefinition, verdict: Verdict) -> dict[str, Any]:
    """The columns of a label that a verdict makes."""
    level = criterion.level(verdict.level) if verdict.level is not None else None
    return {
        "answered": verdict.answered.value,
        "level": verdict.level,
        "bad": None if level is None else level.bad,
        "comment": verdict.comment,
        "spans": [{"start": start, "end": end} for start, end in verdict.spans],
    }


def _done(mine: ProjectUnit, row: Mapping[str, Any], label: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """End a task that is answered, and ask whoever is to be asked next."""
    changed = {"lease_owner": None, "lease_until": None, "done_at": now}
    mine.tasks.change(row["id"], state="open", becomes="done", **changed)
    if row["review"] == Review.FIRST:
        _open_second(mine, row, label)
        for other in _elsewhere(mine, row):
            if other["state"] == "open" and not _held(other, now):
                answer_task(mine, other, label)
    if row["review"] == Review.SECOND:
        _adjudicate(mine, row, label, now)
    return {**changed, "state": "done"}


def _held(row: Mapping[str, Any], now: datetime) -> bool:
    return row["lease_until"] is not None and row["lease_until"] > now


def _elsewhere(mine: ProjectUnit, row: Mapping[str, Any]) -> list[dict[str, Any]]:
    """First tasks of other series about the same content."""
    target = row["target_kind"], row["target_id"]
    same = (Review.FIRST.value, row["content_hash"])
    return [
        task
        for task in mine.tasks.of_targets(row["criterion"], [target]).get(target, [])
        if task["series"] != row["series"] and (task["review"], task["content_hash"]) == same
    ]


def _other(row: Mapping[str, Any], review: Review) -> str:
    """The id of the task of another review of the same sample."""
    return task_id(row["criterion"], row["series"], (row["target_kind"], row["target_id"]), review)


def _open_second(mine: ProjectUnit, row: Mapping[str, Any], label: Mapping[str, Any]) -> None:
    shown = {"content": row["content"], "content_hash": row["content_hash"], "seen": True}
    values = {"becomes": "open", "first_annotator": label["annotator"]}
    mine.tasks.change(_other(row, Review.SECOND), state="waiting", **shown, **values)


def _adjudicate(mine: ProjectUnit, row: Mapping[str, Any], label: Mapping[str, Any], now: datetime) -> None:
    """Ask a third person where two did not agree."""
    first = _other(row, Review.FIRST)
    said = [one for one in mine.labels.of_tasks([first]).get(first, ()) if Answered(one["answered"]) in DECIDED]
    if not said or (said[0]["answered"], said[0]["level"]) == (label["answered"], label["level"]):
        return
    mine.tasks.add([{
        **{name: value for name, value in row.items() if name != "project"},
        "id": _other(row, Review.ADJUDICATION), "review": Review.ADJUDICATION.value, "state": "open", "seen": True,
        "first_annotator": said[0]["annotator"], "lease_owner": None, "lease_until": None, "done_at": None,
        "created_at": now,
    }])  # fmt: skip


def _passed(mine: ProjectUnit, row: Mapping[str, Any]) -> dict[str, Any]:
    """Put a task back for others, or give it up once enough of them have passed it on."""
    enough = len(mine.labels.of_tasks([row["id"]]).get(row["id"], ())) >= PASSES
    state = "passed" if enough else "open"
    mine.tasks.change(row["id"], state="open", becomes=state, lease_owner=None, lease_until=None)
    if enough and row["review"] == Review.FIRST:
        mine.tasks.change(_other(row, Review.SECOND), state="waiting", becomes="passed")
    return {"state": state}


def _undo(unit: Unit, asked: _Asked, lease: timedelta) -> Given:
    mine = unit.of(asked.project)
    row, last = asked.row(mine), asked.said(mine)
    if last is None or last["created_at"] < asked.now - UNDO_WITHIN:
        raise Conflict(f"{asked.annotator} has said nothing of this task within a day. There is nothing to take back")
    if row["state"] == "closed":
        raise Conflict("the wave of this task was closed, and what was said of it stays. Label its trace instead")
    if row["state"] == "open" and _leased_to_other(row, asked):
        raise Conflict("somebody else is at this task now, and what was said of it stays")
    _step_back(mine, row)
    taken_back = mine.labels.revise(_withdrawn(last, asked.now))
    for other in _elsewhere(mine, row):
        said = mine.labels.of_tasks([other["id"]]).get(other["id"], ())
        same = [one for one in said if one["annotator"] == asked.annotator]
        if other["state"] == "done" and same:
            _step_back(mine, other)
            mine.labels.revise(_withdrawn(same[0], asked.now))
            mine.tasks.change(other["id"], becomes="open", done_at=None)
    held: dict[str, Any] = {"lease_owner": asked.annotator, "lease_until": asked.now + lease, "done_at": None}
    mine.tasks.change(row["id"], becomes="open", **held)
    return _given({**row, "state": "open"}, taken_back)


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
    after = mine.tasks.hold(_other(row, following))
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


def _given(row: Mapping[str, Any], label: Mapping[str, Any]) -> Given:
    return Given(
        task=row["id"],
        state=row["state"],
        annotator=label["annotator"],
        answered=Answered(label["answered"]),
        level=label["level"],
        spans=tuple((s["start"], s["end"]) for s in label["spans"]),
        comment=label["comment"],
        at=label["created_at"],
    )
