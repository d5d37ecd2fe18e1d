"""A database as a whole: what is in it, and a question that it never comes to the end of."""

from __future__ import annotations

from sqlalchemy import create_engine, inspect, text

FOREVER = {
    "sqlite": "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n",
    "postgresql": "SELECT count(*) FROM generate_series(1, 1000000000000)",
}


def dump(url: str) -> str:
    """Every row of every table as text."""
    engine = create_engine(url)
    with engine.connect() as connection:
        names = inspect(connection).get_table_names()
        found = "\n".join(str(row) for name in names for row in connection.execute(text(f'SELECT * FROM "{name}"')))
    engine.dispose()
    return found
