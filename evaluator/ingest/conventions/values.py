"""Attributes of strangers read strictly: what is not of the expected type counts as not said."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Any

from evaluator.core import bounds
from evaluator.ingest.numbers import MASKED, NUMBERS, is_number, number_of
from evaluator.ingest.shapes.structure import structure, unquoted

Attributes = Mapping[str, Any]


def first_text(attributes: Attributes, *keys: str) -> str | None:
    """The first of the keys that holds a text that is neither blank nor masked by the instrumentation."""
    for key in keys:
        value = attributes.get(key)
        if value is None:  # of most keys
            continue
        if is_number(value):
            value = str(value)
        if isinstance(value, str) and value.strip() and value != MASKED:
            return value
    return None


def first_word(attributes: Attributes, *keys: str) -> str | None:
    """`first_text`, without the quotes of a sender that writes every value as JSON."""
    found = first_text(attributes, *keys)
    return found if found is None else str(unquoted(found)) or None


def first_value(attributes: Attributes, *keys: str) -> Any:
    """The first of the keys that says something: a structured value, or `first_text`."""
    for key in keys:
        value = attributes.get(key)
        if value is None:
            continue
        if isinstance(value, list | dict):
            if value:
                return value
        elif (text := first_text(attributes, key)) is not None:
            return text
    return None


def first_number(attributes: Attributes, *keys: str) -> float | None:
    """The first of the keys (all of `NUMBERS`) that holds a number within its bounds, also one written as text."""
    for key in keys:
        value = attributes.get(key)
        if value is not None and (number := number_of(value, NUMBERS[key])) is not None:
            return number
    return None


def first_count(attributes: Attributes, *keys: str) -> int | None:
    """`first_number` for what is counted: the whole part."""
    number = first_number(attributes, *keys)
    return None if number is None else int(number)


def flag(attributes: Attributes, key: str) -> bool | None:
    """The boolean under a key, also one written as text."""
    value = attributes.get(key)
    if isinstance(value, str):
        return {"true": True, "false": False}.get(value)
    return value if isinstance(value, bool) else None


def texts(value: Any) -> tuple[str, ...]:
    """A list of texts from a list, a JSON list, or one text with commas; of more than `TAGS`, the first and one."""
    most = bounds.TAGS.size + 1
    parsed = structure(value)
    if isinstance(parsed, list):
        return tuple(str(item) for item in parsed[:most] if isinstance(item, str | int | float))
    if isinstance(value, str) and value.strip():
        return tuple(part.strip() for part in value.split(",", most)[:most] if part.strip())
    return ()


def version_of(name: str | None, version: str | None) -> str | None:
    """A prompt as ``name@version``, or by the one of them that there is."""
    return f"{name}@{version}" if name and version else version or name


@cache
def _numbered(prefix: str) -> re.Pattern[str]:
    return re.compile(re.escape(prefix) + r"\.(\d{1,9})(?:\.(.+))?", re.DOTALL)


def indexed(attributes: Attributes, prefix: str) -> list[dict[str, Any]]:
    """The entries of a flattened list (``prefix.N.rest``), in the order of N, each without its prefix."""
    pattern = _numbered(prefix)
    entries: dict[int, dict[str, Any]] = {}
    for key, value in attributes.items():
        # Most keys are of other things, and a prefix test is far cheaper than a match.
        if key.startswith(prefix) and (match := pattern.fullmatch(key)):
            entries.setdefault(int(match[1]), {})[match[2] or ""] = value
    return [entries[number] for number in sorted(entries)]
