"""JSON contexts as readable lines that remember where they came from.

``{"hours": {"Monday": "9-17"}}`` becomes the line ``hours Monday: 9-17``, which a model trained on prose
can read, with the character range of the value in the original text.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import NamedTuple

from evaluator.text.limits import JSON, JSON_DEPTH, JSON_LINES

_TOKEN = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"|[{}\[\],:]|[^\s{}\[\],:"]+', re.DOTALL)
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Za-z])(?=[A-Z][a-z])")


class Unit(NamedTuple):
    """A readable piece of a context: original range in characters, and the text to show to a model."""

    start: int
    end: int
    text: str


class JsonToken(NamedTuple):
    """A key or a scalar of a JSON text: its range in characters, as written, and the keys above it, outermost first.

    `keys` lives on with the walk: read it before the next token.
    """

    start: int
    end: int
    text: str
    is_key: bool
    keys: list[str]


def is_json(text: str, heads: str = "{[") -> bool:
    """Whether the whole text is JSON that begins with one of `heads`."""
    head = text.lstrip()[:1]
    if not head or head not in heads:
        return False
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def json_units(text: str, room: int = JSON_LINES.size) -> list[Unit] | None:
    """One unit for each scalar of a JSON object or array; empty when the text is not one.

    None where the text is too long or too deep, or the units have more than `room` characters: each shows all keys
    above it.
    """
    if not is_json(text):
        return []
    if len(text) > JSON.size:
        return None
    units: list[Unit] = []
    names: list[str] = []
    for token in json_tokens(text):
        depth = len(token.keys)
        if depth > JSON_DEPTH.size:
            return None
        if token.is_key:
            names[depth - 1 :] = [readable_key(token.keys[-1])]
            continue
        label = " ".join(name for name in names[:depth] if name)
        value = _readable_value(token.text)
        units.append(Unit(token.start, token.end, f"{label}: {value}" if label else value))
        room -= len(units[-1].text)
        if room < 0:
            return None
    return units


def json_tokens(text: str) -> Iterator[JsonToken]:
    """The keys and scalars of a text that `is_json`, in order."""
    keys: list[str] = []
    objects: list[bool] = []  # one entry an open container; an object that has had a key holds the last of `keys`
    has_key: list[bool] = []
    is_key = False
    for match in _TOKEN.finditer(text):
        part = match.group()
        if part in "{[":
            objects.append(part == "{")
            has_key.append(False)
            is_key = objects[-1]
        elif part in "}]":
            objects.pop()
            if has_key.pop():
                keys.pop()
        elif part in ",:":
            is_key = part == "," and objects[-1]
        else:
            if is_key:
                if has_key[-1]:
                    keys.pop()
                has_key[-1] = True
                keys.append(str(json.loads(part)))
            yield JsonToken(match.start(), match.end(), part, is_key, keys)


def readable_key(key: str) -> str:
    """A key as words: ``openingHours`` and ``opening_hours`` are "opening Hours" and "opening hours"."""
    return _CAMEL.sub(" ", key.replace("_", " ")).strip()[:80]


def _readable_value(token: str) -> str:
    if token[0] == '"':
        return str(json.loads(token))
    return {"true": "yes", "false": "no", "null": "not given"}.get(token, token)
