"""Text and JSON made storable at the door.

PostgreSQL stores neither NUL nor a lone surrogate in text or JSON, and JSON has no NaN. So that both databases hold
the same, NUL and lone surrogates become U+FFFD, NaN and the infinities become the texts of protobuf's JSON mapping
(``"NaN"``, ``"Infinity"``, ``"-Infinity"``), and integers beyond 64 bits become hexadecimal text. Nothing is cut.
"""

from __future__ import annotations

import json
import math
import re
from typing import Any

from evaluator.core.errors import InvalidInput

MAX_DEPTH = 64
"""Deepest nesting of a value that is taken, in levels."""

_UNSTORABLE = re.compile(r"[\x00\ud800-\udfff]")
_MIN_INT, _MAX_INT = -(2**63), 2**64


def clean_text(text: str) -> str:
    """The same text with NUL and lone surrogates replaced by U+FFFD."""
    # Python knows at once whether a text is ASCII; most are, and a search for one character is far cheaper.
    if text.isascii():
        return text.replace("\x00", "\ufffd") if "\x00" in text else text
    return _UNSTORABLE.sub("\ufffd", text)


def clean_number(value: float) -> float | str:
    """The same number, or its text where JSON has no number for it."""
    if isinstance(value, int):
        return value if _MIN_INT <= value < _MAX_INT else hex(value)
    if math.isfinite(value):
        return value
    return "NaN" if math.isnan(value) else ("Infinity" if value > 0 else "-Infinity")


def clean_json(value: Any, field: str = "value", depth: int = 0) -> Any:
    """A copy of a JSON value that both databases can store.

    Raises:
        InvalidInput: nested deeper than `MAX_DEPTH`, or of a type that JSON does not have.
    """
    if depth > MAX_DEPTH:
        raise InvalidInput(field, f"is nested deeper than {MAX_DEPTH} levels", "Flatten it")
    if isinstance(value, str):
        return clean_text(value)
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int | float):
        return clean_number(value)
    if isinstance(value, dict):
        return {clean_text(str(k)): clean_json(v, field, depth + 1) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [clean_json(v, field, depth + 1) for v in value]
    raise InvalidInput(field, f"holds a {type(value).__name__}, which JSON does not have", "Send JSON")


def load_json(text: str | bytes, field: str = "body") -> Any:
    """Parse strict JSON from a stranger.

    Raises:
        InvalidInput: not JSON, NaN or infinity, not UTF-8, a number too long to read, or nested too deep.
    """
    try:
        return json.loads(text, parse_constant=_refuse_constant)
    except RecursionError:
        raise InvalidInput(field, "is nested too deep", "Flatten it") from None
    except ValueError as error:  # JSONDecodeError and UnicodeDecodeError are ValueErrors
        raise InvalidInput(field, f"is not JSON ({error})"[:300], "Send one JSON value in UTF-8") from None


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")
