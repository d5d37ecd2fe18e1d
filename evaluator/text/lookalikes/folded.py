"""A text as people see it: letters of other widths and styles folded, invisible characters gone, hidden ones shown.

Attackers write in full-width or mathematical letters, put characters of no width between theirs, or hide whole
sentences in the tag block of Unicode, which nothing shows and models read.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from evaluator.text.lookalikes.plain import PlainText
from evaluator.text.sentences import Span

_TAGS = 0xE0000
"""Tag characters are ASCII, moved up by this much."""
_ODD = re.compile(
    "[\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0"
    "\u2100-\u214f\u2460-\u24ff\uff01-\uffee\U0001d400-\U0001d7ff\U0001f130-\U0001f149\U000e0000-\U000e007f]"
)
"""Characters without a width, letter-like and enclosed ones, those of full width, mathematical letters, tags."""


def folded(text: str) -> PlainText:
    """`text` in plain characters, with the place of each that was changed."""
    if text.isascii() or _ODD.search(text) is None:
        return PlainText(text, (), ())
    pieces: list[str] = []
    plain: list[Span] = []
    given: list[Span] = []
    last = size = 0
    for place, instead in _changed(text):
        size += place - last + len(instead)
        pieces += (text[last:place], instead)
        plain.append(Span(size - len(instead), size))
        given.append(Span(place, place + 1))
        last = place + 1
    return PlainText("".join([*pieces, text[last:]]), tuple(plain), tuple(given))


def _changed(text: str) -> Iterator[tuple[int, str]]:
    for match in _ODD.finditer(text):
        code = ord(match[0]) - _TAGS
        if 0 <= code < 0x80:
            yield match.start(), chr(code) if 0x20 <= code < 0x7F else ""
            continue
        instead = unicodedata.normalize("NFKC", match[0])
        hidden = (
            unicodedata.category(match[0]) in ("Cf", "Mn") or instead.isspace() or not instead.strip("\u115f\u1160")
        )
        if instead != match[0] or hidden:
            yield match.start(), "" if hidden else instead
