"""What one row of the tables says, and how it is read against a text."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from evaluator.text.pii.reading import Reading

BEFORE, AFTER = 60, 24
"""How far in front of a value and behind it a context word counts, in characters."""
AGAINST, BEHIND = 10, 1
"""How far in front of a value and behind it a word counts that says it is something else."""
FADE = 0.001
"""What a character between the two takes from the confidence, so that of two kinds the nearer word decides."""

NUMBER = (12, 12)
"""The reach of values that are all digits, but for what parts or marks them."""

Check = Callable[[str], int]
"""How many characters of a match, from its start, are a value; 0 for none."""


class PiiSpan(NamedTuple):
    """A value in a text: half-open range of characters, kind, and confidence in [0, 1]."""

    start: int
    end: int
    kind: str
    confidence: float


def whole(test: Callable[[str], bool]) -> Check:
    """The check that takes a match as it is, or not at all."""
    return lambda value: len(value) if test(value) else 0


@dataclass(frozen=True)
class Recognizer:
    """A form that values of a kind have.

    `pattern` must be linear, with every repetition bounded, possessive or unambiguous, and may not match `BARRIER`
    (``\\s`` does). Its group ``v`` (else the whole
    match) is the value. `base` is the confidence of a value on its own, `near` that of one with a word of `context`
    close to it; both in [0, 1], and 0 says nothing. Words are in small letters and match in any case. With `leads`
    the pattern begins right behind one of these words.
    """

    kind: str
    pattern: str
    base: float
    near: float = 0.0
    context: tuple[str, ...] = ()
    leads: tuple[str, ...] = ()
    check: Check = len
    literals: tuple[str, ...] = ()
    """One of these stands in every value, in this case: other texts are not searched."""
    against: tuple[str, ...] = ()
    """Words that say right beside a value that it is something else, unless a word of `context` is nearer."""
    in_calls: bool = True
    """Whether an argument of a function (``getUser(1234567890)``) may be a value."""
    reach: tuple[int, int] | None = None
    """How far a value goes in front of its first digit and behind any digit, in characters: the rest of a text is not
    searched. None for values that may have no digit."""

    @cached_property
    def _compiled(self) -> re.Pattern[str]:
        return re.compile(self.pattern)

    def find(self, reading: Reading, threshold: float) -> Iterator[PiiSpan]:
        """Values with at least the confidence `threshold`; in order, but for those with `leads`."""
        if not self._possible(reading, threshold):
            return
        group = "v" if "v" in self._compiled.groupindex else 0
        for match in self._matches(reading):
            start = match.start(group)
            length = self.check(match[group])
            confidence = self._confidence(reading, start, start + length) if length else 0.0
            if confidence >= max(threshold, FADE):
                yield PiiSpan(start, start + length, self.kind, confidence)

    def _possible(self, reading: Reading, threshold: float) -> bool:
        if max(self.base, self.near) < threshold:
            return False
        if self.literals and not any(literal in reading.text for literal in self.literals):
            return False
        return self.base >= max(threshold, FADE) or reading.holds(self.context)

    def _matches(self, reading: Reading) -> Iterator[re.Match[str]]:
        if self.leads:
            for end in reading.places(self.leads).ends:
                if match := self._compiled.match(reading.text, end):
                    yield match
            return
        ranges = reading.around_digits(*self.reach) if self.reach else [(0, len(reading.text))]
        for start, end in ranges:
            yield from self._compiled.finditer(reading.text, start, end)

    def _confidence(self, reading: Reading, start: int, end: int) -> float:
        if not self.in_calls and reading.in_call(start, end):
            return 0.0
        if self.near <= self.base and not self.against:
            return self.base
        distance = reading.distance(self.context, start, end, BEFORE, AFTER)
        other = reading.distance(self.against, start, end, AGAINST, BEHIND) if self.against else None
        if other is not None and (distance is None or other < distance):
            return 0.0
        return self.base if distance is None else max(self.base, round(self.near - FADE * distance, 4))
