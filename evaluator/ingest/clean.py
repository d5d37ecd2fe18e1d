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

from evaluator.core.bounds import DEPTH, JSON_VALUES, NOTES, Bound
from evaluator.core.errors import InvalidInput
from evaluator.ingest.errors import TooLarge

CLIPPED = 200
"""Characters of a name that an error repeats."""

_UNSTORABLE = re.compile(r"[\x00\ud800-\udfff]")
_MIN_INT, _MAX_INT = -(2**63), 2**64
_BLOCK = 2**20
# Each value but the first has one of these before it.
_STRUCTURE = b"[{,"
_ANYTHING_ELSE = bytes(byte for byte in range(256) if byte not in _STRUCTURE)
_QUOTED = re.compile(rb'"[^"]*"?')


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
        InvalidInput: nested deeper than `DEPTH`, or of a type that JSON does not have.
    """
    if depth > DEPTH.most:
        raise InvalidInput(field, f"is nested deeper than {DEPTH.most} levels", "Flatten it")
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


def clip(name: str) -> str:
    """The beginning of a stranger's name, for an error that quotes it."""
    return name if len(name) <= CLIPPED else name[:CLIPPED] + "…"


def note(notes: list[str], field: str, problem: str) -> None:
    """Remark that something of `field` was left out, while there are fewer than `NOTES` remarks.

    Remarks are stored, and a stranger's name is in them: they are as clean as everything else."""
    if len(notes) < NOTES.most:
        notes.append(clean_text(f"{clip(field)} {problem}"))


def load_json(text: str | bytes, field: str = "body", most: Bound = JSON_VALUES) -> Any:
    """Parse strict JSON from a stranger.

    Raises:
        TooLarge: more than `most` values, told before any of them is built.
        InvalidInput: not JSON, NaN or infinity, not UTF-8, a number too long to read, or nested too deep.
    """
    # A value takes two bytes at least.
    if len(text) > 2 * most.size and _has_more(_bytes(text), most):
        raise TooLarge(f"{field} holds more than {most.size} values. Send smaller batches")
    try:
        # Python would take UTF-16 and UTF-32 as well, whose values nobody has counted.
        said = text if isinstance(text, str) else text.decode("utf-8-sig", "surrogatepass")
        return json.loads(said, parse_constant=_refuse_constant)
    except RecursionError:
        raise InvalidInput(field, "is nested too deep", "Flatten it") from None
    except ValueError as error:  # JSONDecodeError and UnicodeDecodeError are ValueErrors
        raise InvalidInput(field, f"is not JSON ({error})"[:300], "Send one JSON value in UTF-8") from None


def _bytes(text: str | bytes) -> bytes:
    return text.encode(errors="replace") if isinstance(text, str) else text


def _has_more(text: bytes, most: Bound) -> bool:
    """Whether a JSON text holds more than `most` values, told from its brackets and commas in one pass."""
    if len(text.translate(None, _ANYTHING_ELSE)) <= most.size:
        return False
    # Those within strings do not count. They are looked for in blocks, as each of them may be tiny.
    text = text.replace(b"\\\\", b"").replace(b'\\"', b"")
    found, inside = 0, False
    for start in range(0, len(text), _BLOCK):
        block = text[start : start + _BLOCK]
        bare = _QUOTED.sub(b"", b'"' + block if inside else block)
        found += len(bare.translate(None, _ANYTHING_ELSE))
        inside ^= block.count(b'"') % 2 == 1
        if found > most.size:
            return True
    return False


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")
