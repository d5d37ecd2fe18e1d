"""Documents that a project registers: immutable versions, named by their content, of which the newest is used."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Generic, Protocol, TypeVar

import structlog
from pydantic import BaseModel, ValidationError
from sqlalchemy import Table, func, select
from sqlmodel import SQLModel

from evaluator.store.repositories.base import ProjectRepository
from evaluator.store.sql import table

log = structlog.get_logger()


class Definition(Protocol):
    """What is registered: a frozen pydantic model with a name and a version."""

    @property
    def name(self) -> str: ...

    @property
    def version(self) -> str: ...


D = TypeVar("D", bound=Definition)


@dataclass(frozen=True, slots=True)
class Stored(Generic[D]):
    """A version of a document, and when it was pushed last."""

    definition: D
    version: str
    created_at: datetime


class Versions(ProjectRepository, Generic[D]):
    """The versions of one kind of document; `_row` is its table, `_model` its type."""

    _row: ClassVar[type[SQLModel]]
    _model: ClassVar[type[BaseModel]]

    @property
    def _table(self) -> Table:
        return table(self._row)

    def push(self, definition: D, now: datetime) -> Stored[D]:
        """Store a version of a document; the same content again becomes the newest."""
        self._put(self._row, [_row_of(definition, now)], update=("definition", "created_at"))
        return Stored(definition, definition.version, now)

    def keep(self, definition: D, now: datetime) -> None:
        """Store a version of a document where it is not stored yet; the newest stays the newest."""
        self._put(self._row, [_row_of(definition, now)])

    def versions(self, name: str | None = None) -> list[Stored[D]]:
        """Every version that can be read, newest first, of one document or of all."""
        return self._select(*([self._table.c.name == name] if name is not None else []))

    def get(self, name: str, version: str | None = None) -> Stored[D] | None:
        """A version of a document, the newest unless named; None where there is none that can be read."""
        columns = self._table.c
        where = [columns.name == name] + ([columns.version == version] if version is not None else [])
        return next(iter(self._select(*where)), None)

    def count(self) -> int:
        """How many documents there are, whatever their versions."""
        query = select(func.count(self._table.c.name.distinct())).where(self._mine(self._table))
        return int(self._db.execute(query).scalar_one())

    def _select(self, *where: Any) -> list[Stored[D]]:
        columns = self._table.c
        order = (columns.created_at.desc(), columns.name, columns.version)
        query = select(self._table).where(self._mine(self._table), *where).order_by(*order)
        return [found for row in self._db.execute(query).mappings() if (found := self._stored(row)) is not None]

    def _stored(self, row: Any) -> Stored[D] | None:
        """The document of a row; None, and a warning, for one of another version of the software."""
        try:
            definition: Any = self._model.model_validate(row["definition"])
        except ValidationError as error:
            kind = self._table.name
            log.warning(
                f"{kind}_unreadable", **{kind: row["name"]}, version=row["version"], problems=error.error_count()
            )
            return None
        return Stored(definition, row["version"], row["created_at"])


def _row_of(definition: Any, now: datetime) -> dict[str, Any]:
    return {
        "name": definition.name,
        "version": definition.version,
        "definition": definition.model_dump(mode="json"),
        "created_at": now,
    }
