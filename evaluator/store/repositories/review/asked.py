"""Samples that people were asked about by a criterion, whichever wave drew them, with all that was said of them and
what every evaluator version makes of them: what agreement is measured on."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import inf
from typing import Any

from sqlalchemy import Table, select

from evaluator.core.review.label import Review, Source
from evaluator.core.slicing import DIMENSIONS
from evaluator.store.repositories.base import ProjectRepository
from evaluator.store.repositories.review.reviewed import drawn_by_any
from evaluator.store.repositories.review.waves import Target
from evaluator.store.sql import chunks, table, unindexed
from evaluator.store.tables.review.labels import AnchorRow, LabelRow
from evaluator.store.tables.review.tasks import TaskRow
from evaluator.store.tables.review.waves import WaveRow

_task, _label, _anchor, _wave = table(TaskRow), table(LabelRow), table(AnchorRow), table(WaveRow)
_ASKED = ("target_kind", "target_id", "content_hash", "wave", "series", "state", "cluster", "stratum")
_DESIGN = ("inclusion", "sampling_probability", "probabilities")
_SAID = (
    "target_kind", "target_id", "content_hash", "annotator", "sequence", "answered", "bad", "review", "simulated",
    "created_at",
)  # fmt: skip
_SCORED = ("target_kind", "target_id", "content_hash", "fingerprint", "value", "label", "reason")


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedSample:
    """A sample that a series drew for review."""

    target: Target
    content: str
    """The hash of what the task shows."""
    wave: str
    series: str
    state: str
    """See `TaskRow.state`."""
    cluster: int
    slice: tuple[str | None, ...]
    """The value of each of `SLICE_DIMENSIONS`."""
    weight: float
    """One over the probability that it was sent, selected and drawn, >= 1; infinite where that is not known."""


class AskedSamples(ProjectRepository):
    def last_criterion(self) -> str | None:
        """The criterion that people were asked about last."""
        query = select(_wave.c.criterion).where(self._mine(_wave), _wave.c.complete)
        return self._db.execute(query.order_by(_wave.c.created_at.desc()).limit(1)).scalar()

    def newest(
        self, criterion: str, window: tuple[datetime | None, datetime | None], limit: int
    ) -> list[AskedSample]:
        """The samples of the newest `limit` first tasks, of traces that began in `window`; the newest first. One that
        several series drew comes once for each."""
        start, end = window
        names = (*_ASKED, *_DESIGN, *DIMENSIONS)
        query = select(*(_task.c[name] for name in names)).where(
            self._mine(_task), _task.c.criterion == criterion, _task.c.review == Review.FIRST.value
        )
        if start is not None:
            query = query.where(_task.c.at >= start)
        if end is not None:
            query = query.where(_task.c.at < end)
        query = query.order_by(_task.c.created_at.desc(), _task.c.id.desc()).limit(limit)
        return [_asked(row) for row in self._db.execute(query).mappings()]

    def labels(self, criterion: str, targets: Collection[Target]) -> list[dict[str, Any]]:
        """All that was said of `targets` in waves, revisions and all."""
        where = (_label.c.source == Source.WAVE.value,)
        return self._about(_label, _SAID, criterion, targets, where)

    def scores(self, criterion: str, targets: Collection[Target]) -> list[dict[str, Any]]:
        """What every evaluator version makes of whatever `targets` held."""
        return self._about(_anchor, _SCORED, criterion, targets, ())

    def seconds(self, criterion: str, targets: Collection[Target]) -> set[Target]:
        """Those of `targets` that a second person is asked about."""
        where = (_task.c.review == Review.SECOND.value,)
        rows = self._about(_task, ("target_kind", "target_id"), criterion, targets, where)
        return {(row["target_kind"], row["target_id"]) for row in rows}

    def _about(
        self, rows: Table, names: Sequence[str], criterion: str, targets: Collection[Target], where: Sequence[Any]
    ) -> list[dict[str, Any]]:
        wanted, found = set(targets), list[dict[str, Any]]()
        about = rows.c.criterion if rows is not _label else unindexed(self._db, _label.c.criterion)
        for chunk in chunks(sorted(wanted)):
            query = select(*(rows.c[name] for name in names)).where(
                self._mine(rows), about == criterion, *where,
                rows.c.target_kind.in_(sorted({kind for kind, _ in chunk})),
                rows.c.target_id.in_([target for _, target in chunk]),
            )  # fmt: skip
            every = (dict(row) for row in self._db.execute(query).mappings())
            found += [row for row in every if (row["target_kind"], row["target_id"]) in wanted]
        return found


def _asked(row: Any) -> AskedSample:
    chance = row["inclusion"] * row["sampling_probability"] * drawn_by_any(row["probabilities"])
    return AskedSample(
        target=(row["target_kind"], row["target_id"]),
        content=row["content_hash"],
        wave=row["wave"],
        series=row["series"],
        state=row["state"],
        cluster=row["cluster"],
        slice=(*(row[name] for name in DIMENSIONS), row["stratum"]),
        weight=1.0 / chance if chance > 0.0 else inf,
    )
