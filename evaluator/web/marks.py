"""Cuts texts at the ends of evidence, so that a page can mark overlapping spans without nesting elements."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

MAX_MARKS = 400
"""Marks shown on one answer; the most certain ones are kept."""

PEOPLE = "people"
"""The label of what people marked."""
STYLES = ("contradicted", "unsupported", "toxic", PEOPLE, "supported")
"""Labels with a look of their own, the gravest first; all others share one."""

Range = tuple[int, int, int]
"""(mark, start, end): which mark covers which characters."""


@dataclass(frozen=True, slots=True)
class Mark:
    """One piece of evidence on an answer. Ranges are None where they do not fit the text that they point into."""

    index: int
    label: str
    style: str
    confidence: float
    evaluator: str
    field: str
    span: tuple[int, int]
    passage: int | None
    passage_span: tuple[int, int] | None


@dataclass(frozen=True, slots=True)
class Piece:
    """Characters with the same marks on them."""

    text: str
    marks: tuple[int, ...]
    style: str = ""

    @property
    def ids(self) -> str:
        return " ".join(map(str, self.marks))


def read_marks(rows: Iterable[tuple[str, Mapping[str, Any]]], lengths: Mapping[str, int]) -> list[Mark]:
    """Marks from (evaluator title, evidence) pairs; what lies outside its text is clipped or left out.

    `lengths` gives the characters of each text by name: ``answer``, ``question`` and ``passage:N``.
    """
    found = [mark for title, row in rows if (mark := _mark(title, row, lengths))]
    if len(found) > MAX_MARKS:
        found = sorted(found, key=lambda m: -m.confidence)[:MAX_MARKS]
    found.sort(key=lambda m: (m.field, m.span, m.label))
    return [replace(mark, index=i) for i, mark in enumerate(found)]


def _mark(title: str, row: Mapping[str, Any], lengths: Mapping[str, int]) -> Mark | None:
    field = str(row.get("field") or "answer")
    passage = row.get("passage")
    place = f"passage:{passage}" if field == "context" else field
    span = _clipped(row.get("start"), row.get("end"), lengths.get(place, 0))
    if span is None:
        return None
    length = lengths.get(f"passage:{passage}")
    inside = None if length is None else _clipped(row.get("passage_start"), row.get("passage_end"), length)
    label = str(row.get("label") or "marked")
    style = label if label in STYLES else "other"
    known = int(passage) if length is not None and passage is not None else None
    return Mark(0, label, style, float(row.get("confidence") or 0.0), title, field, span, known, inside)


def _clipped(start: Any, end: Any, length: int) -> tuple[int, int] | None:
    if not isinstance(start, int) or not isinstance(end, int):
        return None
    start, end = max(0, start), min(end, length)
    return (start, end) if start < end else None


def cut(text: str, ranges: Sequence[Range], styles: Mapping[int, str] | None = None) -> list[Piece]:
    """`text` in pieces that join to it again, each with the marks that cover it and the gravest of their styles."""
    begins: dict[int, list[int]] = defaultdict(list)
    ends: dict[int, list[int]] = defaultdict(list)
    for mark, start, end in ranges:
        begins[start].append(mark)
        ends[end].append(mark)
    edges = sorted({0, len(text), *begins, *ends})
    pieces: list[Piece] = []
    active: set[int] = set()
    for here, there in pairwise(edges):
        active.difference_update(ends.get(here, ()))
        active.update(begins.get(here, ()))
        marks = tuple(sorted(active))
        pieces.append(Piece(text[here:there], marks, _gravest(marks, styles or {})))
    return pieces


def _gravest(marks: Sequence[int], styles: Mapping[int, str]) -> str:
    worn = {styles[m] for m in marks if m in styles}
    return next((style for style in STYLES if style in worn), "other" if worn else "")
