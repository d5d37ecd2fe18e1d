"""What the alignment of an answer's word pieces with its context says of one claim."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from evaluator.text.sentences import Span
from evaluator.text.words import STOP_WORDS

GAP_NAMES = ("gap", "gap_low")
"""Names of what ``gaps`` returns, in order."""

_LOWEST = 0.2


class AlignedTokens(NamedTuple):
    """Word pieces of an answer: character ranges [n] and [n], and the best cosine with the context [n]."""

    starts: npt.NDArray[np.int64]
    ends: npt.NDArray[np.int64]
    best: npt.NDArray[np.float32]


def gaps(answer: str, spans: Sequence[Span], tokens: AlignedTokens) -> tuple[float, float]:
    """1 - cosine over the content word pieces of some spans: the mean, and the mean of the fifth that fits worst.

    Both are 0 for spans without content.
    """
    chosen = np.zeros(len(tokens.best), dtype=bool)
    for span in spans:
        first, last = np.searchsorted(tokens.starts, [span.start, span.end])
        for place in range(first, last):
            text = answer[tokens.starts[place] : tokens.ends[place]].lower()
            chosen[place] = text not in STOP_WORDS and any(map(str.isalnum, text))
    if not chosen.any():
        return 0.0, 0.0
    found = np.sort(1.0 - tokens.best[chosen].astype(np.float64))
    worst = max(1, int(len(found) * _LOWEST))
    return float(found.mean()), float(found[-worst:].mean())
