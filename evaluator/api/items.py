"""Bodies that are about several items."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

from evaluator.core.bounds import ITEMS
from evaluator.core.errors import InvalidInput
from evaluator.ingest.clean import load_json
from evaluator.ingest.compression import decompress

T = TypeVar("T")


def items_of(data: bytes, encoding: str | None, limit: int, name: str) -> list[Any]:
    """The items of a body: one object, a list, or ``{name: [...]}``; gzip or plain, `limit` bytes when unpacked.

    Raises:
        InvalidInput: not JSON, no list, or more than `ITEMS`.
        TooLarge, UnsupportedMedia: see `ingest.compression` and `ingest.clean`.
    """
    body = load_json(decompress(data, encoding, limit))
    if isinstance(body, dict):
        body = body.get(name, [body])
    if not isinstance(body, list):
        raise InvalidInput(name, "must be a list of objects", f'Send {{"{name}": [{{…}}, …]}}')
    if len(body) > ITEMS.most:
        raise InvalidInput(name, f"holds {len(body)} items, at most {ITEMS.most}", "Send several batches")
    return body


def chosen(ids: Sequence[T] | None, every: bool) -> list[T] | None:
    """The ids that a body names, each once; None for `all`. Raises InvalidInput where it says neither or both."""
    if (ids is None) != every:
        raise InvalidInput("ids", "is missing" if ids is None else "is given beside all", "Send ids, or all: true")
    return None if ids is None else list(dict.fromkeys(ids))
