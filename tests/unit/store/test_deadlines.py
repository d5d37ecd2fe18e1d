"""What SQLite is asked ends in time, and nothing that comes after it."""

from __future__ import annotations

import sqlite3
import time

import pytest

from evaluator.store import deadlines
from evaluator.store.deadlines import Deadlines
from tests.support.databases import FOREVER


def connect() -> sqlite3.Connection:
    return sqlite3.connect(":memory:", check_same_thread=False)


@pytest.mark.timeout(60)
def test_a_statement_without_end_is_interrupted_and_the_next_one_is_not() -> None:
    one, found, connection = Deadlines(), [], connect()
    for _ in range(2):
        with (
            pytest.raises(sqlite3.OperationalError, match="interrupted"),
            one.interrupted(connection, time.monotonic()),
        ):
            connection.execute(FOREVER["sqlite"]).fetchall()
        found += connection.execute("SELECT 1").fetchall()
    assert found == [(1,), (1,)]


@pytest.mark.timeout(60)
def test_only_those_whose_time_is_over_are_interrupted() -> None:
    one, late, early = Deadlines(), connect(), connect()
    with one.interrupted(late, time.monotonic() + 3600):
        with pytest.raises(sqlite3.OperationalError), one.interrupted(early, time.monotonic() + 0.2):
            early.execute(FOREVER["sqlite"]).fetchall()
        counted = late.execute(FOREVER["sqlite"].replace("SELECT x + 1 FROM n", "SELECT x + 1 FROM n LIMIT 500000"))
        assert counted.fetchone() == (500_000,)


@pytest.mark.timeout(60)
def test_it_wakes_up_after_a_long_sleep(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deadlines, "TICK_SECONDS", 0.01)
    monkeypatch.setattr(deadlines, "IDLE_TICKS", 1)
    one, connection = Deadlines(), connect()
    with one.interrupted(connection, time.monotonic() + 3600):
        pass
    while not one._asleep:
        time.sleep(0.01)
    with pytest.raises(sqlite3.OperationalError), one.interrupted(connection, time.monotonic()):
        connection.execute(FOREVER["sqlite"]).fetchall()
