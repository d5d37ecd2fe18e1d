"""The statements that every repository needs, the same for both dialects."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any, TypeVar

from sqlalchemy import Connection, Table, bindparam
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.dml import Insert
from sqlmodel import SQLModel

T = TypeVar("T")
Row = Mapping[str, Any]

CHUNK = 500
"""Rows a statement: SQLite takes 32,766 parameters, and our widest row has about 30."""


def table(model: type[SQLModel]) -> Table:
    """The Core table of a SQLModel class."""
    return model.__table__  # type: ignore[attr-defined,no-any-return]


def chunks(items: Sequence[T], size: int = CHUNK) -> Iterator[Sequence[T]]:
    for i in range(0, len(items), size):
        yield items[i : i + size]


def upsert(
    connection: Connection,
    model: type[SQLModel],
    rows: Sequence[Row],
    *,
    update: Sequence[str] | None = None,
    keys: Sequence[str] | None = None,
    count: str | None = None,
    returning: Sequence[str] = (),
) -> list[tuple[Any, ...]]:
    """Insert `rows`; where the natural key exists, set the columns in `update` (none: leave the row as it is).

    `keys` names the unique columns where they are not the primary key. All rows must have the same columns.
    A key may not come twice in one call: PostgreSQL refuses to touch a row twice. `count` is a column that is raised
    by one in a row that exists, and `returning` those that come back of every row, in no particular order.
    """
    if not rows:
        return []
    columns = tuple(keys or (c.name for c in table(model).primary_key.columns))
    dialect = connection.dialect.name
    statement = _upsert(model, dialect, tuple(rows[0]), columns, tuple(update or ()), count, tuple(returning))
    result = connection.execute(statement, list(rows))
    return [tuple(row) for row in result] if returning else []


@cache
def _upsert(
    model: type[SQLModel],
    dialect: str,
    given: tuple[str, ...],
    keys: tuple[str, ...],
    update: tuple[str, ...],
    count: str | None,
    returning: tuple[str, ...],
) -> Insert:
    """The statement for one row: made once, so that its text is made once as well. There are as many as callers."""
    target = table(model)
    insert = postgresql.insert if dialect == "postgresql" else sqlite.insert
    statement = insert(target).values({name: bindparam(name) for name in given} | _defaults(model, given))
    changed = {name: statement.excluded[name] for name in update}
    if count:
        changed[count] = target.c[count] + 1
    if changed:
        statement = statement.on_conflict_do_update(index_elements=keys, set_=changed)
    else:
        statement = statement.on_conflict_do_nothing(index_elements=keys)
    return statement.returning(*(target.c[name] for name in returning)) if returning else statement


def _defaults(model: type[SQLModel], given: Sequence[str]) -> dict[str, Any]:
    """The model's defaults for the columns that rows leave out (Core inserts do not know them)."""
    unknown = set(given) - model.model_fields.keys()
    if unknown:
        raise KeyError(f"{model.__name__} has no columns {sorted(unknown)}")
    return {
        name: field.get_default(call_default_factory=True)
        for name, field in model.model_fields.items()
        if name not in given and not field.is_required() and name != "id"
    }
