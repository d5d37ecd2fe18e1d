"""Projects, their salts and their secrets."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select, update

from evaluator.core.errors import NotFound
from evaluator.store.repositories.base import Repository
from evaluator.store.sql import table, upsert
from evaluator.store.tables.access.projects import ProjectRow

_project = table(ProjectRow)


class Projects(Repository):
    def ensure(self, project: str, now: datetime, salt: str | None = None) -> str:
        """Make sure that a project exists; returns its secret, which never changes."""
        if known := self._secret(project):  # asked for at every commit of ingest
            return known
        made = {"salt": salt or secrets.token_hex(16), "secret": secrets.token_hex(32)}
        row = {"id": project, "created_at": now} | made
        upsert(self._db, ProjectRow, [row])
        # One that a process of an older version made has none.
        without = update(_project).where(_project.c.id == project, _project.c.secret == "")
        self._db.execute(without.values(secret=made["secret"]))
        return self.secret(project)

    def salt(self, project: str) -> str:
        """The salt of a project; empty for one that does not exist."""
        query = select(_project.c.salt).where(_project.c.id == project)
        return self._db.execute(query).scalar() or ""

    def secret(self, project: str) -> str:
        """The secret of a project, which never changes. Raises NotFound."""
        if not (found := self._secret(project)):
            raise NotFound("project", project)
        return found

    def _secret(self, project: str) -> str:
        return self._db.execute(select(_project.c.secret).where(_project.c.id == project)).scalar() or ""

    def user_keys(self, project: str) -> tuple[str, ...]:
        """Further names of attributes that hold a user; none for a project that does not exist."""
        query = select(_project.c.user_keys).where(_project.c.id == project)
        return tuple(self._db.execute(query).scalar() or ())

    def set_user_keys(self, project: str, names: Sequence[str]) -> None:
        """Replace them."""
        self._db.execute(update(_project).where(_project.c.id == project).values(user_keys=list(names)))

    def all(self) -> list[str]:
        return list(self._db.execute(select(_project.c.id).order_by(_project.c.id)).scalars())
