"""From labelled answers to rows of the network with what is known of them.

A verdict on an answer says little of its claims, so supervision is weak. A claim of a good answer is supported by the
window that supports it best, as the detector reads it; nothing is known of the other windows. A claim that marks call
bad is supported by no window. Of a bad answer without marks one claim at least is bad, and the one that the detector
finds riskiest is taken for it (multiple-instance learning; Dietterich et al., 1997).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from evaluator.models.encoder.tokens import CLS, SEP, Pieces, WordPieces
from evaluator.models.readers.detector import Detected
from evaluator.models.tuning.combination import bad_claims
from evaluator.models.tuning.labelled import Labelled, design_weights
from evaluator.text.combine import SENTENCE_FEATURES, Combination, sentence_rows
from evaluator.text.plan import WindowSettings
from evaluator.text.rows import Row, plan_rows
from evaluator.text.sentences import Span

_SPECIAL = 3


class Target(NamedTuple):
    """Tokens [first, last) of a row that are one claim: whether it is bad, and what that weighs."""

    first: int
    last: int
    bad: bool
    weight: float


class Example(NamedTuple):
    """A row of token ids; `second` is where the answer's part begins; risks of tokens are 1, 0 or -1 (unknown)."""

    ids: list[int]
    second: int
    targets: list[Target]
    risks: list[float]


class _Known(NamedTuple):
    """What is known of a claim: bad or not, the window that it holds for (None: all), and the wrong characters."""

    bad: bool
    window: int | None
    spans: tuple[Span, ...] | None


def build(
    labels: Sequence[Labelled],
    detected: Sequence[Detected],
    combination: Combination,
    settings: WindowSettings,
    pieces: WordPieces,
    max_length: int,
) -> list[Example]:
    """The rows of all answers that something is known of; an answer's weight is shared out among its targets.

    What does not fit into `max_length` tokens is left out of the training (never of the detection).
    """
    examples = []
    for one, found, weight in zip(labels, detected, design_weights(labels), strict=True):
        known = _known(one, found, combination)
        _, rows = plan_rows(one.answer, one.passages, settings)
        chosen = [(row, claims) for row in rows if (claims := _of_row(row, known))]
        share = float(weight) / max(1, sum(len(claims) for _, claims in chosen))
        for row, claims in chosen:
            start, end = row.part
            window, part = pieces.encode([found.plan.windows[row.window].text, one.answer[start:end]])
            spans = {claim: found.plan.sentences[claim] for claim in claims}
            example = _example(window, part, start, spans, claims, share, max_length)
            if example.targets:
                examples.append(example)
    return examples


def _known(one: Labelled, found: Detected, combination: Combination) -> dict[int, _Known]:
    """What is known of claims, by their index; claims without a pair are not read."""
    beside: dict[int, list[tuple[float, int]]] = {}
    for pair, (claim, window) in enumerate(found.plan.pairs):
        beside.setdefault(claim, []).append((float(found.readings.probabilities[pair, 0]), window))
    claims = bad_claims(one.bad, one.spans, found.plan.sentences)
    if claims is None:
        risks = combination.sentence.predict(sentence_rows(found.plan, found.readings), SENTENCE_FEATURES)
        riskiest = max(beside, key=lambda claim: float(risks[claim]), default=None)
        return {} if riskiest is None else {riskiest: _Known(True, None, None)}
    marked = (one.spans or ()) if one.spans or not one.bad else None
    return {
        claim: _Known(bad, None if bad else max(beside[claim])[1], marked)
        for claim, bad in enumerate(claims)
        if claim in beside
    }


def _of_row(row: Row, known: dict[int, _Known]) -> dict[int, _Known]:
    """The claims of a row whose verdict holds for its window."""
    return {
        claim: known[claim] for claim in row.claims if claim in known and known[claim].window in (None, row.window)
    }


def _example(
    window: Pieces,
    part: Pieces,
    start: int,
    spans: dict[int, Span],
    claims: dict[int, _Known],
    weight: float,
    max_length: int,
) -> Example:
    """One row; `start` is the part's first character in the answer, to which `spans` refer."""
    second = part.part(0, max_length // 2)
    first = window.part(0, max_length - _SPECIAL - len(second.ids))
    offset = len(first.ids) + 2
    risks = np.full(len(second.ids), -1.0)
    targets = []
    for claim, known in claims.items():
        low, high = (int(i) for i in np.searchsorted(second.starts + start, spans[claim]))
        if low == high:
            continue
        targets.append(Target(offset + low, offset + high, known.bad, weight))
        if known.spans is not None:
            begins, ends = second.starts[low:high] + start, second.ends[low:high] + start
            risks[low:high] = _marks(begins.tolist(), ends.tolist(), known)
    ids = [CLS, *first.ids.tolist(), SEP, *second.ids.tolist(), SEP]
    return Example(ids, offset, targets, [-1.0] * offset + risks.tolist() + [-1.0])


def _marks(starts: Sequence[int], ends: Sequence[int], known: _Known) -> list[float]:
    """1 for word pieces within the marks; the others of a bad claim are unknown: no one window carries them all."""
    return [
        1.0 if any(start < b and end > a for a, b in known.spans or ()) else -1.0 if known.bad else 0.0
        for start, end in zip(starts, ends, strict=True)
    ]
