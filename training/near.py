"""Texts that are nearly the same: what must not lie on both sides of a split."""

from __future__ import annotations

import re
from collections.abc import Sequence

_WORD = re.compile(r"\w+")
_RUN = 4
"""Words in a row that make a shingle."""


def shingles(text: str) -> frozenset[tuple[str, ...]]:
    """Every run of four words, lower case; the whole text if it has fewer."""
    words = _WORD.findall(text.lower())
    return frozenset(tuple(words[at : at + _RUN]) for at in range(max(1, len(words) - _RUN + 1)))


def overlap(first: frozenset[tuple[str, ...]], second: frozenset[tuple[str, ...]]) -> float:
    """Share of the smaller text's shingles that the other has, in [0, 1]."""
    return len(first & second) / min(len(first), len(second))


def near_copies(texts: Sequence[str], others: Sequence[str], share: float = 0.5) -> list[bool]:
    """Whether each text shares ``share`` of the smaller one's shingles with one of ``others``."""
    known = [shingles(text) for text in others]
    return [any(overlap(own, other) >= share for other in known) for own in map(shingles, texts)]


def clusters(texts: Sequence[str], share: float = 0.3) -> list[int]:
    """For each text the index of the first text that it is linked to through near copies."""
    known = [shingles(text) for text in texts]
    roots = list(range(len(texts)))

    def root(index: int) -> int:
        while roots[index] != index:
            index = roots[index]
        return index

    for index, own in enumerate(known):
        for other in range(index):
            if overlap(own, known[other]) >= share:
                first, second = sorted((root(index), root(other)))
                roots[second] = first
    return [root(index) for index in range(len(texts))]
