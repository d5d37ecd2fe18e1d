"""What the alignment of an answer's word pieces with its context says of one claim."""

from __future__ import annotations

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


def gaps(answer: str, span: Span, tokens: AlignedTokens) -> tuple[float, float]:
    """1 - cosine over the content word pieces of a span: the mean, and the mean of the fifth that fits worst.

    Both are 0 for a span without content.
    """
    first, last = np.searchsorted(tokens.starts, [span.start, span.end])
    texts = (answer[a:b].lower() for a, b in zip(tokens.starts[first:last], tokens.ends[first:last], strict=True))
    content = np.asarray([text not in STOP_WORDS and any(map(str.isalnum, text)) for text in texts], dtype=bool)
    if not content.any():
        return 0.0, 0.0
    found = np.sort(1.0 - tokens.best[first:last][content].astype(np.float64))
    worst = max(1, int(len(found) * _LOWEST))
    return float(found.mean()), float(found[-worst:].mean())
