"""What a database says when its disk is full or a question takes too long, and who may read its file."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import event, text
from sqlalchemy.exc import OperationalError

from evaluator.core.errors import DatabaseAway, NoRoom, TimedOut, TooLong
from evaluator.core.trace import Part
from evaluator.pipeline.stages.ingest import store_parts
from evaluator.store import engine, migrate
from evaluator.store import store as stores
from evaluator.store.store import Store, Unit
from tests.support.databases import FOREVER
from tests.support.house import NOW, PROJECT, House, TurnedClock, parts


def fill(store: Store) -> int:
    """Write until nothing more goes in; returns how many traces are there."""
    for number in range(1000):
        try:
            store_parts(store, [big(number)], TurnedClock(), timedelta(0))
        except NoRoom:
            return number
    raise AssertionError("it never was full")


def big(number: int) -> Part:
    """A trace of 80 kB that does not compress well."""
    (part,) = parts(number)
    return replace(part, body=part.body | {"metadata": {"noise": os.urandom(40_000).hex()}})


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A real file system of 16 MiB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=16m", "none", str(folder)], capture_output=True)
    if mounted.returncode:
        pytest.skip("only root can mount a small disk")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def test_a_full_disk_is_told_and_passes_when_there_is_room(small_disk: Path) -> None:
    url = f"sqlite:///{small_disk / 'full.db'}"
    migrate.upgrade(url)
    store = Store(url)
    store.check_room()
    there = fill(store)
    with pytest.raises(NoRoom):
        store.check_room()
    started = time.monotonic()
    with pytest.raises(NoRoom):
        store.change(lambda unit: unit.connection.execute(text("CREATE TABLE big AS SELECT zeroblob(30000000)")))
    assert time.monotonic() - started < 20  # it is not tried again
    with store.read() as unit:
        assert sum(unit.of(PROJECT).traces.counts().values()) == there > 20
    subprocess.run(["mount", "-o", "remount,size=64m", str(small_disk)], check=True)
    store.check_room()
    house = House(store)
    house.feed({"id": "after", "question": "q", "answer": "a"})
    with store.read() as unit:
        assert unit.of(PROJECT).views.trace("after") is not None
        assert unit.connection.execute(text("PRAGMA integrity_check")).scalar_one() == "ok"
    store.close()


def test_a_file_that_may_not_grow_is_full_too(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    store = Store(sqlite_url)
    pages: list[str] = ["PRAGMA max_page_count = 300"]
    event.listen(store._writer, "begin", lambda connection: connection.exec_driver_sql(pages[0]))
    fill(store)
    store.check_room()  # a row that stays as long fits in
    fill(store)
    monkeypatch.setattr(stores, "LEAST_FREE", 2**62)
    with pytest.raises(NoRoom, match="bytes left"):
        store.check_room()
    store.close()


@pytest.mark.parametrize(
    ("state", "told"),
    [
        ("53100", NoRoom),
        ("58030", NoRoom),
        ("53200", TimedOut),
        ("57014", TimedOut),
        ("25P03", TimedOut),
        ("53300", DatabaseAway),
        ("55P03", DatabaseAway),
        ("23505", OperationalError),
    ],
)
def test_what_postgresql_says(state: str, told: type[Exception]) -> None:
    cause = psycopg.OperationalError()
    cause.sqlstate = state
    with pytest.raises(told) as found, engine.telling():
        raise OperationalError("INSERT", None, cause)
    assert type(found.value) is told


@pytest.mark.postgres
@pytest.mark.parametrize("limit", ["statement_timeout", "idle_in_transaction_session_timeout"])
def test_what_outlives_a_limit_of_postgresql(postgres_url: str, limit: str) -> None:
    store = Store(postgres_url)

    def outlive(unit: Unit) -> None:
        unit.connection.execute(text(f"SET {limit} = 20"))
        time.sleep(0.1)
        ask_forever(unit)

    with pytest.raises(TimedOut):
        store.change(outlive, patience=0)
    store.close()


def ask_forever(unit: Unit) -> None:
    unit.connection.execute(text(FOREVER[unit.connection.dialect.name]))


def test_a_question_that_takes_too_long_is_given_up(store: Store) -> None:
    with pytest.raises(TooLong, match=r"takes longer than 0\.3 s"), store.read(0.3) as unit:
        ask_forever(unit)
    with store.read() as unit:  # the same connection is as good as new
        assert unit.projects.all() == []
    with store.read(60) as unit:
        assert unit.connection.execute(text("SELECT 7")).scalar_one() == 7


def test_the_time_is_that_of_all_statements_together(store: Store) -> None:
    def ask_again_and_again() -> None:
        with store.read(0.3) as unit:
            for _ in range(1_000_000):
                assert unit.connection.execute(text("SELECT 1")).scalar_one() == 1

    with pytest.raises(TooLong):
        ask_again_and_again()


def test_nobody_else_may_read_the_file(tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        path = tmp_path / "new" / "house.db"
        url = f"sqlite:///{path}"
        migrate.upgrade(url)
        store = Store(url)
        with store.write() as unit:
            unit.projects.ensure(PROJECT, NOW)
        files = list(path.parent.iterdir())
        assert {f.name for f in files} == {"house.db", "house.db-wal", "house.db-shm"}
        assert {f.stat().st_mode & 0o777 for f in files} == {0o600}
        assert path.parent.stat().st_mode & 0o777 == 0o700
        for file in files:
            file.chmod(0o644)
        other = Store(url)
        assert {f.stat().st_mode & 0o777 for f in path.parent.iterdir()} == {0o600}
        other.close()
        store.close()
    finally:
        os.umask(before)


def test_a_folder_that_was_there_stays_as_it_is(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    Store(f"sqlite:///{tmp_path / 'house.db'}").close()
    assert tmp_path.stat().st_mode & 0o777 == 0o755
