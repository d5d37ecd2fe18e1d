"""JSON that came as text, and keys in whatever spelling."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from evaluator.core import bounds
from evaluator.core.errors import InvalidInput
from evaluator.ingest.clean import clean_json, load_json
from evaluator.ingest.errors import TooLarge

NESTING = 8
"""How many wrappers around a text are looked into, and contents within contents."""
_QUOTES = 3
"""How often a JSON text may stand quoted in another."""
_LONGEST_KEY = 64
_KEPT = 2**20
"""Characters of a text whose structure is kept for a while; more would hold memory that nobody needs."""
_SAME = str.maketrans("", "", "_-. $@")


def text_of(value: Any) -> str | None:
    """A value as text: text itself, JSON for anything structured, None for nothing."""
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False)


def structure(value: Any) -> Any:
    """A list or an object, parsed when it arrived as JSON text (also as such a text in quotes); None when it is
    neither, nested too deep or too large.

    JSON text can hide what the door replaced, a NUL behind its escape say, so it is cleaned once more.
    """
    for _ in range(_QUOTES):
        if isinstance(value, list | dict):
            return value
        if not isinstance(value, str) or not is_json(value):
            return None
        value = _parsed(value)
    return value if isinstance(value, list | dict) else None


def unquoted(value: Any) -> Any:
    """The same value; a text in the quotes of JSON, as senders write whose every value is JSON, without them."""
    for _ in range(_QUOTES):
        if not isinstance(value, str) or len(value) < 2 or not value[0] == value[-1] == '"':
            break
        inner = _parsed(value)
        if not isinstance(inner, str):
            break
        value = inner
    return value


def is_json(text: str) -> bool:
    """Whether a text may be an object or a list, also in quotes: most are not, and need not be parsed."""
    return text.lstrip()[: 2**_QUOTES].lstrip('"\\')[:1] in ("{", "[")


_MAY_HIDE = re.compile(r"\\u|[0-9]{19}|[0-9][eE]\+?[0-9]{3}")
"""What a JSON text needs for it to hold what no database stores: an escape, or a number beyond all others."""


def _may_be_deep(text: str) -> bool:
    return text.count("[") + text.count("{") > bounds.DEPTH.size


def _parsed(text: str) -> Any:
    return _parsed_lately(text) if len(text) <= _KEPT else _parsed_anew(text)


@lru_cache(maxsize=16)
def _parsed_lately(text: str) -> Any:
    # One text is asked for its question, its messages and its documents in turn. Nobody changes what is read.
    return _parsed_anew(text)


def _parsed_anew(text: str) -> Any:
    try:
        value = load_json(text, most=bounds.TEXT_VALUES)
        return clean_json(value) if _MAY_HIDE.search(text) or _may_be_deep(text) else value
    except (InvalidInput, TooLarge):
        return None


@lru_cache(maxsize=8192)
def plain(key: str) -> str:
    """A key without case, hyphens, dots and underscores: ``toolCall``, ``tool_call`` and ``tool-call`` are one."""
    return key.translate(_SAME).lower() if len(key) <= _LONGEST_KEY else key


def keyed(item: Mapping[str, Any]) -> dict[str, Any]:
    """The object under its plain keys, without what is null; of two spellings the first counts."""
    out: dict[str, Any] = {}
    for key, value in item.items():
        if value is not None:
            out.setdefault(plain(key), value)
    return out


def leaves(value: Any) -> Iterator[Any]:
    """Every text, number and boolean in a JSON value, in its order."""
    waiting = [value]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            waiting.extend(reversed(value.values()))
        elif isinstance(value, list):
            waiting.extend(reversed(value))
        elif value is not None:
            yield value


_OBJECT = re.compile(r"<[\w.]+ object(?: at 0x[0-9a-f]+)?>")
"""What Python writes for an object that has no text."""


def is_sentence(leaf: Any) -> bool:
    """Whether a value reads like something that somebody said: text of more than one word."""
    return isinstance(leaf, str) and " " in leaf.strip() and not _OBJECT.fullmatch(leaf)
