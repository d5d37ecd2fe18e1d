"""Lexical and numeric support of a sentence by a context.

These counts are the *lexical baseline* that every report shows, and the features that stand beside the
network in the answer score. They are deterministic, and linear in the lengths of the texts up to ``limits``.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from evaluator.text.flags import flag_conflicts, read_flags
from evaluator.text.limits import FLAGS
from evaluator.text.numbers import known_numbers, missing_numbers
from evaluator.text.places import Places
from evaluator.text.words import NEGATIONS, STOP_WORDS, content_stems, stem, tokens

_NAME = re.compile(r"\b[A-Z][\w'’&.-]*\w|\b[A-Z]\b")

FEATURE_NAMES = (
    "coverage",
    "window_coverage",
    "bigram_coverage",
    "number_missing",
    "name_missing",
    "novel_run",
    "negation_gap",
    "tight_coverage",
    "close_coverage",
    "flag_conflict",
)
"""Names of ``SentenceSupport.row()``, in order."""


_SLACK = 4


def lexical_baseline(answer: str, passages: Sequence[str]) -> float:
    """Share of the answer's distinct content words that no passage holds, in [0, 1]; 0 without words."""
    wanted = set(content_stems(answer))
    if not wanted:
        return 0.0
    held: set[str] = set()
    for passage in passages:
        held.update(content_stems(passage))
    return len(wanted - held) / len(wanted)


@dataclass(frozen=True, slots=True)
class SentenceSupport:
    """How far a context's words carry one sentence; shares in [0, 1], counts >= 0."""

    coverage: float
    """Share of the content words that the context holds anywhere."""
    window_coverage: float
    """The same for the best single window."""
    bigram_coverage: float
    """Share of neighbouring content words that are neighbours in the context, too."""
    number_missing: float
    """Numbers that the context lacks, capped at 3 and divided by 3."""
    name_missing: float
    """Capitalised words that the context lacks, capped at 3 and divided by 3."""
    novel_run: float
    """Longest run of content words that the context lacks, capped at 5 and divided by 5."""
    negation_gap: float
    """1 when the sentence denies and its best window does not, or the reverse; else 0."""
    tight_coverage: float
    """Largest share of the distinct content words that stand together in the context, within as many content words
    as the sentence has and four more."""
    close_coverage: float
    """Share of neighbouring content words that follow each other in the context with at most two words between."""
    flag_conflict: float
    """Yes-or-no facts of a structured context that the sentence contradicts, capped at 3 and divided by 3."""
    content_words: int
    """Number of content words of the sentence."""

    def row(self) -> tuple[float, ...]:
        """The features in the order of ``FEATURE_NAMES``."""
        return (
            self.coverage,
            self.window_coverage,
            self.bigram_coverage,
            self.number_missing,
            self.name_missing,
            self.novel_run,
            self.negation_gap,
            self.tight_coverage,
            self.close_coverage,
            self.flag_conflict,
        )


class Measured(NamedTuple):
    """The support of a sentence, and the indices of the windows that hold most of its content words, best first."""

    support: SentenceSupport
    windows: list[int]


class SupportIndex:
    """The words of a context, prepared once and asked for every sentence of an answer."""

    def __init__(self, windows: Sequence[str], numbers: int = 1) -> None:
        """Index the windows of one context; an empty context supports nothing. `numbers` is how they are read
        (`extract_numbers`)."""
        self._reading = numbers
        self._denies: list[bool] = []
        self._numbers: set[str] = set()
        self._stems: dict[str, int] = {}
        self._words: dict[str, int] = {}
        """Every word with the number of its stem; -1 for one that says nothing by itself."""
        rows = []
        for window in windows:
            words = tokens(window)
            self._denies.append(not NEGATIONS.isdisjoint(words))
            self._numbers.update(known_numbers(window, numbers))
            rows.append([number for word in words if (number := self._number(word)) >= 0])
        self._places = Places(rows, len(self._stems))
        flags = read_flags(windows)
        self._flags = flags[: FLAGS.size]
        self.capped: Counter[str] = Counter(+Counter(flags=len(flags) - FLAGS.size))
        """What was not looked at for its number: flags of the context, windows for some claims (see ``limits``)."""

    def rank_windows(self, sentence: str) -> list[int]:
        """Indices of all windows, the one that holds most of the sentence's content words first."""
        return self.measure(sentence, len(self._denies)).windows

    def support(self, sentence: str) -> SentenceSupport:
        """Measure one sentence against the whole context."""
        return self.measure(sentence, 0).support

    def measure(self, sentence: str, limit: int) -> Measured:
        """The support of a sentence, and at most `limit` windows."""
        words = tokens(sentence)
        stems = [stem(word) for word in words if word not in STOP_WORDS and word not in NEGATIONS]
        found = [self._stems.get(word, -1) for word in stems]
        wanted, known = set(stems), {word for word in found if word >= 0}
        shared = self._places.shared(known)
        order = np.argsort(-shared, kind="stable")
        together, all_searched = self._places.most_together(known, len(stems) + _SLACK, shared, order)
        if not all_searched:
            self.capped["partly_searched"] += 1
        denies = not NEGATIONS.isdisjoint(words)
        pairs, (adjacent, near) = max(0, len(stems) - 1), self._places.neighbours(found)
        support = SentenceSupport(
            coverage=_share(sum(word >= 0 for word in found), len(stems)),
            window_coverage=_share(int(shared[order[0]]) if len(order) else 0, len(wanted)),
            bigram_coverage=_share(adjacent, pairs),
            number_missing=min(3, missing_numbers(sentence, self._numbers, self._reading)) / 3,
            name_missing=min(3, self._missing_names(sentence)) / 3,
            novel_run=min(5, _longest_run(found)) / 5,
            negation_gap=float(len(order) > 0 and denies != self._denies[order[0]]),
            tight_coverage=_share(together, len(wanted)),
            close_coverage=_share(near, pairs),
            flag_conflict=min(3, flag_conflicts(sentence, self._flags)) / 3,
            content_words=len(stems),
        )
        return Measured(support, order[:limit].tolist())

    def _number(self, word: str) -> int:
        number = self._words.get(word)
        if number is None:
            silent = word in STOP_WORDS or word in NEGATIONS
            number = -1 if silent else self._stems.setdefault(stem(word), len(self._stems))
            self._words[word] = number
        return number

    def _missing_names(self, sentence: str) -> int:
        """Distinct capitalised words, the sentence's first word apart, that the context never uses."""
        begins = len(sentence) - len(sentence.lstrip(" \t\"'“‘(*-•"))
        missing = set()
        for match in _NAME.finditer(sentence):
            if match.start() <= begins:
                continue
            for word in tokens(match.group()):
                if word not in self._words and word not in STOP_WORDS and stem(word) not in self._stems:
                    missing.add(word)
        return len(missing)


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 1.0


def _longest_run(found: Sequence[int]) -> int:
    longest = run = 0
    for word in found:
        run = 0 if word >= 0 else run + 1
        longest = max(longest, run)
    return longest
