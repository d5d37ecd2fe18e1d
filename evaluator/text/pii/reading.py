"""A text made ready for many patterns: what they ask again and again is found once."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from functools import cache, cached_property
from typing import NamedTuple

from evaluator.text.pii.fold import fold, lower

BARRIER = "\x1e"
"""Parts texts that are read together: no value and no context reaches over it."""

_SHORT = 2000
_WORD = re.compile(r"[^\W_]+")
_DIGIT = re.compile(r"[0-9]")
_CALL = re.compile(r"\b([^\W\d]\w{0,63})\([^()\n\x1e]{0,256}\)")
_LABELS = frozenset(("tel", "phone", "ph", "mobile", "mob", "cell", "fax", "whatsapp", "telefon", "handy", "contact"))
"""Words that people write right in front of a telephone in brackets; other words there name functions."""


@cache
def _stretches(gap: int) -> re.Pattern[str]:
    # From a digit to the last one that no longer gap parts from it; possessive, so that no text makes it go back.
    return re.compile(rf"[0-9](?:[^0-9]{{0,{gap}}}+[0-9])*+")


class Places(NamedTuple):
    """Where some words stand: their starts and their ends, each in ascending order."""

    starts: list[int]
    ends: list[int]

    def before(self, place: int) -> int | None:
        """The end of the last word that ends at `place` or before it."""
        index = bisect_right(self.ends, place)
        return self.ends[index - 1] if index else None

    def after(self, place: int) -> int | None:
        """The start of the first word that starts at `place` or behind it."""
        index = bisect_left(self.starts, place)
        return self.starts[index] if index < len(self.starts) else None


class Reading:
    """One text, as `fold` leaves it."""

    def __init__(self, text: str) -> None:
        self.text = fold(text)
        self._places: dict[tuple[str, ...], Places] = {}
        self._ranges: dict[tuple[int, int], list[tuple[int, int]]] = {}

    @cached_property
    def has_digits(self) -> bool:
        return _DIGIT.search(self.text) is not None

    @cached_property
    def lowered(self) -> str:
        """The text in small letters, with blanks for what joins words in keys of JSON; as long as the text."""
        return lower(self.text).replace("_", " ").replace("-", " ")

    def around_digits(self, before: int, after: int) -> list[tuple[int, int]]:
        """The ranges that lie at most so many characters in front of a digit or behind one; no two overlap."""
        key = (before, after)
        if key not in self._ranges:
            size, found = len(self.text), _stretches(before + after).finditer(self.text)
            self._ranges[key] = [(max(0, m.start() - before), min(size, m.end() + after)) for m in found]
        return self._ranges[key]

    @cached_property
    def _calls(self) -> Places:
        """Where the arguments of functions begin and end."""
        found = [m.span() for m in _CALL.finditer(self.text) if m[1].lower() not in _LABELS]
        return Places([start for start, _ in found], [end for _, end in found])

    def in_call(self, start: int, end: int) -> bool:
        """Whether [start, end) lies within the brackets of a function that is called with something."""
        index = bisect_right(self._calls.starts, start) - 1
        return index >= 0 and end < self._calls.ends[index]

    def holds(self, words: tuple[str, ...]) -> bool:
        """Whether one of `words` (in small letters) may stand in the text."""
        return any(word in self.lowered for word in words)

    def distance(self, words: tuple[str, ...], start: int, end: int, before: int, after: int) -> int | None:
        """Characters between [start, end) and the nearest of `words`, at most `before` or `after`; else None."""
        places, found = self.places(words), []
        left, right = places.before(start), places.after(end)
        if left is not None and start - left <= before and BARRIER not in self.text[left:start]:
            found.append(start - left)
        if right is not None and right - end <= after and BARRIER not in self.text[end:right]:
            found.append(right - end)
        return min(found, default=None)

    def places(self, words: tuple[str, ...]) -> Places:
        """Where `words` (in small letters) stand as words of their own."""
        if words not in self._places:
            spans = [span for word in words if self._may_hold(word) for span in self._occurrences(word)]
            self._places[words] = Places(sorted(start for start, _ in spans), sorted(end for _, end in spans))
        return self._places[words]

    @cached_property
    def _vocabulary(self) -> frozenset[str]:
        return frozenset(_WORD.findall(self.lowered))

    def _may_hold(self, word: str) -> bool:
        """Whether the first of what may be several words stands in the text: asked of very many that do not. A short
        text is searched as fast as it is cut into words."""
        if len(self.text) < _SHORT:
            return True
        first = _WORD.match(word)
        return first is None or first[0] in self._vocabulary

    def _occurrences(self, word: str) -> list[tuple[int, int]]:
        text, found = self.lowered, []
        start = text.find(word)
        while start >= 0:
            end = start + len(word)
            if not text[start - 1 : start].isalnum() and not text[end : end + 1].isalnum():
                found.append((start, end))
            start = text.find(word, end)
        return found
