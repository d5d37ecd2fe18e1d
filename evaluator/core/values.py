"""Plain JSON values compared as a person would: 3, 3.0 and the text "3" are one, and so are true and "true".

Two texts are one only if they are the same, so that version "1.0" is not version "1". Nothing here raises, whatever
JSON holds.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from decimal import Decimal

_NUMBER = re.compile(r"[+-]?(?:[0-9]{1,40}(?:\.[0-9]{0,40})?|\.[0-9]{1,40})(?:[eE][+-]?[0-9]{1,3})?")
_BOOLEANS = {"true": True, "false": False}


def is_plain(value: object) -> bool:
    """Whether it is a text, a boolean or a number that is finite."""
    return isinstance(value, (str, bool, int)) or (isinstance(value, float) and math.isfinite(value))


def number_of(value: object) -> Decimal | None:
    """A number, or a text that is one, exactly as it is written; else None. Booleans are no numbers."""
    if isinstance(value, str):
        return Decimal(value) if _NUMBER.fullmatch(value) else None
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not is_plain(value):
        return None
    return Decimal(repr(value)) if isinstance(value, float) else Decimal(value)


def text_of(value: object) -> str | None:
    """A text, or a number as text; else None."""
    if isinstance(value, str):
        return value
    number = number_of(value)
    return None if number is None else str(number)


class Values:
    """Plain values, to be asked whether others are among them in a time that does not grow with their number."""

    def __init__(self, values: Iterable[object]) -> None:
        """What is not plain is nobody's equal."""
        keys = [_keys(value) for value in values if is_plain(value)]
        self._written = {found[0] for found in keys}
        self._meant = {key for found in keys for key in found}

    def hold(self, value: object) -> bool:
        """Whether a plain value, or an item of a list, is among them."""
        items = value if isinstance(value, (list, tuple)) else (value,)
        return any(self._hold(item) for item in items if is_plain(item))

    def _hold(self, item: object) -> bool:
        # A text meets a number or a boolean by what it means, and another text only by what it is.
        keys = _keys(item)
        return not self._written.isdisjoint(keys) if isinstance(item, str) else keys[0] in self._meant


def _keys(value: object) -> tuple[tuple[str, object], ...]:
    """What a plain value is, and for a text what it may mean besides."""
    if isinstance(value, bool):
        return (("boolean", value),)
    number = ("number", number_of(value))
    if not isinstance(value, str):
        return (number,)
    boolean = ("boolean", _BOOLEANS.get(value.lower()))
    return (("text", value), *(key for key in (number, boolean) if key[1] is not None))
