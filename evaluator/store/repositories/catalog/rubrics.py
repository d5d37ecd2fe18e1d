"""Rubrics: immutable versions, named by their content."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select

from evaluator.core.rubric import Rubric
from evaluator.store.repositories.base import ProjectRepository
from evaluator.store.sql import table
from evaluator.store.tables.catalog.rubrics import RubricRow

_rubric = table(RubricRow)


class Rubrics(ProjectRepository):
    def push(self, rubric: Rubric, now: datetime) -> str:
        """Store a version of a rubric; returns the version."""
        row = {
            "name": rubric.name,
            "version": rubric.version,
            "definition": rubric.model_dump(mode="json"),
            "created_at": now,
        }
        self._put(RubricRow, [row])
        return rubric.version

    def versions(self) -> list[dict[str, Any]]:
        query = select(_rubric).where(self._mine(_rubric)).order_by(_rubric.c.created_at.desc())
        return [dict(row) for row in self._db.execute(query).mappings()]
