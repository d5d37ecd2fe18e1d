"""Opens databases.

SQLite runs in WAL mode with one writer connection a process and a pool of read-only ones. Every write begins with
``BEGIN IMMEDIATE``: `busy_timeout` does not cover a read lock that is upgraded half-way. ``synchronous=FULL``
makes a commit wait for the disk, because ingest acknowledges on commit.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.pool import QueuePool

from evaluator.core.errors import DatabaseAway, NoRoom, TimedOut, TooLong
from evaluator.store.deadlines import DEADLINES

BUSY_MS = 60_000
"""How long SQLite waits for another process that writes (ms)."""
STATEMENT_MS, LOCK_MS, IDLE_MS = 60_000, 30_000, 60_000
"""How long PostgreSQL lets a statement run, a lock be waited for, and a transaction stay open with nothing to do
(ms): a client that hangs must not hold locks, nor keep vacuum from the rows that the queue left behind."""
PASSING = {"40001", "40P01", "53300", "53400", "55P03", "57P01", "57P02", "57P03"}
"""PostgreSQL's codes: serialization failure, deadlock, out of connections and of what it was configured to take, lock
timeout, shutdown, crash, starting up."""
FULL = {"53100", "58030"}
"""PostgreSQL's codes: disk full, input/output error."""
CANCELED = "57014"
"""PostgreSQL's code of a statement timeout."""
TIMED_OUT = {CANCELED, "25P03", "53200"}
"""PostgreSQL's codes: statement timeout, a transaction that did nothing for too long, out of memory. What was asked
may be the reason."""
SQLITE_FULL = {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR}

RETRY_SECONDS, FULL_RETRY_SECONDS = 2.0, 10.0
"""When those who found the database away, and those who found it full, are told to come back (s)."""
NO_ROOM = "the database can not be written to: its disk is full or fails"
TOLD_SECONDS = 0.5
"""By how much the limit of a statement may lag behind what is left of the time (s): telling it costs a round trip."""


@contextmanager
def telling() -> Iterator[None]:
    """Trouble that passes is told as DatabaseAway, a full disk as NoRoom: whoever asked knows to come back."""
    try:
        yield
    except DBAPIError as error:
        if is_full(error):
            raise NoRoom(NO_ROOM, FULL_RETRY_SECONDS) from error
        if getattr(error.orig, "sqlstate", None) in TIMED_OUT:
            raise TimedOut("the database gave up on what takes too long", RETRY_SECONDS) from error
        if is_passing(error):
            raise DatabaseAway("the database does not answer or is busy", RETRY_SECONDS) from error
        raise
    except PoolTimeout as error:
        raise DatabaseAway("every connection to the database is in use", RETRY_SECONDS) from error


@contextmanager
def ending(connection: Connection, seconds: float) -> Iterator[None]:
    """Whatever is asked of `connection` meanwhile is given up once `seconds` have passed, with TooLong."""
    until = time.monotonic() + seconds
    on_sqlite = connection.dialect.name == "sqlite"
    try:
        with _interrupted(connection, until) if on_sqlite else _timed(connection, seconds, until):
            yield
    except DBAPIError as error:
        if _is_canceled(error) and time.monotonic() >= until:
            raise TooLong(seconds) from error
        raise


def _interrupted(connection: Connection, until: float) -> AbstractContextManager[None]:
    """SQLite has no time limit, so a thread interrupts it. (Were it to ask by itself, it would wait for the
    interpreter's lock each time.)"""
    raw = connection.connection.driver_connection
    assert isinstance(raw, sqlite3.Connection)
    return DEADLINES.interrupted(raw, until)


@contextmanager
def _timed(connection: Connection, seconds: float, until: float) -> Iterator[None]:
    """PostgreSQL has a limit for each statement: what is left of the time, told anew as it goes by."""
    told = float("inf")

    def limit(_connection: Connection, cursor: Any, *_: Any) -> None:
        nonlocal told
        left = until - time.monotonic()
        if left <= 0:
            raise TooLong(seconds)
        if left < told - TOLD_SECONDS:  # by a cursor of its own: one on the server's side takes nothing but its query
            told = left
            with cursor.connection.cursor() as plain:
                plain.execute(f"SET LOCAL statement_timeout = {max(1, int(1000 * left))}")

    event.listen(connection, "before_cursor_execute", limit)
    try:
        yield
    finally:
        event.remove(connection, "before_cursor_execute", limit)


def writer(url: str) -> Engine:
    """An engine for writing; on SQLite a single connection that others in the process wait for."""
    if not is_sqlite(url):
        return _postgres(url)
    if sqlite_path(url) != ":memory:":
        _keep_private(Path(sqlite_path(url)).expanduser())
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


def _keep_private(path: Path) -> None:
    """Make the file its owner's alone, and its folder where there is none; one of before is made so as well.

    SQLite gives its other files the same rights. A file that is there is not opened: closing it would let go of the
    locks that SQLite holds in this process.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    for file in (path, *(path.with_name(path.name + end) for end in ("-wal", "-shm"))):
        with suppress(OSError):  # somebody else's, whom it is up to; or gone by now
            if file.stat().st_mode & 0o077:
                file.chmod(0o600)


def is_sqlite(url: str) -> bool:
    return url.startswith("sqlite")


def sqlite_path(url: str) -> str:
    return url.removeprefix("sqlite:///")


def durability(url: str) -> str:
    """What a commit waits for, in words, for benchmarks and for `faithline doctor`."""
    if is_sqlite(url):
        return "SQLite journal_mode=WAL synchronous=FULL (a commit waits for fsync)"
    return "PostgreSQL synchronous_commit as the server has it"


def folder(url: str) -> Path | None:
    """Where a SQLite database lies; None for any other."""
    if not is_sqlite(url) or sqlite_path(url) == ":memory:":
        return None
    return Path(sqlite_path(url)).expanduser().parent


def free_bytes(url: str) -> int | None:
    """What is left of the disk that a SQLite database lies on; None where that can not be known."""
    where = folder(url)
    with suppress(OSError):
        return None if where is None else shutil.disk_usage(where).free
    return None


def is_full(error: DBAPIError) -> bool:
    """Whether the disk of the database is full, or fails."""
    code = getattr(error.orig, "sqlite_errorcode", None)
    return getattr(error.orig, "sqlstate", None) in FULL or (code is not None and code & 0xFF in SQLITE_FULL)


def _is_canceled(error: DBAPIError) -> bool:
    canceled = getattr(error.orig, "sqlite_errorcode", None) == sqlite3.SQLITE_INTERRUPT
    return canceled or getattr(error.orig, "sqlstate", None) == CANCELED


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
