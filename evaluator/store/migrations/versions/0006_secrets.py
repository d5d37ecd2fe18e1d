"""Projects have secrets, with which the pseudonyms that are stored are sealed; sign-ins to the pages are rows.

Every row that names a user is written anew, and nothing else of it changes. Keys of clusters stay (`core.people` says
why), so rates are the same before and after. A session whose name was personal data, and was redacted, keeps the
pseudonym that it has: nothing tells it from the name of any other.
"""

import re
import secrets
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from evaluator.core.ids import pseudonym
from evaluator.core.people import sealed, unsealed
from evaluator.store.types import PackedJson

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

BATCH = 100
"""Rows in memory at a time."""
UNREADABLE = object()
"""The value of a row that is damaged: it stays as it is, and is set aside when it is needed."""
PSEUDONYM = re.compile(r"[0-9a-f]{16}")
USER_KEYS = ("user.id", "enduser.id", "langfuse.user.id", "traceloop.association.properties.user_id")


class Lenient(sa.TypeDecorator[Any]):
    """A column of which one value that can not be read does not keep the others from being written anew."""

    cache_ok = True

    def result_processor(self, dialect: Any, coltype: Any) -> Callable[[Any], Any]:
        read = super().result_processor(dialect, coltype)

        def lenient(value: Any) -> Any:
            try:
                return value if read is None else read(value)
            except Exception:  # noqa: BLE001 - whatever is wrong with it
                return UNREADABLE

        return lenient


class Json(Lenient):
    impl = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
    cache_ok = True


class Packed(Lenient):
    impl = PackedJson
    cache_ok = True


Change = Callable[[str, Any], Any]
"""What becomes of a value, in a project."""
project = sa.table("project", sa.column("id"), sa.column("secret"))


def _table(name: str, keys: Sequence[str], **values: Any) -> sa.TableClause:
    columns = [sa.column(key, sa.Date() if key == "day" else sa.String()) for key in keys]
    return sa.table(name, *columns, *(sa.column(n, kind) for n, kind in values.items()))


TRACE = _table("trace", ("project", "id"), user=sa.String())
PART = _table("part", ("project", "day", "trace_id", "part_id"), body=Packed())
ANNOTATION = _table("annotation", ("project", "kind", "id"), facts=Json())
EVENT = _table("audit_event", ("project", "id"), subject=sa.String(), action=sa.String())
RULE = _table("rule", ("project", "name", "version"), definition=Json())


def upgrade() -> None:
    op.create_table(
        "sign_in",
        sa.Column("project", sa.String(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("project", "id"),
    )
    op.create_index("ix_sign_in_key", "sign_in", ["project", "key"], unique=False)
    op.add_column("project", sa.Column("secret", sa.String(), nullable=False, server_default=""))
    for name in op.get_bind().execute(sa.select(project.c.id)).scalars().all():
        op.execute(project.update().where(project.c.id == name).values(secret=secrets.token_hex(32)))
    _rename(lambda secret, mine, name: sealed(secret, name if _is_one(name) else pseudonym(mine, name)))


def downgrade() -> None:
    _rename(lambda secret, _, name: unsealed(secret, name))
    op.drop_column("project", "secret")
    op.drop_index("ix_sign_in_key", "sign_in")
    op.drop_table("sign_in")


def _is_one(name: str) -> bool:
    return PSEUDONYM.fullmatch(name) is not None


def _rename(change: Callable[[str, str, str], str]) -> None:
    """Replace every pseudonym by what `change` makes of (secret, project, pseudonym)."""
    found = op.get_bind().execute(sa.select(project.c.id, project.c.secret))
    known: dict[str, str] = {row.id: row.secret for row in found}

    def user(mine: str, name: Any) -> Any:
        return change(known[mine], mine, name) if name and isinstance(name, str) and mine in known else name

    def one(mine: str, name: Any) -> Any:
        return user(mine, name) if isinstance(name, str) and _is_one(name) else name

    _rewrite(TRACE, TRACE.c.user, user, TRACE.c.user.is_not(None))
    _rewrite(PART, PART.c.body, lambda mine, body: _body(body, lambda name: user(mine, name)))
    _rewrite(ANNOTATION, ANNOTATION.c.facts, lambda mine, facts: _facts(facts, lambda name: one(mine, name)))
    _rewrite(EVENT, EVENT.c.subject, one, EVENT.c.action == "user.erase")
    _rewrite(RULE, RULE.c.definition, lambda mine, rule: _conditions(rule, lambda name: one(mine, name)))


def _rewrite(table: sa.TableClause, column: sa.ColumnElement[Any], change: Change, where: Any = None) -> None:
    """Write the rows anew whose `column` is another after `change`."""
    keys = [c for c in table.columns if c.name not in ("user", "body", "facts", "subject", "action", "definition")]
    where_key = sa.and_(*(key == sa.bindparam(f"at_{key.name}", type_=key.type) for key in keys))
    update = table.update().where(where_key).values({column.name: sa.bindparam("new", type_=column.type)})
    for rows in _pages(sa.select(*keys, column), keys, where):
        pairs = [(row, change(row[0], row[-1])) for row in rows if row[-1] is not UNREADABLE]
        changed = [
            {f"at_{key.name}": value for key, value in zip(keys, row[:-1], strict=True)} | {"new": new}
            for row, new in pairs
            if new != row[-1]
        ]
        if changed:
            op.get_bind().execute(update, changed)


def _pages(query: sa.Select[Any], keys: Sequence[Any], where: Any) -> Iterator[Sequence[Any]]:
    """All rows in the order of their keys, which do not change."""
    query = query.order_by(*keys).limit(BATCH)
    query = query if where is None else query.where(where)
    rows = op.get_bind().execute(query).all()
    while rows:
        yield rows
        after = sa.tuple_(*keys) > sa.tuple_(*(sa.literal(v, k.type) for k, v in zip(keys, rows[-1][:-1], strict=True)))
        rows = op.get_bind().execute(query.where(after)).all()


def _body(body: dict[str, Any], name: Callable[[Any], Any]) -> dict[str, Any]:
    out = dict(body)
    if "user" in out:
        out["user"] = name(out["user"])
    for place in ("attributes", "resource"):
        if isinstance(out.get(place), dict):
            out[place] = {key: name(v) if key in USER_KEYS else v for key, v in out[place].items()}
    if isinstance(out.get("spans"), list):
        out["spans"] = [_body(span, name) for span in out["spans"]]
    return out


def _facts(facts: dict[str, Any], name: Callable[[Any], Any]) -> dict[str, Any]:
    return facts | {"user": name(facts["user"])} if "user" in facts else facts


def _conditions(rule: dict[str, Any], name: Callable[[Any], Any]) -> dict[str, Any]:
    """A rule whose conditions on a user name them as they are stored. Its version goes on naming what was pushed."""

    def renamed(conditions: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [c | {"value": _value(c.get("value"), name)} if c.get("field") == "user" else c for c in conditions]

    strata = [s | {"when": renamed(s.get("when", []))} for s in rule.get("strata", [])]
    return rule | {"filter": renamed(rule.get("filter", [])), "strata": strata}


def _value(value: Any, name: Callable[[Any], Any]) -> Any:
    return [name(one) for one in value] if isinstance(value, list) else name(value)
