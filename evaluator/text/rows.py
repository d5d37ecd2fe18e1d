"""What the span reader reads: a part of the answer beside a window of the context.

Reading several claims in one row costs one pass over the window instead of one a claim, and lets the network see
what the sentences before a claim were about. Training examples have the same shape.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from evaluator.text.plan import PairPlan, WindowSettings, plan_pairs
from evaluator.text.sentences import Span
from evaluator.text.windows import estimate_pieces


@dataclass(frozen=True, slots=True)
class Row:
    """One pass of the network: a window, and a range of the answer with the claims in it."""

    window: int
    part: Span
    claims: tuple[int, ...]
    """Indices of the claims in ``plan.sentences``."""
    pairs: tuple[int, ...]
    """Index in ``plan.pairs`` of each claim with this window."""


def plan_rows(answer: str, passages: Sequence[str], settings: WindowSettings) -> tuple[PairPlan, tuple[Row, ...]]:
    """The plan of an answer and the rows that cover its pairs.

    Claims in the order of the answer share a part while it stays within ``settings.answer_pieces`` word pieces. A
    part is read beside every window that one of its claims chose, so the plan holds more pairs than those chosen.
    """
    plan = plan_pairs(answer, passages, settings)
    chosen: dict[int, list[int]] = {}
    for sentence, window in plan.pairs:
        chosen.setdefault(sentence, []).append(window)
    groups = _parts(answer, plan, list(chosen), settings.answer_pieces)
    found = [(group, sorted({window for claim in group for window in chosen[claim]})) for group in groups]
    pairs = tuple((claim, window) for group, windows in found for claim in group for window in windows)
    places = {pair: index for index, pair in enumerate(pairs)}
    rows = tuple(
        Row(
            window=window,
            part=Span(plan.sentences[group[0]].start, plan.sentences[group[-1]].end),
            claims=tuple(group),
            pairs=tuple(places[claim, window] for claim in group),
        )
        for group, windows in found
        for window in windows
    )
    return replace(plan, pairs=pairs), rows


def _parts(answer: str, plan: PairPlan, claims: Sequence[int], budget: int) -> list[list[int]]:
    """Neighbouring claims by part; what stands between two claims of a part counts, too."""
    groups: list[list[int]] = []
    size, end = 0, 0
    for claim in claims:
        span = plan.sentences[claim]
        more = estimate_pieces(answer[end if groups else span.start : span.end])
        if groups and size + more <= budget:
            groups[-1].append(claim)
            size += more
        else:
            groups.append([claim])
            size = estimate_pieces(answer[span.start : span.end])
        end = span.end
    return groups
