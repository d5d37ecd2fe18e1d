"""Plain JSON values compared as a person would: 3, 3.0 and the text "3" are one, and so are true and "true".

Two texts are one only if they are the same, so that version "1.0" is not version "1". Nothing here raises, whatever
JSON holds.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any

from evaluator.core.bounds import LOOKED_AT

_NUMBER = re.compile(r"[+-]?(?:[0-9]{1,40}(?:\.[0-9]{0,40})?|\.[0-9]{1,40})(?:[eE][+-]?[0-9]{1,3})?")
_BOOLEANS = {"true": ("boolean", True), "false": ("boolean", False)}
_EXACT = 2**53


def is_plain(value: object) -> bool:
    """Whether it is a text, a boolean or a number that is finite."""
    return isinstance(value, (str, bool, int)) or (isinstance(value, float) and math.isfinite(value))


def number_of(value: object) -> Decimal | None:
    """A number, or a text that is one, exactly as it is written; else None. Booleans are no numbers."""
    if isinstance(value, str):
        return Decimal(value) if _NUMBER.fullmatch(value) else None
    if isinstance(value, float):
        return Decimal(repr(value)) if math.isfinite(value) else None
    return Decimal(value) if isinstance(value, int) and not isinstance(value, bool) else None


def text_of(value: object) -> str | None:
    """A text, or a number as text; else None."""
    if isinstance(value, str):
        return value
    number = number_of(value)
    return None if number is None else str(number)


def in_order(order: Callable[[Any, Any], bool], left: object, right: object) -> bool:
    """Whether two numbers, or texts that are some, stand in this order; what is no number stands in none."""
    if _is_near(left) and _is_near(right):
        return order(left, right)
    one, other = number_of(left), number_of(right)
    return one is not None and other is not None and order(one, other)


def _is_near(value: Any) -> bool:
    """Whether a number can be compared with its like as it is: floats hold all integers up to here."""
    return type(value) in (float, int) and -_EXACT <= value <= _EXACT


class Values:
    """Plain values, to be asked whether others are among them in a time that does not grow with their number."""

    def __init__(self, values: Iterable[object]) -> None:
        """What is not plain is nobody's equal."""
        plain = [value for value in values if is_plain(value)]
        self._texts = {value for value in plain if isinstance(value, str)}
        self._others = {_key(value) for value in plain if not isinstance(value, str)}
        self._meant = self._others.union(*map(_meanings, self._texts))

    def hold(self, value: object) -> bool:
        """Whether a plain value, or one of the first `LOOKED_AT` items of a list, is among them."""
        if isinstance(value, (list, tuple)):
            return any(map(self._holds, value[: LOOKED_AT.size]))
        return self._holds(value)

    def _holds(self, item: object) -> bool:
        # A text meets a number or a boolean by what it means, and another text only by what it is.
        if isinstance(item, str):
            return item in self._texts or (bool(self._others) and not self._others.isdisjoint(_meanings(item)))
        return bool(self._meant) and is_plain(item) and _key(item) in self._meant


def _key(value: object) -> object:
    """What a number or a boolean is."""
    return ("boolean", value) if isinstance(value, bool) else number_of(value)


def _meanings(text: str) -> list[object]:
    """What a text may mean beside what it is."""
    number, boolean = number_of(text), _BOOLEANS.get(text.lower())
    return [key for key in (number, boolean) if key is not None]
