"""Alembic's environment: runs migrations on the database whose address `evaluator.store.migrate` hands in."""

from alembic import context
from sqlalchemy import text

from evaluator.store import engine
from evaluator.store.tables import METADATA

LOCK = 0x4661_6974  # an arbitrary number that only our migrations lock


def run() -> None:
    """Run in one transaction; on PostgreSQL under an advisory lock, so that two starting services take turns."""
    db = engine.writer(context.config.attributes["url"])
    try:
        with db.begin() as connection:
            if connection.dialect.name == "postgresql":
                # Rebuilding a table takes its time, and who waits for another that migrates has nothing else to do.
                connection.execute(text("SET LOCAL statement_timeout = 0"))
                connection.execute(text("SET LOCAL lock_timeout = 0"))
                connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOCK})
                connection.execute(text(f"SET LOCAL lock_timeout = {engine.LOCK_MS}"))
            context.configure(connection=connection, target_metadata=METADATA, render_as_batch=True)
            with context.begin_transaction():
                context.run_migrations()
    finally:
        db.dispose()


run()
