"""Lexical and numeric support of a sentence by a context.

These counts are the *lexical baseline* that every report shows, and the features that stand beside the
network in the answer score. They are deterministic and linear in the length of the text.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from evaluator.text.flags import flag_conflicts, read_flags
from evaluator.text.numbers import extract_numbers
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


_FAR = 1000
"""Places between the last word of a window and the first of the next: no sentence reaches across."""
_SLACK = 4
_CLOSE = 3


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


class SupportIndex:
    """The words of a context, prepared once and asked for every sentence of an answer."""

    def __init__(self, windows: Sequence[str]) -> None:
        """Index the windows of one context; an empty context supports nothing."""
        self._windows: list[frozenset[str]] = []
        self._denies: list[bool] = []
        self._stems: set[str] = set()
        self._words: set[str] = set()
        self._bigrams: set[tuple[str, str]] = set()
        self._numbers: set[str] = set()
        self._flags = read_flags(windows)
        self._places: dict[str, list[int]] = {}
        place = 0
        for window in windows:
            stems = content_stems(window)
            words = tokens(window)
            self._windows.append(frozenset(stems))
            self._denies.append(not NEGATIONS.isdisjoint(words))
            self._stems.update(stems)
            self._words.update(words)
            self._bigrams.update(pairwise(stems))
            self._numbers.update(extract_numbers(window))
            for word in stems:
                self._places.setdefault(word, []).append(place)
                place += 1
            place += _FAR

    def rank_windows(self, sentence: str) -> list[int]:
        """Indices of all windows, the one that holds most of the sentence's content words first."""
        wanted = set(content_stems(sentence))
        return sorted(range(len(self._windows)), key=lambda index: (-len(wanted & self._windows[index]), index))

    def support(self, sentence: str) -> SentenceSupport:
        """Measure one sentence against the whole context."""
        stems = content_stems(sentence)
        present = [word in self._stems for word in stems]
        wanted = set(stems)
        best = max(range(len(self._windows)), key=lambda i: len(wanted & self._windows[i]), default=None)
        bigrams = list(pairwise(stems))
        numbers = set(extract_numbers(sentence))
        denies = not NEGATIONS.isdisjoint(tokens(sentence))
        return SentenceSupport(
            coverage=_share(sum(present), len(stems)),
            window_coverage=_share(len(wanted & self._windows[best]) if best is not None else 0, len(wanted)),
            bigram_coverage=_share(sum(pair in self._bigrams for pair in bigrams), len(bigrams)),
            number_missing=min(3, len(numbers - self._numbers)) / 3,
            name_missing=min(3, self._missing_names(sentence)) / 3,
            novel_run=min(5, _longest_run(present)) / 5,
            negation_gap=float(best is not None and denies != self._denies[best]),
            tight_coverage=_share(self._most_together(wanted, len(stems) + _SLACK), len(wanted)),
            close_coverage=_share(sum(self._follows(*pair) for pair in bigrams), len(bigrams)),
            flag_conflict=min(3, flag_conflicts(sentence, self._flags)) / 3,
            content_words=len(stems),
        )

    def _most_together(self, words: set[str], reach: int) -> int:
        """The most of these words that stand within ``reach`` content words of the context."""
        seen = sorted((place, word) for word in words for place in self._places.get(word, ()))
        held: Counter[str] = Counter()
        most = first = 0
        for place, word in seen:
            held[word] += 1
            while place - seen[first][0] > reach:
                left = seen[first][1]
                held[left] -= 1
                if not held[left]:
                    del held[left]
                first += 1
            most = max(most, len(held))
        return most

    def _follows(self, left: str, right: str) -> bool:
        """Whether ``right`` comes up to ``_CLOSE`` content words after ``left`` somewhere."""
        after = self._places.get(right, [])
        for place in self._places.get(left, ()):
            found = bisect_right(after, place)
            if found < len(after) and after[found] - place <= _CLOSE:
                return True
        return False

    def _missing_names(self, sentence: str) -> int:
        """Distinct capitalised words, the sentence's first word apart, that the context never uses."""
        missing = set()
        for match in _NAME.finditer(sentence):
            if not sentence[: match.start()].strip(" \t\"'“‘(*-•"):
                continue
            for word in tokens(match.group()):
                if word not in self._words and word not in STOP_WORDS and stem(word) not in self._stems:
                    missing.add(word)
        return len(missing)


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 1.0


def _longest_run(present: Sequence[bool]) -> int:
    longest = run = 0
    for held in present:
        run = 0 if held else run + 1
        longest = max(longest, run)
    return longest
