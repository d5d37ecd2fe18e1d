"""Sign-ins to the pages."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, select

from evaluator.core.ids import random_id
from evaluator.store.repositories.base import ProjectRepository
from evaluator.store.sql import table
from evaluator.store.tables.access.sign_ins import SignInRow

_sign_in = table(SignInRow)

MAX_OF_KEY = 100
"""Sign-ins by one key that are kept; past that the oldest one ends."""


class SignIns(ProjectRepository):
    def begin(self, key: str, now: datetime, expires: datetime) -> str:
        """Note that `key` signed in; returns the sign-in's id. Those that are over are forgotten."""
        self._db.execute(delete(_sign_in).where(self._mine(_sign_in), _sign_in.c.expires_at <= now))
        of_key = select(_sign_in.c.id).where(self._mine(_sign_in), _sign_in.c.key == key)
        newest_first = of_key.order_by(_sign_in.c.created_at.desc(), _sign_in.c.id)
        for oldest in self._db.execute(newest_first.offset(MAX_OF_KEY - 1)).scalars().all():
            self.end(oldest)
        row = {"id": random_id(), "key": key, "created_at": now, "expires_at": expires}
        self._put(SignInRow, [row])
        return str(row["id"])

    def lasts(self, sign_in: str, now: datetime) -> bool:
        """Whether a sign-in has not ended."""
        query = select(_sign_in.c.expires_at).where(self._mine(_sign_in), _sign_in.c.id == sign_in)
        expires: datetime | None = self._db.execute(query).scalar()
        return expires is not None and now < expires

    def end(self, sign_in: str) -> None:
        self._db.execute(delete(_sign_in).where(self._mine(_sign_in), _sign_in.c.id == sign_in))
