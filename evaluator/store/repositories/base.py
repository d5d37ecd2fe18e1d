"""What every repository is built on.

Two kinds: those of the house serve workers that take what comes, of whatever project, and carry the project in each
row; those of a project are bound to it when they are made, so that no query of theirs can reach another's rows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, Table, select
from sqlmodel import SQLModel

from evaluator.store.sql import table, upsert
from evaluator.store.tables.access.projects import ProjectRow

PROJECT = table(ProjectRow).c.id


class Repository:
    """Queries over one connection, for the whole house."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def _projects_with(self, found: Select[Any]) -> list[str]:
        """The projects of which `found` (which names `PROJECT`) has a row: one probe of an index for each."""
        query = select(PROJECT).where(found.exists()).order_by(PROJECT)
        return list(self._db.execute(query).scalars())


class ProjectRepository(Repository):
    """Queries over one connection, for one project."""

    def __init__(self, connection: Connection, project: str) -> None:
        super().__init__(connection)
        self._project = project

    def _mine(self, table: Table) -> ColumnElement[bool]:
        """The condition that every query on `table` carries."""
        return table.c.project == self._project

    def _put(
        self,
        model: type[SQLModel],
        rows: Sequence[Mapping[str, Any]],
        *,
        update: Sequence[str] = (),
        keys: Sequence[str] = (),
    ) -> None:
        """`sql.upsert`, each row made this project's."""
        upsert(self._db, model, [{**row, "project": self._project} for row in rows], update=update, keys=keys)
