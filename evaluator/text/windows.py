"""Sentence-aligned windows over a retrieved context.

A window is what the network reads beside one sentence of the answer. Windows cover every passage
completely and overlap by a sentence, so that a claim that leans on two neighbours meets both. Where a sentence was
cut in two by whoever made the passages, one more window holds it whole.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from evaluator.text.limits import JSON_LINES
from evaluator.text.sentences import split_sentences
from evaluator.text.structured import Unit, json_units

DEFAULT_MAX_PIECES = 200
"""Default size of a window, in (estimated) word pieces."""

_LONG_UNIT = 300
"""Characters from which on a line of JSON is cut into sentences."""
_ENDS = frozenset(".!?:;。！？；：)]}>\"'”’»|*")
_WORD = re.compile(r"[A-Za-z]+|\d+|[^\sA-Za-z\d]")


class Window(NamedTuple):
    """Passage index, range of characters in that passage, and the text shown to the model."""

    passage: int
    start: int
    end: int
    text: str


def estimate_pieces(text: str) -> int:
    """Cheap upper-leaning estimate of the number of word pieces of a text, >= 0."""
    return sum(1 + (len(word) - 1) // 7 for word in _WORD.findall(text))


class Windows(NamedTuple):
    """The windows of a context, and how many of its passages are JSON that is read as it is written."""

    windows: list[Window]
    json_as_text: int


def split_windows(
    passages: Sequence[str],
    *,
    max_pieces: int = DEFAULT_MAX_PIECES,
    overlap: int = 1,
    count: Callable[[str], int] = estimate_pieces,
) -> list[Window]:
    """Cover all passages with windows of at most ``max_pieces`` pieces (one unit may exceed it).

    ``overlap`` is the number of sentences shared by neighbouring windows. ``count`` measures a text in
    word pieces. Passages without a visible character give no window.
    """
    return cut_windows(passages, max_pieces, overlap, count).windows


def cut_windows(passages: Sequence[str], max_pieces: int, overlap: int, count: Callable[[str], int]) -> Windows:
    """As `split_windows`, telling what became of JSON."""
    windows: list[Window] = []
    before: Window | None = None
    room, json_as_text = JSON_LINES.size, 0
    for index, passage in enumerate(passages):
        structured = json_units(passage, room)
        if structured is None:
            json_as_text += 1
        if structured:
            room -= sum(len(unit.text) for unit in structured)
            units = [part for unit in structured for part in _cut_unit(unit)]
        else:
            units = [Unit(start, end, passage[start:end]) for start, end in split_sentences(passage)]
            if before is not None and units and _goes_on(before.text, units[0].text):
                windows.append(before._replace(text=f"{before.text} {units[0].text}"))
        sizes = [count(unit.text) for unit in units]
        for first, last in _ranges(sizes, max_pieces, overlap):
            start, end = units[first].start, units[last - 1].end
            chosen = units[first:last]
            text = "\n".join(unit.text for unit in chosen) if structured else passage[start:end]
            windows.append(Window(index, start, end, text))
        before = Window(index, *units[-1]) if units and not structured else None
    return Windows(windows, json_as_text)


def _goes_on(before: str, after: str) -> bool:
    """Whether a passage goes on with the sentence that the one before it ends in."""
    last, first = before[-1], after[0]
    return last not in _ENDS and (first.islower() or last.isdigit() or last == ",")


def _cut_unit(unit: Unit) -> Iterator[Unit]:
    """A unit of JSON, a long string split into sentences."""
    if len(unit.text) <= _LONG_UNIT:
        yield unit
        return
    width, length = unit.end - unit.start, len(unit.text)
    for start, end in split_sentences(unit.text):  # escapes shift offsets a little: scale into the value's range
        left = unit.start + start * width // length
        right = max(left + 1, unit.start + end * width // length)
        yield Unit(left, right, unit.text[start:end])


def _ranges(sizes: Sequence[int], max_pieces: int, overlap: int) -> list[tuple[int, int]]:
    """Greedy ranges of units, each within the budget unless it is one unit alone."""
    ranges: list[tuple[int, int]] = []
    first = 0
    while first < len(sizes):
        last, total = first, 0
        while last < len(sizes) and (last == first or total + sizes[last] <= max_pieces):
            total += sizes[last]
            last += 1
        ranges.append((first, last))
        if last >= len(sizes):
            break
        first = _next_start(sizes, first, last, overlap, max_pieces)
    return ranges


def _next_start(sizes: Sequence[int], first: int, last: int, overlap: int, max_pieces: int) -> int:
    """Step back by the overlap, but never to where the next window could hold nothing new."""
    start = max(last - overlap, first + 1)
    while start < last and sum(sizes[start:last]) + sizes[last] > max_pieces:
        start += 1
    return start
