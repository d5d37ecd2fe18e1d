"""From sentence risks to a label and to the characters of the answer that are marked."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from evaluator.core.outcome import Evidence
from evaluator.text.combine import AnswerAssessment, SentenceAssessment
from evaluator.text.plan import PairPlan
from evaluator.text.sentences import Span

FAITHFUL, UNSUPPORTED, CONTRADICTED = "faithful", "unsupported", "contradicted"

_WORD = re.compile(r"\w+")
_JOIN = 2
"""Words between two marked ones that are marked with them: gaps of a word or two only make a page restless."""
_WHOLE = 0.8
"""Share of a sentence beyond which all of it is marked."""


class TokenRisks(Protocol):
    """Character ranges of the word pieces of a sentence and their probabilities of not being supported."""

    @property
    def starts(self) -> npt.NDArray[np.int64]: ...

    @property
    def ends(self) -> npt.NDArray[np.int64]: ...

    @property
    def risks(self) -> npt.NDArray[np.float32]: ...


class Marked(NamedTuple):
    """What an answer is worth: its risk in [0, 1], its label, and the evidence for it."""

    risk: float
    label: str
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class Marking:
    """Thresholds in [0, 1]: on the answer's and the sentences' risk, on P(contradicted), on a word piece."""

    answer: float
    sentence: float
    contradicted: float
    token: float
    by_answer: bool = False
    """Whether the answer's risk alone decides: then just the answers that reach their threshold have marks. Models up
    to the second hold an answer's risk below its threshold where no claim of it carries that much, and mark claims of
    faithful answers."""

    def mark(
        self, answer: str, plan: PairPlan, assessment: AnswerAssessment, tokens: Sequence[TokenRisks | None]
    ) -> Marked:
        """The answer's risk, label, and evidence for each bad sentence in order. `tokens` has one entry a sentence.

        An answer over its threshold has its riskiest sentence marked, and all that are over theirs (see `by_answer`).
        """
        sentences = assessment.sentences
        worst = max(range(len(sentences)), key=lambda i: sentences[i].risk, default=None)
        risk = min(1.0, max(0.0, assessment.risk))
        carried = worst is not None and sentences[worst].risk >= min(self.answer, self.sentence)
        if not carried and not self.by_answer:
            risk = min(risk, math.nextafter(self.answer, 0.0))
        if risk < self.answer and self.by_answer:
            return Marked(risk, FAITHFUL, ())
        bad = [i for i, sentence in enumerate(sentences) if sentence.risk >= self.sentence]
        if risk >= self.answer and worst is not None:
            bad = bad or [worst]
            if self.by_answer:  # what speaks against the answer as a whole speaks against its riskiest claim
                own = replace(sentences[worst], risk=max(risk, sentences[worst].risk))
                sentences = (*sentences[:worst], own, *sentences[worst + 1 :])
        evidence = tuple(mark for i in bad for mark in self._evidence(answer, plan, sentences[i], tokens[i]))
        if risk < self.answer:
            return Marked(risk, FAITHFUL, evidence)
        contradicted = any(mark.label == CONTRADICTED for mark in evidence)
        return Marked(risk, CONTRADICTED if contradicted else UNSUPPORTED, evidence)

    def _evidence(
        self, answer: str, plan: PairPlan, sentence: SentenceAssessment, tokens: TokenRisks | None
    ) -> list[Evidence]:
        contradicted = sentence.contradiction >= self.contradicted
        place = sentence.contradicting_window if contradicted else sentence.supporting_window
        window = plan.windows[place] if place is not None else None
        return [
            Evidence(
                start=span.start,
                end=span.end,
                label=CONTRADICTED if contradicted else UNSUPPORTED,
                confidence=min(1.0, max(0.0, sentence.risk)),
                passage=window.passage if window else None,
                passage_start=window.start if window else None,
                passage_end=window.end if window else None,
            )
            for span in self._narrowed(answer, sentence.span, tokens)
        ]

    def _narrowed(self, answer: str, span: Span, tokens: TokenRisks | None) -> list[Span]:
        """The ranges of `span` whose words the token head blames, or `span` if it blames none or nearly all."""
        if tokens is None:
            return [span]
        words = [m.span() for m in _WORD.finditer(answer, span.start, span.end)]
        over = tokens.risks >= self.token
        blamed = np.zeros(span.end - span.start, dtype=bool)
        for start, end in zip(tokens.starts[over], tokens.ends[over], strict=True):
            blamed[start:end] = True
        marked = [i for i, (a, b) in enumerate(words) if blamed[a - span.start : b - span.start].any()]
        ranges: list[list[int]] = []
        for i in marked:
            if ranges and i - ranges[-1][1] <= _JOIN:
                ranges[-1][1] = i
            else:
                ranges.append([i, i])
        found = [Span(words[first][0], words[last][1]) for first, last in ranges]
        covered = sum(piece.end - piece.start for piece in found)
        return found if 0 < covered < _WHOLE * (span.end - span.start) else [span]
