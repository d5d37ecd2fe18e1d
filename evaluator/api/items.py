"""Bodies that are about several items."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

from evaluator.core.bounds import ITEMS
from evaluator.core.errors import InvalidInput
from evaluator.core.unknown import instead, shortened
from evaluator.ingest.clean import load_json
from evaluator.ingest.compression import decompress

T = TypeVar("T")


def items_of(
    data: bytes, encoding: str | None, limit: int, name: str, *, strict: bool = True, lines: bool = False
) -> list[Any]:
    """The items of a body: one object, a list, or ``{name: [...]}``; gzip or plain, `limit` bytes when unpacked.

    With `lines` each line that is not blank is an item.

    Raises:
        InvalidInput: not JSON, no list, more than `ITEMS`, or (if `strict`) something beside the list.
        TooLarge, UnsupportedMedia: see `ingest.compression` and `ingest.clean`.
    """
    plain, beside = decompress(data, encoding, limit), set[str]()
    body = [load_json(line) for line in plain.splitlines() if line.strip()] if lines else load_json(plain)
    if isinstance(body, dict):
        beside = body.keys() - {name} if name in body else beside
        body = body.get(name, [body])
    if not isinstance(body, list):
        raise InvalidInput(name, "must be a list of objects", f'Send {{"{name}": [{{…}}, …]}}')
    if strict and beside:
        raise InvalidInput(shortened(min(beside)), "is no field", instead(min(beside), [name], ""))
    if len(body) > ITEMS.most:
        raise InvalidInput(name, f"holds {len(body)} items, at most {ITEMS.most}", "Send several batches")
    return body


def chosen(ids: Sequence[T] | None, every: bool) -> list[T] | None:
    """The ids that a body names, each once; None for `all`. Raises InvalidInput where it says neither or both."""
    if (ids is None) != every:
        raise InvalidInput("ids", "is missing" if ids is None else "is given beside all", "Send ids, or all: true")
    return None if ids is None else list(dict.fromkeys(ids))
