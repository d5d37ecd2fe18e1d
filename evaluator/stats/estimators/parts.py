"""Strata that a cascade cuts into parts by the cheap score: parts with hardly a score are joined with others.

In a short window a part may hold no score, and nothing would be known of it. What was selected in two steps weighs
the same in a part as in its stratum (`Cells.of`), so parts may be joined with their neighbours: that costs precision,
and what of a part is never scored is taken to be like those beside it. Which are joined depends on how many were
scored, not on what came of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from evaluator.stats.columns import Bools, Ints
from evaluator.stats.estimators.estimator import Evidence
from evaluator.stats.units import State

LEAST = 3
"""So many scores a part must have to stand by itself."""


def pooled(evidence: Evidence) -> Evidence:
    """The same evidence, with the parts of each stratum joined until each has `LEAST` scores, as far as there are."""
    if evidence.parts is None:
        return evidence
    parts, scored = evidence.parts, evidence.cells.counts.selected[:, State.SCORED]
    order = np.lexsort((parts.order, parts.stratum, evidence.point))
    point, stratum = evidence.point[order], parts.stratum[order]
    new = np.ones(order.size, dtype=np.bool_)
    new[1:] = (point[1:] != point[:-1]) | (stratum[1:] != stratum[:-1])
    joined = _joined(np.flatnonzero(new).tolist(), scored[order])
    if not joined.any():
        return replace(evidence, parts=None)
    place = np.empty(order.size, dtype=np.intp)
    place[order] = np.cumsum(~joined) - 1
    heads = order[~joined]
    return replace(evidence, cells=evidence.cells.join(place, heads.size), point=evidence.point[heads], parts=None)


def _joined(heads: Sequence[int], scored: Ints) -> Bools:
    """[n] whether a cell is joined with the one before it; those of each stratum begin at `heads`."""
    found = np.zeros(scored.size, dtype=np.bool_)
    for first, end in zip(heads, [*heads[1:], scored.size], strict=True):
        if end - first == 1 or scored[first:end].min() >= LEAST:
            continue
        start = first
        for cell in range(first + 1, end):
            found[cell] = scored[start:cell].sum() < LEAST
            if not found[cell]:
                start = cell
        if scored[start:end].sum() < LEAST:  # what is left over goes to those before it
            found[start] = start > first
    return found
