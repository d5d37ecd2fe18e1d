"""Criteria as people answer them: immutable versions, named by their content."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog
from pydantic import ValidationError
from sqlalchemy import func, select

from evaluator.core.review.definition import CriterionDefinition
from evaluator.store.repositories.base import ProjectRepository
from evaluator.store.sql import table
from evaluator.store.tables.catalog.criteria import CriterionRow

_criterion = table(CriterionRow)

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class StoredCriterion:
    """A version of a criterion."""

    definition: CriterionDefinition
    version: str
    created_at: datetime


class Criteria(ProjectRepository):
    def push(self, definition: CriterionDefinition, now: datetime) -> StoredCriterion:
        """Store a version of a criterion; the same content again becomes the newest."""
        self._put(CriterionRow, [_row(definition, now)], update=("definition", "created_at"))
        return StoredCriterion(definition, definition.version, now)

    def keep(self, definition: CriterionDefinition, now: datetime) -> None:
        """Store a version of a criterion where it is not stored yet; the newest stays the newest."""
        self._put(CriterionRow, [_row(definition, now)])

    def versions(self, name: str | None = None) -> list[StoredCriterion]:
        """Every version that can be read, newest first, of one criterion or of all."""
        return self._select(*([_criterion.c.name == name] if name is not None else []))

    def get(self, name: str, version: str | None = None) -> StoredCriterion | None:
        """A version of a criterion, the newest unless named; None where there is none that can be read."""
        where = [_criterion.c.name == name] + ([_criterion.c.version == version] if version is not None else [])
        return next(iter(self._select(*where)), None)

    def count(self) -> int:
        """How many criteria there are, whatever their versions."""
        query = select(func.count(_criterion.c.name.distinct())).where(self._mine(_criterion))
        return int(self._db.execute(query).scalar_one())

    def _select(self, *where: Any) -> list[StoredCriterion]:
        order = (_criterion.c.created_at.desc(), _criterion.c.name, _criterion.c.version)
        query = select(_criterion).where(self._mine(_criterion), *where).order_by(*order)
        return [found for row in self._db.execute(query).mappings() if (found := _stored(row)) is not None]


def _row(definition: CriterionDefinition, now: datetime) -> dict[str, Any]:
    return {
        "name": definition.name,
        "version": definition.version,
        "definition": definition.model_dump(mode="json"),
        "created_at": now,
    }


def _stored(row: Any) -> StoredCriterion | None:
    """The criterion of a row; None, and a warning, for one of another version of the software."""
    try:
        definition = CriterionDefinition.model_validate(row["definition"])
    except ValidationError as error:
        log.warning(
            "criterion_unreadable", criterion=row["name"], version=row["version"], problems=error.error_count()
        )
        return None
    return StoredCriterion(definition, row["version"], row["created_at"])
