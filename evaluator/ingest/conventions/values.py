"""Attributes of strangers read strictly: what is not of the expected type counts as not said."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from evaluator.core import bounds
from evaluator.core.errors import InvalidInput
from evaluator.core.trace import Passage
from evaluator.ingest.clean import clean_json, load_json
from evaluator.ingest.errors import TooLarge
from evaluator.ingest.numbers import MASKED, NUMBERS, number_of

Attributes = Mapping[str, Any]

_MAX_UNWRAP = 4

_TEXT_KEYS = ("document.content", "content", "text", "page_content", "pageContent", "document")
_ID_KEYS = ("document.id", "id", "document_id")
SCORE_KEYS = ("document.score", "score", "relevance_score")


def text_of(value: Any) -> str | None:
    """A value as text: text itself, JSON for anything structured, None for nothing."""
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False)


def first_text(attributes: Attributes, *keys: str) -> str | None:
    """The first of the keys that holds a text that is neither blank nor masked by the instrumentation."""
    for key in keys:
        value = attributes.get(key)
        if isinstance(value, int | float) and not isinstance(value, bool):
            value = str(value)
        if isinstance(value, str) and value.strip() and value != MASKED:
            return value
    return None


def first_number(attributes: Attributes, *keys: str) -> float | None:
    """The first of the keys (all of `NUMBERS`) that holds a number within its bounds, also one written as text."""
    for key in keys:
        number = number_of(attributes.get(key), NUMBERS[key])
        if number is not None:
            return number
    return None


def first_count(attributes: Attributes, *keys: str) -> int | None:
    """`first_number` for what is counted: the whole part."""
    number = first_number(attributes, *keys)
    return None if number is None else int(number)


def first_flag(attributes: Attributes, *keys: str) -> bool | None:
    """The first of the keys that holds a boolean, also one written as text."""
    for key in keys:
        value = attributes.get(key)
        if isinstance(value, bool):
            return value
        if value in ("true", "false"):
            return bool(value == "true")
    return None


def structure(value: Any) -> Any:
    """A structured value, parsed when it arrived as JSON text; None when it is neither, nested too deep or too large.

    JSON text can hide what the door replaced, a NUL behind its escape say, so it is cleaned once more.
    """
    if isinstance(value, list | dict):
        return value
    if isinstance(value, str) and value.lstrip()[:1] in ("{", "["):
        try:
            return clean_json(load_json(value, most=bounds.TEXT_VALUES))
        except (InvalidInput, TooLarge):
            return None
    return None


def texts(value: Any) -> tuple[str, ...]:
    """A list of texts from a list, a JSON list, or one text with commas; of more than `TAGS`, the first and one."""
    most = bounds.TAGS.size + 1
    parsed = structure(value)
    if isinstance(parsed, list):
        return tuple(str(item) for item in parsed[:most] if isinstance(item, str | int | float))
    if isinstance(value, str) and value.strip():
        return tuple(part.strip() for part in value.split(",", most)[:most] if part.strip())
    return ()


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


def unwrap(value: Any, keys: tuple[str, ...], depth: int = 0) -> str | None:
    """The text inside a structured input or output: the first of `keys` that holds one, at most four levels down."""
    if isinstance(value, str):
        return value if value.strip() else None
    if depth >= _MAX_UNWRAP:
        return None
    if isinstance(value, dict):
        for key in keys:
            inner = unwrap(value.get(key), keys, depth + 1)
            if inner is not None:
                return inner
        return None
    if isinstance(value, list) and len(value) == 1:
        return unwrap(value[0], keys, depth + 1)
    return None


def passages(documents: Iterable[Any]) -> tuple[Passage, ...]:
    """Passages from documents in whatever shape: texts, or objects with a text and perhaps an id and a score.

    A document without text (today's GenAI convention asks only for id and score) is no passage.
    """
    out = []
    for document in documents:
        if isinstance(document, str):
            document = {"text": document}
        if not isinstance(document, dict):
            continue
        inner = document.get("document")
        if isinstance(inner, dict):
            document = {**inner, **{k: v for k, v in document.items() if k != "document"}}
        text = first_text(document, *_TEXT_KEYS)
        if text is not None:
            scores = (number_of(document.get(key), bounds.SCORE) for key in SCORE_KEYS)
            score = next((score for score in scores if score is not None), None)
            out.append(Passage(text=text, id=first_text(document, *_ID_KEYS), score=score))
    return tuple(out)
