"""Verdicts that people gave."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select

from evaluator.store.repositories.base import ProjectRepository
from evaluator.store.sql import table
from evaluator.store.tables.review.labels import LabelRow

_label = table(LabelRow)


class Labels(ProjectRepository):
    def add(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Append verdicts; one that is there already stays as it is."""
        self._put(LabelRow, rows)

    def of_trace(self, trace_id: str) -> list[dict[str, Any]]:
        query = select(_label).where(self._mine(_label), _label.c.trace_id == trace_id).order_by(_label.c.created_at)
        return [dict(row) for row in self._db.execute(query).mappings()]
