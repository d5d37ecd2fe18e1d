"""JSON contexts as readable lines that remember where they came from.

``{"hours": {"Monday": "9-17"}}`` becomes the line ``hours Monday: 9-17``, which a model trained on prose
can read, with the character range of the value in the original text.
"""

from __future__ import annotations

import json
import re
from typing import NamedTuple

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+', re.DOTALL)
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Za-z])(?=[A-Z][a-z])")
_MAX_JSON_CHARS = 400_000


class Unit(NamedTuple):
    """A readable piece of a context: original range in characters, and the text to show to a model."""

    start: int
    end: int
    text: str


def json_units(text: str) -> list[Unit]:
    """One unit for each scalar of a JSON object or array; empty when the text is not one."""
    head = text.lstrip()[:1]
    if head not in ("{", "[") or len(text) > _MAX_JSON_CHARS:
        return []
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return []
    return _walk(text)


def _walk(text: str) -> list[Unit]:
    units: list[Unit] = []
    path: list[str | None] = []  # one entry an open container; None for arrays and before the first key
    is_object: list[bool] = []
    parts = list(_TOKEN.finditer(text))
    for index, match in enumerate(parts):
        part = match.group()
        if part in "{[":
            path.append(None)
            is_object.append(part == "{")
        elif part in "}]":
            path.pop()
            is_object.pop()
        elif part not in ",:":
            follows = parts[index + 1].group() if index + 1 < len(parts) else ""
            if is_object and is_object[-1] and follows == ":" and part[0] == '"':
                path[-1] = _readable_key(part)
                continue
            label = " ".join(key for key in path if key)
            value = _readable_value(part)
            units.append(Unit(match.start(), match.end(), f"{label}: {value}" if label else value))
    return units


def _readable_key(token: str) -> str:
    key = str(json.loads(token))
    return _CAMEL.sub(" ", key.replace("_", " ")).strip()[:80]


def _readable_value(token: str) -> str:
    if token[0] == '"':
        return str(json.loads(token))
    return {"true": "yes", "false": "no", "null": "not given"}.get(token, token)
