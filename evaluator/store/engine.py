"""Opens databases.

SQLite runs in WAL mode with one writer connection a process and a pool of read-only ones. Every write begins with
``BEGIN IMMEDIATE``: `busy_timeout` does not cover a read lock that is upgraded half-way. ``synchronous=FULL``
makes a commit wait for the disk, because ingest acknowledges on commit.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.pool import QueuePool

from evaluator.core.errors import DatabaseAway

BUSY_MS = 60_000
"""How long SQLite waits for another process that writes (ms)."""
STATEMENT_MS, LOCK_MS, IDLE_MS = 60_000, 30_000, 60_000
"""How long PostgreSQL lets a statement run, a lock be waited for, and a transaction stay open with nothing to do
(ms): a client that hangs must not hold locks, nor keep vacuum from the rows that the queue left behind."""
PASSING = {"40001", "40P01", "55P03", "57014", "57P01", "57P02", "57P03"}
"""PostgreSQL's codes: serialization failure, deadlock, lock and statement timeout, shutdown, crash, starting up."""

RETRY_SECONDS = 2.0
"""When those who found the database away are told to come back (s)."""


@contextmanager
def telling() -> Iterator[None]:
    """Trouble that passes is told as DatabaseAway, so that whoever asked knows to come back."""
    try:
        yield
    except DBAPIError as error:
        if is_passing(error):
            raise DatabaseAway("the database does not answer or is busy", RETRY_SECONDS) from error
        raise
    except PoolTimeout as error:
        raise DatabaseAway("every connection to the database is in use", RETRY_SECONDS) from error


def writer(url: str) -> Engine:
    """An engine for writing; on SQLite a single connection that others in the process wait for."""
    if not is_sqlite(url):
        return _postgres(url)
    path = sqlite_path(url)
    if path != ":memory:":
        Path(path).expanduser().parent.mkdir(parents=True, exist_ok=True)
    engine = _sqlite(url, size=1)
    event.listen(engine, "begin", _begin_immediate)
    return engine


def reader(url: str, size: int = 8) -> Engine:
    """An engine that can not write."""
    if not is_sqlite(url):
        return _postgres(url, read_only=True)
    engine = _sqlite(url, size=size)
    event.listen(engine, "connect", _query_only)
    event.listen(engine, "begin", _begin)
    return engine


def is_sqlite(url: str) -> bool:
    return url.startswith("sqlite")


def sqlite_path(url: str) -> str:
    return url.removeprefix("sqlite:///")


def durability(url: str) -> str:
    """What a commit waits for, in words, for benchmarks and for `faithline doctor`."""
    if is_sqlite(url):
        return "SQLite journal_mode=WAL synchronous=FULL (a commit waits for fsync)"
    return "PostgreSQL synchronous_commit as the server has it"


def is_passing(error: DBAPIError) -> bool:
    """Whether the same transaction may well succeed a little later: it lost a race, or its connection."""
    state = getattr(error.orig, "sqlstate", None)
    refused = state is None and isinstance(error.orig, psycopg.OperationalError)  # there was nobody to give a code
    return error.connection_invalidated or refused or state in PASSING or "database is locked" in str(error.orig)


def _sqlite(url: str, size: int) -> Engine:
    engine = create_engine(
        "sqlite:///" + str(Path(sqlite_path(url)).expanduser()),
        poolclass=QueuePool,
        pool_size=size,
        max_overflow=0,
        pool_timeout=BUSY_MS / 1000,
        connect_args={"isolation_level": None, "check_same_thread": False, "timeout": BUSY_MS / 1000},
    )
    event.listen(engine, "connect", _pragmas)
    return engine


def _postgres(url: str, *, read_only: bool = False) -> Engine:
    options = f"-c timezone=utc -c statement_timeout={STATEMENT_MS} -c lock_timeout={LOCK_MS}"
    options += f" -c idle_in_transaction_session_timeout={IDLE_MS}"
    if read_only:
        options += " -c default_transaction_read_only=on"
    return create_engine(url, pool_size=8, max_overflow=8, pool_pre_ping=True, connect_args={"options": options})


def _pragmas(connection: sqlite3.Connection, _record: Any) -> None:
    cursor = connection.cursor()
    for pragma in (
        f"busy_timeout={BUSY_MS}",  # first: switching to WAL takes a lock
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "temp_store=MEMORY",
        "cache_size=-65536",  # 64 MiB
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _query_only(connection: sqlite3.Connection, _record: Any) -> None:
    connection.execute("PRAGMA query_only=ON")


def _begin_immediate(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN")
