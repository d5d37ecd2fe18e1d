"""Sentences of a text with exact character offsets.

The splitter is total: any string is accepted, and every non-whitespace character belongs to exactly one
sentence. Line breaks, bullets and CJK punctuation are handled here, the rest is nupunkt's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

import nupunkt

MAX_SENTENCE_CHARS = 600
"""Longest sentence returned, in characters; longer ones are chopped at a blank or a comma."""

_LINE = re.compile(r"[^\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029]+")
_BULLET = re.compile(r"\s*(?:[-*•‣◦▪–—+>#|]+\s|\(?(?:\d{1,3}|[A-Za-z]|[ivxIVX]{1,4})[.)]\s)")
_ENUMERATOR = re.compile(r"\(?(?:\d{1,3}|[A-Za-z]|[ivxIVX]{1,4})[.)]$")
_CJK_END = re.compile(r"[。！？｡؟।]+[」』”’）〕】]*")
_ALNUM = re.compile(r"\w")
_NUPUNKT_CHARS = 4_000


class Span(NamedTuple):
    """Half-open range of characters, 0 <= start < end <= len(text)."""

    start: int
    end: int


def split_sentences(text: str) -> list[Span]:
    """Split a text into sentences; empty for a text without a visible character."""
    spans: list[Span] = []
    for block in _blocks(text):
        pieces = [part for piece in _cjk_pieces(text, block) for part in _punkt_pieces(text, piece)]
        for span in _merge_fragments(text, pieces):
            spans.extend(_chop(text, span))
    return spans


def _trim(text: str, start: int, end: int) -> Span | None:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return Span(start, end) if start < end else None


def _blocks(text: str) -> Iterator[Span]:
    """Lines, with hard-wrapped ones joined to the line that they continue."""
    current: Span | None = None
    for match in _LINE.finditer(text):
        line = _trim(text, match.start(), match.end())
        if line is None:
            continue
        if current is not None and _continues(text, current, line):
            current = Span(current.start, line.end)
            continue
        if current is not None:
            yield current
        current = line
    if current is not None:
        yield current


def _continues(text: str, before: Span, line: Span) -> bool:
    """Whether a line goes on with the sentence of the line before (a paragraph wrapped by hand)."""
    gap = text[before.end : line.start]
    if gap.count("\n") > 1 or len(gap) > 80:
        return False
    if not text[line.start].islower() or text[before.end - 1] in ".!?:;。！？|":
        return False
    return _BULLET.match(text, line.start, min(line.end, line.start + 12)) is None


def _cjk_pieces(text: str, block: Span) -> Iterator[Span]:
    start = block.start
    for match in _CJK_END.finditer(text, block.start, block.end):
        yield Span(start, match.end())
        start = match.end()
    if start < block.end:
        yield Span(start, block.end)


def _punkt_pieces(text: str, piece: Span) -> Iterator[Span]:
    """nupunkt's sentences of one piece, trimmed; a giant piece goes in by bounded slices."""
    for offset in range(piece.start, piece.end, _NUPUNKT_CHARS):
        part = text[offset : min(offset + _NUPUNKT_CHARS, piece.end)]
        bounds = list(nupunkt.sent_spans(part)) if len(part) >= 4 else [(0, len(part))]
        previous = 0
        for _, end in bounds[:-1]:
            span = _trim(text, offset + previous, offset + end)
            previous = max(previous, end)
            if span is not None:
                yield span
        span = _trim(text, offset + previous, offset + len(part))
        if span is not None:
            yield span


def _merge_fragments(text: str, pieces: list[Span]) -> list[Span]:
    """Join an enumerator ("2.") to what follows it, and bare punctuation to what precedes it."""
    merged: list[Span] = []
    for span in pieces:
        if merged and (_ALNUM.search(text, span.start, span.end) is None or _is_enumerator(text, merged[-1])):
            merged[-1] = Span(merged[-1].start, span.end)
        else:
            merged.append(span)
    return merged


def _is_enumerator(text: str, span: Span) -> bool:
    return span.end - span.start <= 6 and _ENUMERATOR.match(text[span.start : span.end]) is not None


def _chop(text: str, span: Span) -> Iterator[Span]:
    start = span.start
    while span.end - start > MAX_SENTENCE_CHARS:
        limit = start + MAX_SENTENCE_CHARS
        cut = max(text.rfind(", ", start + MAX_SENTENCE_CHARS // 2, limit), text.rfind("; ", start + 1, limit))
        if cut <= start:
            cut = text.rfind(" ", start + 1, limit)
        cut = cut + 1 if cut > start else limit
        piece = _trim(text, start, cut)
        if piece is not None:
            yield piece
        start = cut
    last = _trim(text, start, span.end)
    if last is not None:
        yield last
