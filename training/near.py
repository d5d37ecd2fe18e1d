"""Texts that are nearly the same: what must not lie on both sides of a split."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence

_WORD = re.compile(r"\w+")
_RUN = 4
"""Words in a row that make a shingle."""


def shingles(text: str) -> frozenset[tuple[str, ...]]:
    """Every run of four words, lower case; the whole text if it has fewer."""
    words = _WORD.findall(text.lower())
    return frozenset(tuple(words[at : at + _RUN]) for at in range(max(1, len(words) - _RUN + 1)))


class Shingled:
    """Texts by their shingles: which of them share how much with another."""

    def __init__(self) -> None:
        self._sizes: list[int] = []
        self._places: dict[tuple[str, ...], list[int]] = {}

    def add(self, own: frozenset[tuple[str, ...]]) -> None:
        for shingle in own:
            self._places.setdefault(shingle, []).append(len(self._sizes))
        self._sizes.append(len(own))

    def near(self, own: frozenset[tuple[str, ...]], share: float) -> Iterator[int]:
        """The texts that share at least `share` of the smaller one's shingles with `own`."""
        shared = Counter(place for shingle in own for place in self._places.get(shingle, ()))
        for place, count in shared.items():
            if count >= share * min(len(own), self._sizes[place]):
                yield place


def near_copies(texts: Sequence[str], others: Sequence[str], share: float = 0.5) -> list[bool]:
    """Whether each text shares ``share`` of the smaller one's shingles with one of ``others``."""
    known = Shingled()
    for other in others:
        known.add(shingles(other))
    return [any(True for _ in known.near(own, share)) for own in map(shingles, texts)]


def clusters(texts: Sequence[str], share: float = 0.3) -> list[int]:
    """For each text the index of the first text that it is linked to through near copies."""
    known = Shingled()
    roots = list(range(len(texts)))

    def root(index: int) -> int:
        while roots[index] != index:
            index = roots[index]
        return index

    for index, own in enumerate(map(shingles, texts)):
        for other in known.near(own, share):
            first, second = sorted((root(index), root(other)))
            roots[second] = first
        known.add(own)
    return [root(index) for index in range(len(texts))]
