"""Day partitions of the tables that grow with traffic, on PostgreSQL; SQLite has none.

A partition is made apart and attached, because creating it in place would lock the table against everybody. What
comes on a day without one goes to the default partition, and moves when the day gets its own.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import NamedTuple

from sqlalchemy import text

from evaluator.store.repositories.base import Repository

TABLES = ("wave_unit", "selection", "sample", "outcome", "part")
"""In the order in which a day is dropped: outcomes after samples, whose rows whoever saves one holds."""
LOCK = 0x4661_6975
"""An arbitrary number that only changes of partitions lock."""
WAIT_MS = 500
"""How long a change waits for a table's users, while others wait behind it (ms)."""


class Partition(NamedTuple):
    table: str
    day: date

    @property
    def name(self) -> str:
        return f"{self.table}_p{self.day:%Y%m%d}"


class Partitions(Repository):
    """Every change is idempotent, waits shortly for its locks and is best made in a transaction of its own."""

    def missing(self, days: Iterable[date]) -> list[Partition]:
        """What is not there yet of the partitions of `days`."""
        there = set(self._all())
        wanted = [] if self._db.dialect.name == "sqlite" else [Partition(t, d) for d in days for t in TABLES]
        return [p for p in wanted if p not in there]

    def until(self, last: date) -> list[Partition]:
        """The partitions of all days up to `last`, in the order in which they may be dropped."""
        return sorted((p for p in self._all() if p.day <= last), key=lambda p: (p.day, TABLES.index(p.table)))

    def make(self, partition: Partition) -> bool:
        """Make a partition, with what the default one holds of its day; returns whether it was missing."""
        self._alone()
        if not self.missing([partition.day]) or partition in self._all():
            return False
        table, name, day = partition.table, partition.name, partition.day
        first, after = f"DATE '{day}'", f"DATE '{day + timedelta(days=1)}'"
        within = f"day >= {first} AND day < {after}"
        for statement in (
            f"DROP TABLE IF EXISTS {name}",  # one that was left detached
            f"CREATE TABLE {name} (LIKE {table} INCLUDING ALL, CONSTRAINT {name}_day CHECK ({within}))",
            f"LOCK TABLE ONLY {table} IN SHARE UPDATE EXCLUSIVE MODE",
            f"LOCK TABLE {table}_default IN ACCESS EXCLUSIVE MODE",
            f"WITH moved AS (DELETE FROM {table}_default WHERE {within} RETURNING *) "  # noqa: S608 - names of ours
            f"INSERT INTO {name} SELECT * FROM moved",
            f"ALTER TABLE {table} ATTACH PARTITION {name} FOR VALUES FROM ({first}) TO ({after})",
            f"ALTER TABLE {name} DROP CONSTRAINT {name}_day",  # the partition's bounds say the same
        ):
            self._db.execute(text(statement))
        return True

    def drop(self, partition: Partition) -> None:
        """Drop a partition with all that is in it."""
        self._alone()
        self._db.execute(text(f"DROP TABLE IF EXISTS {partition.name}"))

    def _all(self) -> list[Partition]:
        if self._db.dialect.name == "sqlite":
            return []
        query = text(
            "SELECT parent.relname, child.relname FROM pg_inherits "
            "JOIN pg_class parent ON parent.oid = inhparent JOIN pg_class child ON child.oid = inhrelid "
            "WHERE inhparent = ANY (CAST(:tables AS regclass[]))"
        )
        found = []
        for table, name in self._db.execute(query, {"tables": list(TABLES)}):
            day = name.removeprefix(f"{table}_p")
            if day.isdecimal():  # the default one is not
                found.append(Partition(table, date.fromisoformat(day)))
        return found

    def _alone(self) -> None:
        """Take turns with whoever else changes partitions; wait shortly for those who use the tables."""
        self._db.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOCK})
        self._db.execute(text(f"SET LOCAL lock_timeout = {WAIT_MS}"))
