"""Brings a database to the schema of this version (alembic), up and down."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from evaluator.store import engine

MIGRATIONS = Path(__file__).parent / "migrations"


def _config(url: str) -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["url"] = url
    return config


def upgrade(url: str, revision: str = "head") -> None:
    """Apply every migration up to `revision`; does nothing on a database that is there already.

    Raises:
        DatabaseAway: it does not answer.
    """
    with engine.telling():
        command.upgrade(_config(url), revision)


def downgrade(url: str, revision: str) -> None:
    """Undo migrations down to `revision` (``"base"``: all of them, and the data with them)."""
    command.downgrade(_config(url), revision)


def current(url: str) -> str | None:
    """The revision that a database is at; None if it is empty."""
    db = engine.writer(url)
    try:
        with db.connect() as connection:
            return MigrationContext.configure(connection).get_current_revision()
    finally:
        db.dispose()


@cache
def head() -> str | None:
    """The newest revision that this version knows."""
    return ScriptDirectory.from_config(_config("sqlite://")).get_current_head()
