"""Yes-or-no facts of a structured context, and claims that say the opposite.

A line such as ``attributes Outdoor Seating: no`` (see ``structured``) says in a word what prose spells out; counting
shared words can not see that "It offers outdoor seating" denies it.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
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
    if not flags:
        return 0
    words = tokens(sentence)
    mentions = {stem(word): place for place, word in enumerate(words)}
    turns = [place for place, word in enumerate(words) if word in _TURNS]
    denials = [place for place, word in enumerate(words) if word in NEGATIONS]
    named = [(max(mentions[word] for word in flag.words), flag) for flag in flags if flag.words <= mentions.keys()]
    return sum(_denied(mention, turns, denials) == flag.holds for mention, flag in named)


def _denied(mention: int, turns: Sequence[int], denials: Sequence[int]) -> bool:
    """Whether a denial stands near the mention of a flag in the same part of the sentence."""
    before, after = bisect_left(turns, mention), bisect_right(turns, mention)
    first = max([mention - _BEFORE, *turns[max(0, before - 1) : before]])
    last = min([mention + _AFTER, *turns[after : after + 1]])
    return bisect_left(denials, first) < bisect_right(denials, last)
