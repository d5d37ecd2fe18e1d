"""The table of senders, read once from `table.yaml`."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from evaluator.core.documents import read_yaml
from evaluator.core.errors import InvalidInput
from evaluator.ingest.senders.model import Sender

TABLE = Path(__file__).with_name("table.yaml")
REASONS = Path(__file__).with_name("reasons.yaml")
NATIVE = "faithline"
"""The sender of native JSON."""
_INHERITED = ("writes", "conventions", "contents", "setup")


@cache
def senders() -> tuple[Sender, ...]:
    """Every sender that we know, in the order in which they are named where a trace shows several."""
    return read_senders(TABLE.read_text(encoding="utf-8"), TABLE.name)


@cache
def by_id() -> dict[str, Sender]:
    return {sender.id: sender for sender in senders()}


def title_of(sender: str) -> str:
    """What a sender is called, by its id; the id itself where the table no longer has it."""
    known = by_id().get(sender)
    return known.title if known is not None else sender


@cache
def reasons() -> dict[str, str]:
    """Why something may be missing from a trace, by code, with places for what differs."""
    return dict(read_yaml(REASONS.read_text(encoding="utf-8"), REASONS.name))


def read_senders(text: str, name: str) -> tuple[Sender, ...]:
    """The senders of a table in YAML that is called `name`.

    Raises:
        InvalidInput: naming the entry and the field that is wrong, an id that is used twice, or an entry that goes
            through one that there is not.
    """
    rows = read_yaml(text, name)
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise InvalidInput(name, "is not a list of entries", "Give one entry a sender")
    by_name = {row.get("id"): row for row in rows}
    if len(by_name) < len(rows):
        raise InvalidInput(f"{name}: id", "is used twice, or missing", "Give each entry its own id")
    return tuple(_sender(row, by_name, name) for row in rows)


def _sender(row: dict[str, Any], rows: dict[Any, dict[str, Any]], name: str) -> Sender:
    base = row.get("through")
    if base is not None and base not in rows:
        raise InvalidInput(f"{name}: {row.get('id')}.through", f"{base} is no entry", "Name another entry's id")
    inherited = {field: rows[base][field] for field in _INHERITED if field in rows[base]} if base else {}
    try:
        return Sender.model_validate(inherited | row)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        place = ".".join(map(str, first["loc"]))
        raise InvalidInput(f"{name}: {row.get('id')}.{place}", first["msg"]) from None
