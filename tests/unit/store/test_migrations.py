"""Migrations go up and down on both databases and end at the schema that the tables describe."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, timedelta

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, inspect, select, text

from evaluator.core.quarantine import Kind, Step
from evaluator.ingest.assembly.assemble import assemble
from evaluator.pipeline.isolation import Isolation
from evaluator.pipeline.stages.settle import settle_due
from evaluator.store import engine, migrate
from evaluator.store.sql import upsert
from evaluator.store.store import Store
from evaluator.store.tables import METADATA, PartRow
from tests.support.house import NOW, PROJECT, House, trace

PARTITION = re.compile(r"(part|sample|selection|outcome|wave_unit)_(default|p\d{8})")
DESCENDING = ("ix_job_ready", "ix_job_batch")
"""Indexes in an order that SQLite does not tell."""
ROW = {
    "project": "p", "day": date(2026, 3, 1), "trace_id": "t", "part_id": "1", "source": "native", "start_at": NOW,
    "end_at": NOW, "received_at": NOW, "body": {"a": "text"},
}  # fmt: skip


def _differences(connection: Connection) -> list[object]:
    """What the tables have otherwise than the database; a partition is its table's."""

    def include(name: str | None, kind: str, _parents: object) -> bool:
        return kind != "table" or not PARTITION.fullmatch(name or "")

    def compare(_index: object, name: str | None, *_: object) -> bool:
        return connection.dialect.name != "sqlite" or name not in DESCENDING

    opts = {"compare_type": False, "include_name": include, "include_object": compare}
    context = MigrationContext.configure(connection, opts=opts)
    return list(compare_metadata(context, METADATA))


def test_head_is_what_the_tables_say(database_url: str) -> None:
    assert migrate.current(database_url) == migrate.head()
    db = engine.writer(database_url)
    with db.begin() as connection:
        assert _differences(connection) == []
    db.dispose()


def test_down_to_nothing_and_up_again(database_url: str) -> None:
    migrate.downgrade(database_url, "base")
    db = engine.writer(database_url)
    with db.begin() as connection:
        assert set(inspect(connection).get_table_names()) <= {"alembic_version"}
    migrate.upgrade(database_url)
    with db.begin() as connection:
        assert _differences(connection) == []
    db.dispose()


@pytest.mark.postgres
def test_rows_are_parted_by_day_and_joined_again(postgres_url: str) -> None:
    migrate.downgrade(postgres_url, "0001")
    rows = [ROW | {"part_id": str(i), "day": ROW["day"] + timedelta(days=i % 3)} for i in range(9)]
    db = engine.writer(postgres_url)
    part = METADATA.tables["part"]

    def stored() -> tuple[list[object], set[str]]:
        with db.begin() as connection:
            query = text("SELECT DISTINCT tableoid::regclass::text FROM part")
            found = connection.execute(select(part).order_by(part.c.part_id)).all()
            return [tuple(row) for row in found], set(connection.execute(query).scalars())

    with db.begin() as connection:
        upsert(connection, PartRow, rows)
    before, places = stored()
    assert (len(before), places) == (9, {"part"})
    migrate.upgrade(postgres_url)
    assert stored() == (before, {"part_p20260301", "part_p20260302", "part_p20260303"})
    migrate.downgrade(postgres_url, "0001")
    assert stored() == (before, {"part"})
    db.dispose()


def test_what_was_never_selected_is_selected_by_the_version_before(store: Store) -> None:
    house = House(store)
    house.rule()
    house.feed(trace(0), trace(1))
    settle_due(store, assemble, house.clock)
    isolation = Isolation(store, house.clock, Step.SELECT)
    for name, step in (("t0", Step.SELECT), ("t1", Step.SETTLE)):
        replace(isolation, step=step).set_aside(PROJECT, Kind.TRACE, name, ValueError("no"))
    with store.write() as unit:
        unit.connection.execute(text("UPDATE trace SET state = 'quarantined'"))
    migrate.downgrade(store.url, "0003")
    with store.read() as unit:
        found = unit.connection.execute(text("SELECT id, state FROM trace ORDER BY id")).all()
    assert [tuple(row) for row in found] == [("t0", "settled"), ("t1", "planned")]


def test_every_natural_key_begins_with_the_project() -> None:
    for table in METADATA.tables.values():
        unique = [list(c.columns.keys()) for c in table.constraints if c.__class__.__name__ == "UniqueConstraint"]
        keys = [list(table.primary_key.columns.keys()), *unique]
        assert any(key[0] == "project" for key in keys) or table.name == "project", table.name


def test_what_is_set_aside_keeps_its_id(store: Store) -> None:
    house = House(store)
    for name in ("one", "two"):
        Isolation(store, house.clock, Step.SETTLE).set_aside(PROJECT, Kind.TRACE, name, ValueError("no"))
    migrate.downgrade(store.url, "0006")
    migrate.upgrade(store.url)
    with store.read() as unit:
        found = unit.of(PROJECT).quarantine.list(10)
        assert unit.of(PROJECT).quarantine.named([one.id for one in found]).keys() == {one.id for one in found}
    assert len(found) == 2
