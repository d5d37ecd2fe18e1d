"""The detector: reads answers beside their contexts with both networks, and leaves the judging to `text.combine`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from evaluator.core.errors import InvalidInput
from evaluator.models.encoder.tokens import Ints, check_count
from evaluator.models.readers.alignment import Aligner, AlignRequest
from evaluator.models.readers.span_reader import SUPPORTED, ClaimReading, Floats, ReadRequest, SpanReader
from evaluator.models.runtime import Runtime
from evaluator.text.alignment import AlignedTokens, gaps
from evaluator.text.combine import Readings
from evaluator.text.limits import ALIGNED, PIECES
from evaluator.text.plan import PairPlan, WindowSettings
from evaluator.text.rows import Row, plan_rows
from evaluator.text.sentences import Span

LABELS = (SUPPORTED, "unsupported", "contradicted")
_A_CHAR = 3
"""Word pieces that one character can be: a syllable of Hangul is as many letters."""


class ClaimTokens(NamedTuple):
    """Word pieces of a claim: character ranges in it, and the risk beside the window that fits each best."""

    starts: Ints
    ends: Ints
    risks: Floats


class Detected(NamedTuple):
    """What the networks say of one answer; `tokens` has one entry a sentence, None for one that was not read."""

    plan: PairPlan
    readings: Readings
    tokens: tuple[ClaimTokens | None, ...]


class Detector:
    """Loads in the constructor; raises ModelUnavailable."""

    def __init__(self, runtime: Runtime, name: str, settings: WindowSettings) -> None:
        self._reader = SpanReader(runtime, name)
        self._aligner = Aligner(runtime)
        self._settings = settings
        self._order = [self._reader.labels.index(label) for label in LABELS]

    def detect(self, answers: Sequence[tuple[str, Sequence[str]]]) -> list[Detected]:
        """One result for each (answer, passages), in order. Raises InvalidInput for one that is too large to read."""
        plans = [plan_rows(answer, passages, self._settings) for answer, passages in answers]
        requests = [
            [_request(answer, plan, row) for row in rows]
            for (answer, _), (plan, rows) in zip(answers, plans, strict=True)
        ]
        for (answer, _), (plan, _), own in zip(answers, plans, requests, strict=True):
            self._check(answer, _windows(plan), own)  # before anything is read for nothing
        read = iter(self._reader.read([request for own in requests for request in own]))
        aligned = self._aligner.align(
            [AlignRequest(answer, _windows(plan)) for (answer, _), (plan, _) in zip(answers, plans, strict=True)]
        )
        return [
            self._detected(answer, plan, rows, [next(read) for _ in rows], tokens)
            for (answer, _), (plan, rows), tokens in zip(answers, plans, aligned, strict=True)
        ]

    def _check(self, answer: str, windows: Sequence[str], requests: Sequence[ReadRequest]) -> None:
        """Raises InvalidInput for more word pieces than are read, or compared with each other, for one sample."""
        beside = sum(map(len, windows))
        chars = len(answer) + beside + sum(len(request.window) + len(request.part) for request in requests)
        if chars * _A_CHAR <= PIECES.size and len(answer) * beside * _A_CHAR**2 <= ALIGNED.size:
            return
        own, *others = (len(pieces.ids) for pieces in self._reader.encode([answer, *windows]))
        check_count(own + sum(others) + self._reader.size(requests), "answer")
        if own * sum(others) > ALIGNED.size:
            problem = f"has {own:,} word pieces, each to be compared with {sum(others):,} of the context"
            raise InvalidInput("answer", problem, "Send one answer a trace, or less context")

    def _detected(
        self,
        answer: str,
        plan: PairPlan,
        rows: Sequence[Row],
        read: Sequence[Sequence[ClaimReading]],
        aligned: AlignedTokens,
    ) -> Detected:
        probabilities = np.zeros((len(plan.pairs), len(LABELS)), dtype=np.float64)
        beside: list[list[ClaimReading]] = [[] for _ in plan.sentences]
        for row, readings in zip(rows, read, strict=True):
            for pair, claim, reading in zip(row.pairs, row.claims, readings, strict=True):
                probabilities[pair] = reading.probabilities[self._order]
                beside[claim].append(reading)
        tokens = tuple(_tokens(found) for found in beside)
        return Detected(
            plan,
            Readings(
                probabilities,
                [found.risks if found else np.zeros(0, dtype=np.float32) for found in tokens],
                np.asarray([gaps(answer, [span], aligned) for span in plan.sentences]).reshape(-1, 2),
                gaps(answer, plan.sentences, aligned),
            ),
            tokens,
        )


def _request(answer: str, plan: PairPlan, row: Row) -> ReadRequest:
    start, end = row.part
    spans = (plan.sentences[claim] for claim in row.claims)
    claims = tuple(Span(span.start - start, span.end - start) for span in spans)
    return ReadRequest(plan.windows[row.window].text, answer[start:end], claims)


def _windows(plan: PairPlan) -> tuple[str, ...]:
    """The windows that the network reads, once each."""
    return tuple(plan.windows[index].text for index in sorted({window for _, window in plan.pairs}))


def _tokens(found: Sequence[ClaimReading]) -> ClaimTokens | None:
    """A word piece is carried by the context as well as by the window that carries it best."""
    if not found:
        return None
    # Over-long rows are read in overlapping pieces, so that a claim may have other word pieces beside another window.
    alike = [reading for reading in found if np.array_equal(reading.starts, found[0].starts)]
    risks = np.min([reading.risks for reading in alike], axis=0)
    return ClaimTokens(found[0].starts, found[0].ends, risks)
