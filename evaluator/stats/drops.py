"""Where a share suddenly fell: the most likely moment, and whether chance would do."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import special

from evaluator.stats.columns import Bools, Floats, Index

LEAST = 10
"""Events on each side of the moment."""
FALL = 0.25
"""By how much of itself the share must have fallen."""
EVIDENCE = 25.0
"""Twice the logarithm of how much better two shares explain the events than one. Where nothing changes, the best of
thousands of moments reaches it less than once in a thousand times."""


@dataclass(frozen=True, slots=True)
class Drop:
    """The share fell with the event at `place`: `before` of `earlier` events were hits, then `after` of `later`."""

    place: int
    before: int
    earlier: int
    after: int
    later: int


def find_drop(hits: Bools) -> Drop | None:
    """The moment since which fewer of the events are hits, if that is no chance and still holds.

    `hits` [n] are events in the order of time. Where they come in clusters (a session fails as a whole), they scatter
    more than chance would have it, and that much more evidence is asked for. Time is linear.
    """
    n = len(hits)
    if n < 2 * LEAST:
        return None
    counted = np.cumsum(hits, dtype=np.int64)
    place: Index = np.arange(LEAST, n - LEAST + 1)
    before, after = counted[place - 1].astype(float), (counted[-1] - counted[place - 1]).astype(float)
    earlier, later = place.astype(float), (n - place).astype(float)
    apart = _likelihood(before, earlier) + _likelihood(after, later)
    together = _likelihood(np.array([counted[-1]], dtype=float), np.array([n], dtype=float))
    fell = after * earlier <= (1 - FALL) * before * later
    evidence = np.where(fell, 2 * (apart - together), -np.inf)
    best = int(np.argmax(evidence))
    if evidence[best] < EVIDENCE * max(_scatter(hits[: place[best]]), _scatter(hits[place[best] :])):
        return None
    newest = hits[-max(LEAST, int(later[best]) // 3) :]
    if newest.mean() > (1 - FALL) * before[best] / earlier[best]:
        return None  # it has recovered
    return Drop(int(place[best]), int(before[best]), int(earlier[best]), int(after[best]), int(later[best]))


def _likelihood(hits: Floats, events: Floats) -> Floats:
    """[k] logarithms of the highest likelihood of `hits` [k] among `events` [k] > 0."""
    others = events - hits
    found = special.xlogy(hits, hits / events) + special.xlogy(others, others / events)
    return np.asarray(found, dtype=np.float64)


def _scatter(hits: Bools) -> float:
    """How much more the sums of blocks of `LEAST` events vary than those of events that stand alone, at least 1."""
    blocks = hits[: len(hits) // LEAST * LEAST].reshape(-1, LEAST).sum(axis=1)
    share = float(hits.mean())
    if len(blocks) < 3 or share in (0.0, 1.0):
        return 1.0
    return max(1.0, float(blocks.var(ddof=1)) / (LEAST * share * (1 - share)))
