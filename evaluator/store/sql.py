"""The statements that every repository needs, the same for both dialects."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from typing import Any, TypeVar

import orjson
from sqlalchemy import ColumnElement, Connection, Dialect, Table, UnaryExpression, func, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.sql.operators import custom_op
from sqlmodel import SQLModel

from evaluator.store.types import PackedJson, UtcMicros

T = TypeVar("T")
Row = Mapping[str, Any]

CHUNK = 500
"""Values in one condition: SQLite takes 32,766 parameters."""
MAX_ROWS = 2000
"""Rows that PostgreSQL is sent in one statement, which both sides hold as one text."""


def table(model: type[SQLModel]) -> Table:
    """The Core table of a SQLModel class."""
    return model.__table__  # type: ignore[attr-defined,no-any-return]


def unindexed(connection: Connection, column: ColumnElement[T]) -> ColumnElement[T]:
    """`column`, by which SQLite is not to look for rows: it keeps no statistics and takes every index to be as good.

    PostgreSQL has statistics, and leaves partitions out by the plain column.
    """
    if connection.dialect.name != "sqlite":
        return column
    return UnaryExpression(column, operator=custom_op("+"), type_=column.type)


def by_row(connection: Connection, column: ColumnElement[str]) -> ColumnElement[str]:
    """`column` (never NULL), by which a joined table is to be looked up row by row, with the rest of a key.

    PostgreSQL takes an equal constant for it, and then, while it has no statistics of a new partition, a new project
    or a new series, reads all of that project once a row. It does not see through an expression.
    """
    return column.concat("") if connection.dialect.name == "postgresql" else column


def chunks(items: Sequence[T], size: int = CHUNK) -> Iterator[Sequence[T]]:
    for i in range(0, len(items), size):
        yield items[i : i + size]


def upsert(
    connection: Connection,
    model: type[SQLModel],
    rows: Sequence[Row],
    *,
    update: Sequence[str] = (),
    keys: Sequence[str] = (),
    count: str = "",
    returning: Sequence[str] = (),
) -> list[tuple[Any, ...]]:
    """Insert `rows`; where the natural key exists, set the columns in `update` (none: leave the row as it is).

    `keys` names the unique columns where they are not the primary key. All rows must have the same columns; what
    they leave out takes the model's defaults. A key may not come twice in one call: PostgreSQL refuses to touch a
    row twice. `count` is a column that is raised by one in a row that exists; `returning` are plain columns that
    come back of every row, in no particular order.
    """
    if not rows:
        return []
    wish = _Wish(model, tuple(rows[0]), tuple(update), tuple(keys), count, tuple(returning))
    if connection.dialect.name == "postgresql":
        return [found for chunk in chunks(rows, MAX_ROWS) for found in _as_one_text(connection, wish, chunk)]
    return _row_by_row(connection, wish, rows)


@dataclass(frozen=True, slots=True)
class _Wish:
    """What is to be upserted, but for the rows; as there are few, what is made of one is kept."""

    model: type[SQLModel]
    given: tuple[str, ...]
    update: tuple[str, ...]
    keys: tuple[str, ...]
    count: str
    returning: tuple[str, ...]


def _row_by_row(connection: Connection, wish: _Wish, rows: Sequence[Row]) -> list[tuple[Any, ...]]:
    text, converters, defaults = _for_sqlite(wish, connection.dialect)
    columns = [
        [row[name] for row in rows] if convert is None else [convert(row[name]) for row in rows]
        for name, convert in zip(wish.given, converters, strict=True)
    ]
    values = [(*row, *defaults) for row in zip(*columns, strict=True)]
    cursor = connection.connection.cursor()  # the driver's own: SQLAlchemy's costs more a row than the row
    try:
        if not wish.returning:
            cursor.executemany(text, values)
            return []
        return _read(wish, connection.dialect, [row for one in values for row in cursor.execute(text, one)])
    except sqlite3.OperationalError as error:
        raise OperationalError(text, None, error) from error  # as whoever repeats transactions knows it
    finally:
        cursor.close()


def _as_one_text(connection: Connection, wish: _Wish, rows: Sequence[Row]) -> list[tuple[Any, ...]]:
    """PostgreSQL reads the rows from one JSON text, several times as fast as from parameters of their own."""
    text, converters, defaults = _for_postgres(wish, connection.dialect)
    columns = converters.items()
    plain = [{**row, **{name: convert(row[name]) for name, convert in columns}} for row in rows]
    result = connection.exec_driver_sql(text, (defaults, _json(plain)))
    return _read(wish, connection.dialect, result) if wish.returning else []


def _read(wish: _Wish, dialect: Dialect, rows: Iterable[Any]) -> list[tuple[Any, ...]]:
    kinds = [table(wish.model).columns[name].type.dialect_impl(dialect) for name in wish.returning]
    turns = [kind.result_processor(dialect, None) for kind in kinds]
    return [tuple(v if turn is None else turn(v) for v, turn in zip(row, turns, strict=True)) for row in rows]


@lru_cache(maxsize=256)
def _for_sqlite(wish: _Wish, dialect: Dialect) -> tuple[str, list[Callable[[Any], Any] | None], tuple[Any, ...]]:
    """(statement for one row, what turns each given value into SQLite's or none, values of the other columns)."""
    columns = table(wish.model).columns
    defaults = _defaults(wish)
    convert = {
        name: columns[name].type.dialect_impl(dialect).bind_processor(dialect) for name in (*wish.given, *defaults)
    }
    constants = tuple(value if (turn := convert[name]) is None else turn(value) for name, value in defaults.items())
    marks = ", ".join("?" * (len(wish.given) + len(defaults)))
    text = _insert(wish, dialect, (*wish.given, *defaults), f"VALUES ({marks})")
    return text, [convert[name] for name in wish.given], constants


@lru_cache(maxsize=256)
def _for_postgres(wish: _Wish, dialect: Dialect) -> tuple[str, dict[str, Callable[[Any], Any]], str]:
    """(statement for many rows, what turns values of some columns into JSON's, the other columns as JSON)."""
    columns = table(wish.model).columns
    defaults = _defaults(wish)
    convert = {name: _plain(columns[name].type, dialect) for name in (*wish.given, *defaults)}
    known = {name: turn for name, turn in convert.items() if turn is not None}
    quote = dialect.identifier_preparer
    like = f"NULL::{quote.format_table(table(wish.model))}"
    names = (*wish.given, *defaults)
    chosen = ", ".join(quote.quote(name) for name in names)
    source = f"json_populate_recordset(json_populate_record({like}, %s::json), %s::json)"
    text = _insert(wish, dialect, names, f"SELECT {chosen} FROM {source}")  # noqa: S608 - names of ours, quoted
    constants = {name: known[name](value) if name in known else value for name, value in defaults.items()}
    return text, {name: known[name] for name in wish.given if name in known}, _json(constants)


def _plain(kind: Any, dialect: Dialect) -> Callable[[Any], Any] | None:
    if not isinstance(kind, UtcMicros | PackedJson):
        return None
    return lambda value: kind.process_bind_param(value, dialect)


def _json(value: Any) -> str:
    return orjson.dumps(value, default=_json_of).decode()


def _json_of(value: Any) -> Any:
    """What orjson does not know: bytes in the form in which PostgreSQL reads them from a text, and numpy's floats."""
    if isinstance(value, bytes):
        return "\\x" + value.hex()
    if isinstance(value, float):
        return float(value)
    raise TypeError(f"no column holds a {type(value).__name__}")


def _insert(wish: _Wish, dialect: Dialect, names: Sequence[str], source: str) -> str:
    target = table(wish.model)
    quote = dialect.identifier_preparer.quote
    name = dialect.identifier_preparer.format_table(target)
    keys = wish.keys or tuple(c.name for c in target.primary_key.columns)
    changes = [f"{quote(n)} = excluded.{quote(n)}" for n in wish.update]
    if wish.count:
        changes.append(f"{quote(wish.count)} = {name}.{quote(wish.count)} + 1")
    action = f"DO UPDATE SET {', '.join(changes)}" if changes else "DO NOTHING"
    text = f"INSERT INTO {name} ({', '.join(map(quote, names))}) {source} "
    text += f"ON CONFLICT ({', '.join(map(quote, keys))}) {action}"
    return text + (f" RETURNING {', '.join(map(quote, wish.returning))}" if wish.returning else "")


def _defaults(wish: _Wish) -> dict[str, Any]:
    """The model's defaults for the columns that rows leave out."""
    fields = wish.model.model_fields
    unknown = set(wish.given) - fields.keys()
    if unknown:
        raise KeyError(f"{wish.model.__name__} has no columns {sorted(unknown)}")
    return {
        name: field.get_default(call_default_factory=True)
        for name, field in fields.items()
        if name not in wish.given and not field.is_required() and name != "id"
    }


def lock(connection: Connection, *name: str) -> None:
    """Wait until this transaction is the only one that holds the lock of this name, until it ends.

    SQLite has a single writer, who holds every lock.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(_key_of(name))))


def try_lock(connection: Connection, *name: str) -> bool:
    """Whether this transaction is the only one that holds the lock of this name, until it ends.

    SQLite has a single writer, who holds every lock.
    """
    if connection.dialect.name != "postgresql":
        return True
    return bool(connection.execute(select(func.pg_try_advisory_xact_lock(_key_of(name)))).scalar_one())


def _key_of(name: Sequence[str]) -> int:
    return int.from_bytes(sha256("\0".join(name).encode()).digest()[:8], "big", signed=True)
