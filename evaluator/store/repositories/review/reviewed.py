"""What people were asked about and said, with the design that drew it: what corrects the rates of a series."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import prod
from typing import Any

from sqlalchemy import and_, select

from evaluator.core.review.label import DECIDED, Answered, Review, Source
from evaluator.core.slicing import DIMENSIONS
from evaluator.store.repositories.base import ProjectRepository
from evaluator.store.sql import table
from evaluator.store.tables.review.labels import AnchorRow, LabelRow
from evaluator.store.tables.review.tasks import TaskRow

_task, _label, _anchor = table(TaskRow), table(LabelRow), table(AnchorRow)
_DESIGN = ("at", "inclusion", "sampling_probability", "probabilities", "stratum", "cluster", *DIMENSIONS)
_SHOWN = ("project", "target_kind", "target_id", "content_hash", "criterion")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewedUnit:
    """One drawn sample of a series: the design that drew it, what its evaluator says, and the first verdict on it."""

    at: datetime
    inclusion: float
    sampling_probability: float
    review: float
    """Probability that any wave drew it once it was selected, in (0, 1]."""
    cluster: int
    slice: tuple[str | None, ...]
    """The value of each of `SLICE_DIMENSIONS`."""
    answered: str | None
    """See `core.review.label.Answered`; None where nobody has answered."""
    bad: float | None
    """In [0, 1], of the level."""
    value: float | None
    label: str | None
    reason: str | None
    """Of the evaluator's score on the content that was judged; all three None where there is none (yet)."""


class ReviewedUnits(ProjectRepository):
    def of_series(
        self, series: str, criterion: str, fingerprint: str, before: datetime, shown: Collection[tuple[str, str]] = ()
    ) -> list[ReviewedUnit]:
        """The drawn samples of a series on traces that began `before`, in no particular order; those that the
        evaluator was `shown` with their verdicts, as examples, without its scores."""
        rows = self._drawn(series, criterion, before)
        said = self._first_verdicts(series, criterion, before)
        scores = self._scores(series, criterion, fingerprint, before)
        for target in shown:
            scores.pop(target, None)
        found = []
        for row in rows:
            target = (row["target_kind"], row["target_id"])
            found.append(_unit(row, said.get(target), scores.get(target, (None, None, None))))
        return found

    def has_labels(self, series: str, criterion: str) -> bool:
        """Whether anything of the series was drawn for review."""
        query = select(_task.c.id).where(*self._tasks(series, criterion)).limit(1)
        return self._db.execute(query).first() is not None

    def _tasks(self, series: str, criterion: str) -> list[Any]:
        first = _task.c.review == Review.FIRST.value
        return [self._mine(_task), _task.c.series == series, _task.c.criterion == criterion, first]

    def _drawn(self, series: str, criterion: str, before: datetime) -> Sequence[Any]:
        names = ("target_kind", "target_id", *_DESIGN)
        query = select(*(_task.c[name] for name in names))
        return self._db.execute(query.where(*self._tasks(series, criterion), _task.c.at < before)).mappings().all()

    def _first_verdicts(self, series: str, criterion: str, before: datetime) -> dict[tuple[str, str], Any]:
        """Also those that were given for another series: of the same content, as that is what was drawn."""
        same = [_label.c[name] == _task.c[name] for name in _SHOWN]
        names = ("target_kind", "target_id", "annotator", "answered", "bad", "created_at", "sequence")
        query = (
            select(*(_label.c[name] for name in names))
            .join(_task, and_(*same))
            .where(*self._tasks(series, criterion), _task.c.at < before)
            .where(_label.c.source == Source.WAVE.value, _label.c.review == Review.FIRST.value)
        )
        return first_of_each(dict(row) for row in self._db.execute(query).mappings())

    def _scores(
        self, series: str, criterion: str, fingerprint: str, before: datetime
    ) -> dict[tuple[str, str], tuple[float | None, str | None, str | None]]:
        same = [_anchor.c[name] == _task.c[name] for name in _SHOWN]
        names = ("target_kind", "target_id", "value", "label", "reason")
        query = (
            select(*(_anchor.c[name] for name in names))
            .join(_task, and_(*same, _anchor.c.fingerprint == fingerprint))
            .where(*self._tasks(series, criterion), _task.c.at < before)
        )
        return {(kind, target): (a, b, c) for kind, target, a, b, c in self._db.execute(query)}


def first_of_each(rows: Iterable[Mapping[str, Any]]) -> dict[tuple[str, str], Any]:
    """What stands of what was said first of each target, of labels (rows of the table `label`) in any order: a
    revision counts where what it revises stood."""
    by_person: dict[tuple[str, ...], Any] = {}
    for row in sorted(rows, key=lambda row: (row["created_at"], row["sequence"])):
        # A person keeps the place of what they said first.
        by_person[row["target_kind"], row["target_id"], row["annotator"]] = row
    found: dict[tuple[str, str], Any] = {}
    for (kind, target, _), row in by_person.items():
        known = found.get((kind, target))
        if row["answered"] == Answered.WITHDRAWN or (known is not None and known["answered"] in DECIDED):
            continue
        if known is None or row["answered"] in DECIDED:
            found[kind, target] = row
    return found


def drawn_by_any(probabilities: Mapping[str, float]) -> float:
    """The probability in [0, 1] of being drawn by any of some waves, which draw independently."""
    return 1.0 - prod(1.0 - p for p in probabilities.values())


def _unit(row: Any, verdict: Any, score: tuple[float | None, str | None, str | None]) -> ReviewedUnit:
    value, label, reason = score
    return ReviewedUnit(
        at=row["at"],
        inclusion=row["inclusion"],
        sampling_probability=row["sampling_probability"],
        review=drawn_by_any(row["probabilities"]),
        cluster=row["cluster"],
        slice=(*(row[name] for name in DIMENSIONS), row["stratum"]),
        answered=None if verdict is None else verdict["answered"],
        bad=None if verdict is None else verdict["bad"],
        value=value,
        label=label,
        reason=reason,
    )
