"""API keys, of which only hashes are kept."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import and_, or_, select, update

from evaluator.core.access import ApiKey, Scope
from evaluator.store.repositories.base import ProjectRepository, Repository
from evaluator.store.sql import table
from evaluator.store.tables.access.keys import ApiKeyRow

_key = table(ApiKeyRow)


class KeyRing(Repository):
    """The keys of every project: a request says by its key alone which project it speaks for."""

    def find(self, secret_hash: str) -> ApiKey | None:
        """The key with this hash, whether or not it is still valid."""
        row = self._db.execute(select(_key).where(_key.c.hash == secret_hash)).mappings().first()
        return None if row is None else _key_of(row)

    def valid(self, now: datetime) -> frozenset[str]:
        """The hashes of all keys that are valid."""
        lasting = or_(_key.c.expires_at.is_(None), _key.c.expires_at > now)
        return frozenset(self._db.execute(select(_key.c.hash).where(_key.c.revoked_at.is_(None), lasting)).scalars())

    def used(self, uses: Mapping[tuple[str, str], datetime]) -> None:
        """Note when keys (project, id) were used last; a later time that is noted already stays."""
        for (project, key), at in sorted(uses.items()):
            mine = and_(_key.c.project == project, _key.c.id == key)
            earlier = _key.c.last_used_at.is_(None) | (_key.c.last_used_at < at)
            self._db.execute(update(_key).where(mine, earlier).values(last_used_at=at))

    def has_admin(self, now: datetime) -> bool:
        """Whether any project has a valid admin key."""
        found = self._db.execute(select(_key).where(_key.c.revoked_at.is_(None))).mappings()
        return any(key.valid(now) and Scope.ADMIN in key.scopes for key in map(_key_of, found))


class Keys(ProjectRepository):
    """The keys of one project."""

    def put(self, key: ApiKey) -> None:
        """Store a key; one of the same id is replaced."""
        row = {f: getattr(key, f) for f in ApiKey.__dataclass_fields__} | {"scopes": sorted(key.scopes)}
        changed = ("name", "hash", "scopes", "created_at", "created_by", "expires_at", "revoked_at", "last_used_at")
        self._put(ApiKeyRow, [row], update=changed)

    def all(self) -> list[ApiKey]:
        """Every key, newest first, also those that are no longer valid."""
        query = select(_key).where(self._mine(_key)).order_by(_key.c.created_at.desc(), _key.c.id)
        return [_key_of(row) for row in self._db.execute(query).mappings()]

    def get(self, key: str) -> ApiKey | None:
        row = self._db.execute(select(_key).where(self._mine(_key), _key.c.id == key)).mappings().first()
        return None if row is None else _key_of(row)

    def revoke(self, key: str, now: datetime) -> bool:
        """End a key; returns whether there was one that had not been ended before."""
        where = (self._mine(_key), _key.c.id == key, _key.c.revoked_at.is_(None))
        return bool(self._db.execute(update(_key).where(*where).values(revoked_at=now)).rowcount)


def _key_of(row: Any) -> ApiKey:
    values = {f: row[f] for f in ApiKey.__dataclass_fields__}
    return ApiKey(**values | {"scopes": frozenset(map(Scope, row["scopes"]))})
