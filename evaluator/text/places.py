"""Where the words of a context stand, by the number of each: what is asked for every sentence of an answer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from itertools import chain, pairwise

import numpy as np
import numpy.typing as npt

from evaluator.text.limits import PLACES

Ints = npt.NDArray[np.int64]

NEAR = 3
"""How many places a word may stand behind another and still follow it."""
_FAR = 1000
"""Places between the last word of a window and the first of the next: no sentence reaches across."""


class Places:
    """The words of some windows, numbered from 0, each at a place of its own."""

    def __init__(self, windows: Sequence[Sequence[int]], words: int) -> None:
        """`windows` hold numbers below `words`, in the order in which the words stand."""
        sizes = np.asarray([len(window) for window in windows], dtype=np.int64)
        self._size = len(windows)
        self._bounds = np.concatenate([[0], np.cumsum(sizes)])
        self._words = np.fromiter(chain.from_iterable(windows), dtype=np.int64, count=int(sizes.sum()))
        self._owners = np.repeat(np.arange(len(windows)), sizes)
        self._count = words
        self._left = PLACES.size
        order = np.argsort(self._words, kind="stable")
        sorted_words, owners = self._words[order], self._owners[order]
        first = np.ones(len(order), dtype=bool)
        first[1:] = (np.diff(sorted_words) != 0) | (np.diff(owners) != 0)
        self._holders = owners[first]
        """The windows that hold a word, once each; those of word i between places i and i + 1 of `_first_holder`."""
        self._first_holder = np.searchsorted(sorted_words[first], np.arange(words + 1))
        neighbours = [self._keys(distance) for distance in range(1, NEAR + 1)]
        self._adjacent, self._near = np.sort(neighbours[0]), np.sort(np.concatenate(neighbours))

    def shared(self, words: Iterable[int]) -> Ints:
        """How many of these words (once each) each window holds, [windows]."""
        bounds = self._first_holder
        holders = [self._holders[bounds[word] : bounds[word + 1]] for word in words]
        return (
            np.bincount(np.concatenate(holders), minlength=self._size) if holders else np.zeros(self._size, np.int64)
        )

    def neighbours(self, sentence: Sequence[int]) -> tuple[int, int]:
        """How many neighbours in a sentence (-1: a word that the context lacks) are neighbours in a window, too, and
        of how many one comes up to ``NEAR`` places after the other there."""
        keys = [left * self._count + right for left, right in pairwise(sentence) if left >= 0 and right >= 0]
        if not keys or not len(self._near):
            return 0, 0
        adjacent, near = (
            int(np.count_nonzero(held.take(held.searchsorted(keys), mode="clip") == keys))
            for held in (self._adjacent, self._near)
        )
        return adjacent, near

    def most_together(self, words: Collection[int], reach: int, shared: Ints, order: Ints) -> tuple[int, bool]:
        """The most of these words that stand within `reach` places, and whether all was searched.

        `shared` is what `shared` says of the words, `order` the windows with the largest first. Where ``PLACES`` are
        used up, only the first window is searched, and what is found is the least that it can be.
        """
        if reach > _FAR:
            wanted = np.zeros(self._count, dtype=bool)
            wanted[list(words)] = True
            found = np.flatnonzero(wanted[self._words])
            places = (found + _FAR * self._owners[found]).tolist()
            return _densest(list(zip(places, self._words[found].tolist(), strict=True)), reach), True
        most = 0
        for window in order:
            if shared[window] <= most:
                break
            if most and self._left <= 0:
                return most, False
            own = self._words[self._bounds[window] : self._bounds[window + 1]]
            self._left -= len(own)
            held = [(place, word) for place, word in enumerate(own.tolist()) if word in words]
            most = max(most, _densest(held, reach))
        return most, True

    def _keys(self, distance: int) -> Ints:
        """A number for every two words of a window that stand so far apart."""
        inside = self._owners[distance:] == self._owners[:-distance]
        keys: Ints = (self._words[:-distance] * self._count + self._words[distance:])[inside]
        return keys


def _densest(seen: Sequence[tuple[int, int]], reach: int) -> int:
    """The most different words that stand within `reach` places, of (place, word) in the order of the places."""
    held: Counter[int] = Counter()
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
