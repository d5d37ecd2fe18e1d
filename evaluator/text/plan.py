"""What the network has to read for one answer: its sentences, the context's windows, and their pairs.

The lexical index reads the whole context; the network reads, for every sentence that claims something,
the ``pairs_per_sentence`` windows that hold most of its words. Training uses this very function.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from evaluator.core.errors import InvalidInput
from evaluator.text.claims import claim_spans
from evaluator.text.limits import CLAIMS, READ_CLAIMS, WINDOWS
from evaluator.text.polarity import Opposites
from evaluator.text.sentences import Span
from evaluator.text.support import SentenceSupport, SupportIndex
from evaluator.text.windows import DEFAULT_MAX_PIECES, Window, cut_windows, estimate_pieces

_SHORTEN = "Send the passages that the answer was made of, and one answer a trace"


@dataclass(frozen=True, slots=True)
class WindowSettings:
    """How answers and contexts are cut; part of a model's manifest."""

    max_pieces: int = DEFAULT_MAX_PIECES
    """Largest window, in estimated word pieces."""
    overlap: int = 1
    """Sentences shared by neighbouring windows."""
    pairs_per_sentence: int = 3
    """Windows that the network reads for a sentence, at most."""
    max_sentences: int = READ_CLAIMS.size
    """Claims of one answer that the network reads; the lexical features cover the rest."""
    answer_pieces: int = 160
    """Largest part of an answer that is read beside a window, in estimated word pieces (one claim may exceed it)."""
    numbers: int = 1
    """How numbers are read (`extract_numbers`): as the combination was calibrated."""


@dataclass(frozen=True, slots=True)
class PairPlan:
    """Sentences (what they claim), windows and the (sentence, window) pairs to run, grouped by sentence."""

    sentences: tuple[Span, ...]
    support: tuple[SentenceSupport, ...]
    windows: tuple[Window, ...]
    pairs: tuple[tuple[int, int], ...]
    overall: SentenceSupport
    """All claims, measured as if they were one sentence."""
    opposed: tuple[int | None, ...]
    """For each claim, the window that says its opposite in nearly the same words."""
    capped: Mapping[str, int] = field(default_factory=dict)
    """How much was read in a simpler way for its number or size (see ``limits``); empty for nearly every sample."""

    def texts(self, answer: str) -> list[tuple[str, str]]:
        """(window text, sentence text) of every pair, in order: segments A and B of the network."""
        sentences = [answer[span.start : span.end] for span in self.sentences]
        return [(self.windows[window].text, sentences[index]) for index, window in self.pairs]


def plan_pairs(answer: str, passages: Sequence[str], settings: WindowSettings | None = None) -> PairPlan:
    """Cut answer and context and choose the pairs; no claims or no windows mean no pairs.

    Raises InvalidInput for more windows or claims than can be measured against each other.
    """
    settings = settings or WindowSettings()
    windows, json_as_text = cut_windows(passages, settings.max_pieces, settings.overlap, estimate_pieces)
    if len(windows) > WINDOWS.size:
        raise InvalidInput("context", f"is cut into {len(windows)} windows, the limit is {WINDOWS.size}", _SHORTEN)
    sentences = claim_spans(answer)
    if len(sentences) > CLAIMS.size:
        raise InvalidInput("answer", f"makes {len(sentences)} claims, the limit is {CLAIMS.size}", _SHORTEN)
    index = SupportIndex([window.text for window in windows], settings.numbers)
    opposites = Opposites([window.text for window in windows])
    support: list[SentenceSupport] = []
    opposed: list[int | None] = []
    pairs: list[tuple[int, int]] = []
    for number, span in enumerate(sentences):
        limit = settings.pairs_per_sentence if number < settings.max_sentences else 0
        found = index.measure(answer[span.start : span.end], limit)
        support.append(found.support)
        opposed.append(
            opposites.find(answer[span.start : span.end], found.windows, found.support.number_missing == 0)
        )
        pairs.extend((number, window) for window in found.windows)
    overall = index.support("\n".join(answer[span.start : span.end] for span in sentences))
    capped = +Counter(json_as_text=json_as_text, unread_claims=len(sentences) - settings.max_sentences) + index.capped
    return PairPlan(
        tuple(sentences), tuple(support), tuple(windows), tuple(pairs), overall, tuple(opposed), dict(capped)
    )
