"""Targets whose outcomes became final, noted for whoever is to decide on them: standing waves, second steps of
cascades.

A note stays until it is taken in the transaction that decides, so it does not matter who is killed where.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from typing import Any, ClassVar

from sqlalchemy import Select, Table, delete, select
from sqlmodel import SQLModel

from evaluator.store.repositories.base import PROJECT, ProjectRepository, Repository
from evaluator.store.sql import chunks, table
from evaluator.store.tables.work.outcomes import OutcomeRow

_outcome = table(OutcomeRow)
_KEY = ("fingerprint", "target_kind", "target_id")


@dataclass(frozen=True, slots=True)
class Due:
    """A target whose outcome by an evaluator version became final."""

    fingerprint: str
    target_kind: str
    target_id: str
    day: date
    trace_id: str


_NAMES = tuple(f.name for f in fields(Due))


class DueProjects(Repository):
    """In which projects something is noted in the table `_row`."""

    _row: ClassVar[type[SQLModel]]

    def projects(self) -> list[str]:
        """The projects in which there is something to decide on."""
        due = table(self._row)
        return self._projects_with(select(due.c.target_id).where(due.c.project == PROJECT))


class DueNotes(ProjectRepository):
    """The notes of a project, in the table `_row`."""

    _row: ClassVar[type[SQLModel]]

    def _waited(self, fingerprints: Collection[str]) -> Select[tuple[str]]:
        """Asks for those of the evaluator versions that somebody waits for."""
        raise NotImplementedError

    @property
    def _due(self) -> Table:
        return table(self._row)

    def note(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Note targets (rows of the table) where somebody waits for that evaluator version.

        A note that is there is touched: who takes it away waits for this transaction, or this one for them.
        """
        if not rows:
            return
        waited = set(self._db.execute(self._waited(sorted({row["fingerprint"] for row in rows}))).scalars())
        wanted = {tuple(row[name] for name in _KEY): row for row in rows if row["fingerprint"] in waited}
        self._put(self._row, [wanted[one] for one in sorted(wanted)], update=("day", "trace_id"))

    def note_again(self, trace_ids: Sequence[str]) -> None:
        """As `note`, for all outcomes of these traces."""
        for chunk in chunks(sorted(trace_ids)):
            final = (_outcome.c.trace_id.in_(chunk), _outcome.c.purpose == "production", ~_outcome.c.superseded)
            query = select(*(_outcome.c[name] for name in _NAMES)).where(self._mine(_outcome), *final)
            self.note([dict(row) for row in self._db.execute(query).mappings()])

    def due(self, limit: int) -> list[Due]:
        """Some of what is due."""
        return [Due(*row) for row in self._db.execute(self._noted().limit(limit))]

    def take(self, wanted: Sequence[Due]) -> list[Due]:
        """Take these away, of those that nobody else is at; they come back if this transaction fails."""
        found: list[Due] = []
        for chunk in chunks(wanted):
            query = self._noted().where(
                self._due.c.fingerprint.in_({d.fingerprint for d in chunk}),
                self._due.c.target_id.in_([d.target_id for d in chunk]),
            )
            found += [Due(*row) for row in self._db.execute(query.with_for_update(skip_locked=True))]
        asked = set(wanted)
        taken = [due for due in found if due in asked]
        self.drop_due(taken)
        return taken

    def drop_due(self, taken: Sequence[Due]) -> None:
        """Take these away, whatever becomes of them."""
        by_kind: dict[tuple[str, str], list[str]] = defaultdict(list)
        for due in taken:
            by_kind[due.fingerprint, due.target_kind].append(due.target_id)
        there = self._due
        for (fingerprint, kind), ids in by_kind.items():
            for chunk in chunks(ids):
                mine = (there.c.fingerprint == fingerprint, there.c.target_kind == kind, there.c.target_id.in_(chunk))
                self._db.execute(delete(there).where(self._mine(there), *mine))

    def _noted(self) -> Select[Any]:
        """What is noted, in the order of its keys."""
        due = self._due
        return (
            select(*(due.c[name] for name in _NAMES)).where(self._mine(due)).order_by(*(due.c[name] for name in _KEY))
        )
