"""A text in which patterns need not know how it was typed: full-width digits, odd blanks and dashes become ASCII.

Every character becomes exactly one character, so offsets into the folded text are offsets into the text.
"""

from __future__ import annotations

import re
import unicodedata
from itertools import chain

_DASHES = "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe63"
_ESCAPE = re.compile(r"\\[nrt]")


def _table() -> dict[int, str]:
    table = {code: chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)}
    for code in chain(range(0x80, 0x3001), range(0x1D7CE, 0x1D800)):
        char = chr(code)
        if char.isspace():
            # Line breaks stay line breaks: a signature or a form ends at one.
            table[code] = "\n" if char in "\x85\u2028\u2029" else " "
        elif char.isdecimal():
            table[code] = str(unicodedata.decimal(char))
    return table | {ord(char): "-" for char in _DASHES}


_TABLE = _table()


def fold(text: str) -> str:
    """The text with digits, blanks, dashes and full-width letters in ASCII; as long as `text`."""
    folded = text if text.isascii() else text.translate(_TABLE)
    # JSON quoted in prose: without this, the n of a line break's escape would begin the word behind it.
    return _ESCAPE.sub("  ", folded) if "\\" in folded else folded


def lower(text: str) -> str:
    """The text in small letters, as long as `text`."""
    lowered = text.lower()
    if len(lowered) == len(text):
        return lowered
    return "".join(small if len(small := char.lower()) == 1 else char for char in text)
