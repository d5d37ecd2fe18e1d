"""The spans of a trace as rows in the order of their tree, with places on a time axis."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from evaluator.core.trace import Span

MAX_SPANS = 300
MAX_DEPTH = 12
"""Deeper spans are indented no further."""
LEAST = 0.4
"""Width in percent of the axis that even the shortest span has."""


@dataclass(frozen=True, slots=True)
class SpanRow:
    """A span, its depth in the tree, and its place on the axis in percent of the trace's time."""

    span: Span
    depth: int
    left: float
    width: float
    ms: float


@dataclass(frozen=True, slots=True)
class Waterfall:
    rows: list[SpanRow]
    total_ms: float
    left_out: int


def waterfall(spans: Sequence[Span]) -> Waterfall:
    """The spans in tree order, children by their start. One whose parent is missing stands at the top; no span is
    lost to a circle of parents."""
    if not spans:
        return Waterfall([], 0.0, 0)
    first = min(s.start for s in spans)
    whole = (max(s.end for s in spans) - first).total_seconds() * 1000
    rows = []
    for span, depth in _walk(spans)[:MAX_SPANS]:
        begin, took = ((x.total_seconds() * 1000) for x in (span.start - first, span.end - span.start))
        width = max(LEAST, 100 * took / whole) if whole else 100.0
        left = min(100 * begin / whole if whole else 0.0, 100 - LEAST)
        rows.append(SpanRow(span, min(depth, MAX_DEPTH), round(left, 2), round(min(width, 100 - left), 2), took))
    return Waterfall(rows, whole, max(0, len(spans) - MAX_SPANS))


def _walk(spans: Sequence[Span]) -> list[tuple[Span, int]]:
    ordered = sorted(spans, key=lambda s: (s.start, s.end, s.span_id))
    known = {s.span_id for s in ordered}
    children: dict[str | None, list[Span]] = defaultdict(list)
    for span in ordered:
        children[span.parent_id if span.parent_id in known else None].append(span)
    seen: set[str] = set()
    out: list[tuple[Span, int]] = []
    # After the roots come all spans again, for those that only a circle of parents leads to.
    for start in (*children[None], *ordered):
        stack = [(start, 0)]
        while stack:
            span, depth = stack.pop()
            if span.span_id in seen:
                continue
            seen.add(span.span_id)
            out.append((span, depth))
            stack += [(child, depth + 1) for child in reversed(children[span.span_id])]
    return out
