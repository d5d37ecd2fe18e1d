"""What people said."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import and_, exists, func, select

from evaluator.core.review.label import Answered
from evaluator.store.repositories.base import ProjectRepository
from evaluator.store.repositories.review.waves import Target
from evaluator.store.sql import chunks, lock, table, unindexed
from evaluator.store.tables.review.labels import LabelRow
from evaluator.store.tables.review.tasks import TaskRow

_label, _task = table(LabelRow), table(TaskRow)
_SAMPLE = ("target_kind", "target_id", "content_hash", "criterion", "annotator")
"""What a label is about and whose it is, beside the project: `sequence` counts its revisions."""
_IN_TIME = (_label.c.created_at, _label.c.sequence)


class Labels(ProjectRepository):
    def add(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Append labels; one that is there already stays as it is."""
        self._put(LabelRow, rows)

    def revise(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """Append what an annotator says now of a sample; returns the row with its `sequence`."""
        last = self.last(row)
        revision = {**row, "sequence": 0 if last is None else last["sequence"] + 1}
        self._put(LabelRow, [revision])
        return revision

    def last(self, row: Mapping[str, Any]) -> dict[str, Any] | None:
        """What the annotator of `row` said last of its sample; that stays so until this transaction ends."""
        lock(self._db, "label", self._project, row["annotator"])
        same = and_(self._mine(_label), *(_label.c[name] == row[name] for name in _SAMPLE))
        query = select(_label).where(same).order_by(_label.c.sequence.desc()).limit(1)
        found = self._db.execute(query).mappings().first()
        return None if found is None else dict(found)

    def of_trace(self, trace_id: str) -> list[dict[str, Any]]:
        """Every label of a trace, revisions and all, in the order of time."""
        query = select(_label).where(self._mine(_label), _label.c.trace_id == trace_id)
        return [dict(row) for row in self._db.execute(query.order_by(*_IN_TIME)).mappings()]

    def newest(self, criterion: str, limit: int) -> list[dict[str, Any]]:
        """What was said last by a criterion, the newest first, revisions and all."""
        query = select(_label).where(self._mine(_label), _label.c.criterion == criterion)
        query = query.order_by(_label.c.created_at.desc(), _label.c.sequence.desc()).limit(limit)
        return [dict(row) for row in self._db.execute(query).mappings()]

    def of_tasks(self, tasks: Collection[str]) -> dict[str, list[dict[str, Any]]]:
        """What stands of what was said on each task: the last revision of each annotator, unless it was withdrawn."""
        found: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for chunk in chunks(sorted(tasks)):
            query = select(_label).where(self._mine(_label), _label.c.task.in_(chunk))
            query = query.order_by(*_IN_TIME)
            last: dict[tuple[str, str], dict[str, Any]] = {}
            for row in self._db.execute(query).mappings():
                last[row["task"], row["annotator"]] = dict(row)
            for (task, _), said in last.items():
                if said["answered"] != Answered.WITHDRAWN:
                    found[task].append(said)
        return found

    def own(self, task: str, annotator: str) -> dict[str, Any] | None:
        """What an annotator says of a task now."""
        return next((one for one in self.of_tasks([task])[task] if one["annotator"] == annotator), None)

    def said(self, annotator: str, criterion: str, targets: Collection[Target]) -> set[Target]:
        """Those of `targets` of which the annotator has said something by this criterion that still stands."""
        last: dict[Target, str] = {}
        wanted = set(targets)
        for chunk in chunks(sorted(wanted)):
            columns = (_label.c.created_at, _label.c.sequence, _label.c.answered)
            query = select(_label.c.target_kind, _label.c.target_id, *columns).where(
                self._mine(_label), _label.c.target_kind.in_(sorted({kind for kind, _ in chunk})),
                _label.c.target_id.in_([target for _, target in chunk]),
                unindexed(self._db, _label.c.criterion) == criterion, _label.c.annotator == annotator,
            )  # fmt: skip
            # Sorted here: to save that, SQLite would look through all labels of the criterion.
            for kind, target, _, _, answered in sorted(self._db.execute(query), key=lambda row: tuple(row[2:4])):
                last[kind, target] = answered
        return {target for target, answered in last.items() if answered != Answered.WITHDRAWN} & wanted

    def annotators(self, waves: Collection[str]) -> dict[str, dict[str, int]]:
        """Of how many tasks of each of these waves each annotator says something, that they have not taken back."""
        later, found = _label.alias(), defaultdict[str, dict[str, int]](dict)
        same = [later.c[name] == _label.c[name] for name in ("project", "task", *_SAMPLE)]
        revised = exists().where(*same, later.c.sequence > _label.c.sequence)
        by = (_task.c.wave, _label.c.annotator)
        for chunk in chunks(sorted(waves)):
            query = (
                select(*by, func.count(_label.c.task.distinct()))
                .join(_task, and_(_task.c.project == _label.c.project, _task.c.id == _label.c.task))
                .where(self._mine(_task), _task.c.wave.in_(chunk), ~revised)
                .where(_label.c.answered != Answered.WITHDRAWN.value)
            )
            for wave, annotator, n in self._db.execute(query.group_by(*by).order_by(*by)):
                found[wave][annotator] = n
        return found
