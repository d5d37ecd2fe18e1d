"""Migrations go up and down on both databases and end at the schema that the tables describe."""

from __future__ import annotations

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, inspect

from evaluator.store import engine, migrate
from evaluator.store.tables import METADATA


def _differences(connection: Connection) -> list[object]:
    context = MigrationContext.configure(connection, opts={"compare_type": False})
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


def test_every_natural_key_begins_with_the_project() -> None:
    for table in METADATA.tables.values():
        unique = [list(c.columns.keys()) for c in table.constraints if c.__class__.__name__ == "UniqueConstraint"]
        keys = [list(table.primary_key.columns.keys()), *unique]
        assert any(key[0] == "project" for key in keys) or table.name == "project", table.name
