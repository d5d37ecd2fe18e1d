"""Verdicts on tasks: given or passed on, each exactly once however often it is sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from evaluator.core.errors import Conflict, NotFound
from evaluator.core.ports import Clock
from evaluator.core.review.definition import CriterionDefinition
from evaluator.core.review.label import DECIDED, Answered, Source
from evaluator.core.review.verdict import Verdict, check_verdict
from evaluator.ingest.clean import clean_text
from evaluator.pipeline.catalog.criteria import criterion_of
from evaluator.pipeline.review.following import done, held_by_other, passed
from evaluator.pipeline.review.serve import check_annotator
from evaluator.store.store import ProjectUnit, Store, Unit

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
    asked = Asked(project, annotator, task, clock.now())
    return store.change(partial(_give, asked=asked, level=level, spans=spans, comment=clean_text(comment)))


def skip(store: Store, project: str, annotator: str, task: str, clock: Clock, *, comment: str = "") -> Given:
    """Pass a task on to others; raises as `give_verdict` does."""
    check_annotator(annotator)
    asked = Asked(project, annotator, task, clock.now())
    return store.change(partial(_give, asked=asked, level=Answered.SKIPPED, comment=clean_text(comment)))


@dataclass(frozen=True, slots=True)
class Asked:
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
        return mine.labels.own(self.task, self.annotator)


def _give(unit: Unit, asked: Asked, level: str, spans: Sequence[Any] = (), comment: str = "") -> Given:
    mine = unit.of(asked.project)
    row = asked.row(mine)
    criterion = criterion_of(unit, asked.project, row["criterion"], row["criterion_version"])
    verdict = _verdict(criterion, row["content"]["answer"], level, spans, comment)
    before = asked.said(mine)
    if before is not None:
        if _same(before, verdict):
            return given(row, before)
        what = before["level"] or before["answered"]
        raise Conflict(f"{asked.annotator} has answered {what} here. Take that back first (undo)")
    _check_open(mine, row, asked)
    label = mine.labels.revise(label_row(mine, row, criterion, verdict, asked.annotator, asked.now))
    if verdict.answered in DECIDED:
        row |= done(mine, row, label, asked.now)
    else:
        row |= passed(mine, row)
    return given(row, label)


def _verdict(criterion: CriterionDefinition, answer: str, level: str, spans: Sequence[Any], comment: str) -> Verdict:
    if level is Answered.SKIPPED:
        return Verdict(answered=Answered.SKIPPED, comment=comment)
    return check_verdict(criterion, answer, level=level, spans=spans, comment=comment)


def _same(label: Mapping[str, Any], verdict: Verdict) -> bool:
    spans = tuple((s["start"], s["end"]) for s in label["spans"])
    said = (label["answered"], label["level"], spans, label["comment"])
    return said == (verdict.answered, verdict.level, verdict.spans, verdict.comment)


def _check_open(mine: ProjectUnit, row: Mapping[str, Any], asked: Asked) -> None:
    """Raises Conflict where the task is not the annotator's to answer."""
    remedy = "Ask for the next one (POST /api/v1/review/next)"
    if row["state"] != "open":
        raise Conflict(f"this task is {row['state']}, so that nobody can answer it now. {remedy}")
    if held_by_other(row, asked.annotator, asked.now):
        raise Conflict(f"somebody else was given this task meanwhile. {remedy}")
    target = row["target_kind"], row["target_id"]
    if row["first_annotator"] == asked.annotator or mine.labels.said(asked.annotator, row["criterion"], [target]):
        raise Conflict(f"{asked.annotator} has judged this answer before, and another person is to. {remedy}")


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


def given(row: Mapping[str, Any], label: Mapping[str, Any]) -> Given:
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
