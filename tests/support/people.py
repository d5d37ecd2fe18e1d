"""Whether anything of a user is left, in any table, and what the rates say."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import Any

from sqlalchemy import LargeBinary, MetaData, create_engine

from evaluator.pipeline.series.read import SeriesQuery, read_series
from tests.support.house import PROJECT, House

ADA = "ada@example.org"


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


def series(house: House) -> list[Any]:
    with house.store.read() as unit:
        found = read_series(unit, PROJECT, SeriesQuery())
    return [(p.start, p.rate.estimate, p.rate.low, p.rate.high, p.rate.counts) for s in found for p in s.points]
