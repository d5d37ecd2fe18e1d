"""The statements that every repository needs, the same for both dialects."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeVar

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite
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
) -> None:
    """Insert `rows`; where the natural key exists, set the columns in `update` (none: leave the row as it is).

    `keys` names the unique columns where they are not the primary key. All rows must have the same columns.
    A key may not come twice in one call: PostgreSQL refuses to touch a row twice.
    """
    target = table(model)
    columns = list(keys or (c.name for c in target.primary_key.columns))
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    for chunk in chunks(rows):
        statement = insert(target).values([_complete(model, row) for row in chunk])
        if update:
            excluded = {name: statement.excluded[name] for name in update}
            statement = statement.on_conflict_do_update(index_elements=columns, set_=excluded)
        else:
            statement = statement.on_conflict_do_nothing(index_elements=columns)
        connection.execute(statement)


def _complete(model: type[SQLModel], row: Row) -> Row:
    """`row` with the model's defaults for the columns it leaves out (Core inserts do not know them)."""
    unknown = row.keys() - model.model_fields.keys()
    if unknown:
        raise KeyError(f"{model.__name__} has no columns {sorted(unknown)}")
    defaults = {
        name: field.get_default(call_default_factory=True)
        for name, field in model.model_fields.items()
        if name not in row and not field.is_required() and name != "id"
    }
    return {**defaults, **row}
