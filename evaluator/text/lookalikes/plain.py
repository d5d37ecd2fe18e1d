"""What a classifier reads instead of a text in which some words look bad and are meant well.

A classifier that knows the insult better than the name flags both. It is given a plain word instead, and judges what
else the sentence says as it stands ("Kill the process, you idiot").
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from typing import NamedTuple

from evaluator.text.lookalikes.languages import LANGUAGES
from evaluator.text.lookalikes.lookalike import Lookalike
from evaluator.text.lookalikes.names import NAMES
from evaluator.text.lookalikes.words import COMPUTING, MEDICINE, NATURE, QUOTED
from evaluator.text.sentences import Span, split_sentences

_TABLE: tuple[Lookalike, ...] = (*NAMES, *COMPUTING, *NATURE, *MEDICINE, *QUOTED, *LANGUAGES)


class PlainText(NamedTuple):
    """A text in plain words, and where each of them stands in it and in the text that was given."""

    text: str
    plain: tuple[Span, ...]
    given: tuple[Span, ...]

    def as_given(self, start: int, end: int) -> Span:
        """The range of the given text that [start, end) of the plain one stands for."""
        return Span(self._back(start, False), self._back(end, True))

    def _back(self, place: int, ends: bool) -> int:
        index = bisect_right(self.plain, (place, len(self.text) + 1)) - 1
        if index < 0:
            return place
        plain, given = self.plain[index], self.given[index]
        if plain.start < place < plain.end:
            return given.end if ends else given.start
        return given.start if place == plain.start else given.end + place - plain.end


def plain_text(text: str) -> PlainText:
    """`text` with plain words where a word that looks bad is meant well by what stands around it."""
    pieces: list[str] = []
    plain: list[Span] = []
    given: list[Span] = []
    last = size = 0
    for span, word in sorted(_meant_well(text)):
        if span.start < last:  # two rows of the table know it
            continue
        size += span.start - last + len(word)
        pieces += (text[last : span.start], word)
        plain.append(Span(size - len(word), size))
        given.append(span)
        last = span.end
    return PlainText("".join([*pieces, text[last:]]), tuple(plain), tuple(given))


def _meant_well(text: str) -> Iterator[tuple[Span, str]]:
    lowered = text.lower()
    possible = [one for one in _TABLE if one.may_stand_in(lowered) and one.pattern.search(text)]
    for start, end in split_sentences(text) if possible else ():
        sentence = text[start:end]
        for one in possible:
            if one.pattern.search(sentence) and one.holds(sentence):
                for match in one.pattern.finditer(sentence):
                    yield Span(start + match.start(1), start + match.end(1)), one.plain_word(match[1])
