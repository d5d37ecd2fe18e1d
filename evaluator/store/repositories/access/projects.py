"""Projects and their salts."""

from __future__ import annotations

import secrets
from datetime import datetime

from sqlalchemy import select

from evaluator.store.repositories.base import Repository
from evaluator.store.sql import table, upsert
from evaluator.store.tables.access.projects import ProjectRow

_project = table(ProjectRow)


class Projects(Repository):
    def ensure(self, project: str, now: datetime, salt: str | None = None) -> str:
        """Make sure that a project exists; returns its salt, which never changes."""
        if known := self.salt(project):  # asked for at every commit of ingest
            return known
        row = {"id": project, "salt": salt or secrets.token_hex(16), "created_at": now}
        upsert(self._db, ProjectRow, [row])
        return self.salt(project)

    def salt(self, project: str) -> str:
        """The salt of a project; empty for one that does not exist."""
        query = select(_project.c.salt).where(_project.c.id == project)
        return self._db.execute(query).scalar() or ""

    def all(self) -> list[str]:
        return list(self._db.execute(select(_project.c.id).order_by(_project.c.id)).scalars())
