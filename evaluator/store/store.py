"""The store: units of work over one database."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from itertools import count
from pathlib import Path
from typing import TypeVar

import structlog
from alembic.runtime.migration import MigrationContext
from sqlalchemy import text

from evaluator.core.errors import DatabaseAway, NoRoom
from evaluator.store import engine, migrate
from evaluator.store.unit import ProjectUnit, Unit

__all__ = ["ProjectUnit", "Store", "Unit"]

T = TypeVar("T")

log = structlog.get_logger()


LEAST_FREE = 4 * 2**20
"""Bytes that must be free on the disk of a SQLite database for it to count as one that can be written to."""


class Store:
    """One database. Safe to share between threads; not across a fork or a spawn (open another there)."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._full = False
        self._writer = engine.writer(url)
        self._reader = engine.reader(url)

    @contextmanager
    def write(self) -> Iterator[Unit]:
        """A transaction that commits on leaving, or rolls back on an exception.

        Raises:
            DatabaseAway: it lost a race or its connection; it may have been committed all the same.
            NoRoom: the disk is full.
        """
        try:
            with engine.telling(), self._writer.begin() as connection:
                unit = Unit(connection)
                yield unit
        except NoRoom:
            if not self._full:
                log.error("database_full", free=engine.free_bytes(self.url))
            self._full = True
            raise
        if self._full:
            log.warning("database_has_room_again")
            self._full = False
        for hook in unit.hooks:
            hook()

    def change(self, work: Callable[[Unit], T], patience: float = 30.0) -> T:
        """What `work` returns of a transaction, which is begun anew where it lost a race or its connection.

        `work` may run several times, and may have been committed although the connection was lost: it must be safe
        to repeat. After `patience` seconds the error is raised, and at once where the disk is full.
        """
        until = time.monotonic() + patience
        for pause in _pauses():
            try:
                with self.write() as unit:
                    return work(unit)
            except DatabaseAway as error:
                if isinstance(error, NoRoom) or time.monotonic() + pause > until:
                    raise
                log.warning("transaction_repeated", error=type(error.__cause__).__name__)
            time.sleep(pause)
        raise AssertionError("there is always another pause")

    @contextmanager
    def read(self, seconds: float | None = None) -> Iterator[Unit]:
        """A read-only transaction: one consistent picture.

        Raises:
            DatabaseAway: as `write` does.
            TooLong: it took longer than `seconds`.
        """
        with ExitStack() as stack:
            stack.enter_context(engine.telling())
            connection = stack.enter_context(self._reader.begin())
            if seconds is not None:
                stack.enter_context(engine.ending(connection, seconds))
            yield Unit(connection)

    def check_room(self) -> None:
        """Raises NoRoom where nothing can be written: by what is left of the disk, or tried where it was so."""
        free = engine.free_bytes(self.url)
        if free is not None and free < LEAST_FREE:
            raise NoRoom(f"the disk of the database has {free} bytes left", engine.FULL_RETRY_SECONDS)
        if self._full:
            with self.write() as unit:  # any row: SQLite and PostgreSQL write one that stays the same as well
                unit.connection.execute(text("UPDATE alembic_version SET version_num = version_num"))

    def is_current(self) -> bool:
        """Whether the database is at the newest migration that this version knows. Raises DatabaseAway."""
        with engine.telling(), self._reader.begin() as connection:
            return MigrationContext.configure(connection).get_current_revision() == migrate.head()

    @property
    def folder(self) -> Path | None:
        """Where a SQLite database lies; None for any other."""
        return engine.folder(self.url)

    @property
    def durability(self) -> str:
        return engine.durability(self.url)

    def close(self) -> None:
        self._writer.dispose()
        self._reader.dispose()


def _pauses() -> Iterator[float]:
    """Seconds between attempts: longer and longer, and never the same for two who are in each other's way."""
    for attempt in count():
        yield random.uniform(0.5, 1.0) * min(2.0, 0.05 * 2**attempt)
