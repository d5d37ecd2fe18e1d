"""What the network has to read for one answer: its sentences, the context's windows, and their pairs.

The lexical index reads the whole context; the network reads, for every sentence that claims something,
the ``pairs_per_sentence`` windows that hold most of its words. Training uses this very function.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from evaluator.text.claims import is_claim
from evaluator.text.sentences import Span, split_sentences
from evaluator.text.support import SentenceSupport, SupportIndex
from evaluator.text.windows import DEFAULT_MAX_PIECES, Window, split_windows


@dataclass(frozen=True, slots=True)
class WindowSettings:
    """How answers and contexts are cut; part of a model's manifest."""

    max_pieces: int = DEFAULT_MAX_PIECES
    """Largest window, in estimated word pieces."""
    overlap: int = 1
    """Sentences shared by neighbouring windows."""
    pairs_per_sentence: int = 3
    """Windows that the network reads for a sentence, at most."""
    max_sentences: int = 400
    """Claims of one answer that the network reads; the lexical features cover the rest."""
    answer_pieces: int = 160
    """Largest part of an answer that is read beside a window, in estimated word pieces (one claim may exceed it)."""


@dataclass(frozen=True, slots=True)
class PairPlan:
    """Sentences (claims only), windows and the (sentence, window) pairs to run, grouped by sentence."""

    sentences: tuple[Span, ...]
    support: tuple[SentenceSupport, ...]
    windows: tuple[Window, ...]
    pairs: tuple[tuple[int, int], ...]
    overall: SentenceSupport
    """The whole answer, measured as if it were one sentence, what claims nothing included."""

    def texts(self, answer: str) -> list[tuple[str, str]]:
        """(window text, sentence text) of every pair, in order: segments A and B of the network."""
        return [
            (self.windows[window].text, answer[self.sentences[index].start : self.sentences[index].end])
            for index, window in self.pairs
        ]


def plan_pairs(answer: str, passages: Sequence[str], settings: WindowSettings | None = None) -> PairPlan:
    """Cut answer and context and choose the pairs; no claims or no windows mean no pairs."""
    settings = settings or WindowSettings()
    windows = split_windows(passages, max_pieces=settings.max_pieces, overlap=settings.overlap)
    index = SupportIndex([window.text for window in windows])
    sentences: list[Span] = []
    support: list[SentenceSupport] = []
    pairs: list[tuple[int, int]] = []
    for span in split_sentences(answer):
        text = answer[span.start : span.end]
        if not is_claim(text):
            continue
        if len(sentences) < settings.max_sentences:
            chosen = index.rank_windows(text)[: settings.pairs_per_sentence]
            pairs.extend((len(sentences), window) for window in chosen)
        sentences.append(span)
        support.append(index.support(text))
    return PairPlan(tuple(sentences), tuple(support), tuple(windows), tuple(pairs), index.support(answer))
