"""A database as a whole: what is in it, and a question that it never comes to the end of."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import LargeBinary, MetaData, create_engine

FOREVER = {
    "sqlite": "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n",
    "postgresql": "SELECT count(*) FROM generate_series(1, 1000000000000)",
}


def everything(url: str) -> Iterator[tuple[str, str]]:
    """(table, every value of it as text), packed columns unpacked."""
    engine = create_engine(url)
    metadata = MetaData()
    metadata.reflect(engine)
    with engine.connect() as connection:
        for name, found in metadata.tables.items():
            for row in connection.execute(found.select()).mappings():
                for column in found.columns:
                    yield name, _text(row[column.name], isinstance(column.type, LargeBinary))
    engine.dispose()


def _text(value: Any, binary: bool) -> str:
    if not binary or value is None:
        return str(value)
    try:
        return zlib.decompress(value).decode("utf-8", "replace")
    except zlib.error:
        return bytes(value).decode("utf-8", "replace")


def holding(url: str, text: str) -> set[str]:
    """The tables that hold a text anywhere."""
    return {name for name, value in everything(url) if text in value}


def dump(url: str) -> str:
    """Every value of every table, and what lies in SQLite's files."""
    path = Path(url.removeprefix("sqlite:///"))
    files = sorted(path.parent.glob(path.name + "*")) if url.startswith("sqlite") else ()
    raw = (file.read_bytes().decode("utf-8", "replace") for file in files)
    return "\n".join([*(value for _, value in everything(url)), *raw])
