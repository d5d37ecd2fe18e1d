"""Yes-or-no facts of a structured context, and claims that say the opposite.

A line such as ``attributes Outdoor Seating: no`` (see ``structured``) says in a word what prose spells out; counting
shared words can not see that "It offers outdoor seating" denies it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from evaluator.text.words import NEGATIONS, content_stems, stem, tokens

_LINE = re.compile(
    r"^[ \t|*-]{0,12}([^:|\n]{2,80}?)[ \t]{0,8}[:|][ \t]{0,8}(yes|no|true|false)[ \t|]{0,8}$",
    re.IGNORECASE | re.MULTILINE,
)
_GENERIC = frozenset(
    map(stem, ("good", "for", "has", "is", "business", "restaurant", "restaurants", "parking", "allow", "ambience"))
)
_BEFORE, _AFTER = 8, 4
"""Words before and after a mention in which a denial counts for it."""


_TURNS = frozenset({"but", "while", "whereas", "although", "though", "however"})
"""Words after which a denial no longer holds."""


class Flag(NamedTuple):
    """Stems of what a key is about, and whether it is so."""

    words: frozenset[str]
    holds: bool


def read_flags(windows: Sequence[str]) -> list[Flag]:
    """The flags of a context; a key that says both yes and no in different places is left out."""
    found: dict[frozenset[str], set[bool]] = {}
    for window in windows:
        for match in _LINE.finditer(window):
            words = frozenset(content_stems(match.group(1).replace("_", " "))[-2:])
            telling = words - _GENERIC or words
            if telling:
                found.setdefault(telling, set()).add(match.group(2).lower() in ("yes", "true"))
    return [Flag(words, holds.pop()) for words, holds in found.items() if len(holds) == 1]


def flag_conflicts(sentence: str, flags: Sequence[Flag]) -> int:
    """How many flags the sentence contradicts: it names what is not so without denying it, or denies what is so."""
    words = tokens(sentence)
    stems = [stem(word) for word in words]
    present = set(stems)
    return sum(_denied(words, stems, flag) == flag.holds for flag in flags if flag.words <= present)


def _denied(words: Sequence[str], stems: Sequence[str], flag: Flag) -> bool:
    """Whether a denial stands near the mention of a flag in the same part of the sentence."""
    mention = max(place for place, word in enumerate(stems) if word in flag.words)
    turns = [place for place, word in enumerate(words) if word in _TURNS]
    first = max([mention - _BEFORE, *(place for place in turns if place < mention)])
    last = min([mention + _AFTER, *(place for place in turns if place > mention)])
    return any(word in NEGATIONS for word in words[max(0, first) : last + 1])
