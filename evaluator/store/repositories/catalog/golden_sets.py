"""Golden sets: immutable versions, named by their content."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from evaluator.core.evaluator import GoldenItem, golden_version
from evaluator.store.repositories.base import ProjectRepository
from evaluator.store.sql import lock, table
from evaluator.store.tables.catalog.golden_sets import GoldenItemRow, GoldenSetRow

_set, _item = table(GoldenSetRow), table(GoldenItemRow)


@dataclass(frozen=True, slots=True)
class GoldenSet:
    """A version of a golden set, without its items."""

    name: str
    version: str
    title: str
    description: str
    size: int
    created_at: datetime


class GoldenSets(ProjectRepository):
    def alone(self, name: str) -> None:
        """Be the only one who adds to a set until this transaction ends: of two at once, one would be lost."""
        lock(self._db, "golden", self._project, name)

    def push(
        self, name: str, items: Sequence[GoldenItem], now: datetime, *,
        title: str = "", description: str = "",
    ) -> GoldenSet:  # fmt: skip
        """Store `items` as a version of `name`; the same content again changes nothing but becomes the newest."""
        version = golden_version(items)
        row = GoldenSet(name, version, title, description, len(items), now)
        values = {f: getattr(row, f) for f in GoldenSet.__dataclass_fields__}
        self._put(GoldenSetRow, [values], update=("title", "description", "created_at"))
        key = {"name": name, "version": version}
        rows = [
            key | {"position": i, "item_id": item.id, "body": item.model_dump(mode="json")}
            for i, item in enumerate(items)
        ]
        self._put(GoldenItemRow, rows)
        return row

    def versions(self, name: str | None = None) -> list[GoldenSet]:
        """Every version, newest first, of one set or of all."""
        where = [self._mine(_set)] + ([_set.c.name == name] if name else [])
        columns = [_set.c[f] for f in GoldenSet.__dataclass_fields__]
        query = select(*columns).where(*where).order_by(_set.c.created_at.desc(), _set.c.name)
        return [GoldenSet(*row) for row in self._db.execute(query)]

    def items(self, name: str, version: str) -> list[GoldenItem]:
        query = (
            select(_item.c.body)
            .where(self._mine(_item), _item.c.name == name, _item.c.version == version)
            .order_by(_item.c.position)
        )
        return [GoldenItem.model_validate(body) for body in self._db.execute(query).scalars()]
