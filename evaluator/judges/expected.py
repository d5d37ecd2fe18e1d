"""How probable each verdict is by the log-probabilities of the reply: a finer value than the verdict alone.

As in G-Eval (Liu et al. 2023, 2303.16634): the expected value over the candidates for the token in which the verdict
shows itself, renormalised over what is allowed, since providers give probabilities from before they rule out what the
schema does not allow.
"""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Sequence

from evaluator.core.judge import Token

LEAST_MASS = 0.5
"""Of the probability must be on tokens that begin a verdict; of less, nothing is said."""
_VERDICT = re.compile(r'"verdict"\s*:\s*"')


def probabilities(tokens: Sequence[Token], labels: Sequence[str]) -> dict[str, float] | None:
    """The probability of each of `labels` (summing to 1), or None where the reply does not tell.

    The token that counts is the first of the verdict. A candidate counts for the label that it begins; one that
    begins several tells nothing of them.
    """
    place = _first_of_verdict(tokens)
    if place is None:
        return None
    token, before = place
    mass: dict[str, float] = defaultdict(float)
    candidates = dict(token.top) or {token.text: token.logprob}
    for text, logprob in candidates.items():
        # The quote that opens the verdict may be in the same token.
        piece = text[len(before) :] if text.startswith(before) else text
        piece = piece.partition('"')[0].strip().casefold()
        begun = [label for label in labels if piece and label.casefold().startswith(piece)]
        whole = [label for label in labels if label.casefold() == piece]
        if math.isfinite(logprob) and len(found := whole or begun) == 1:
            mass[found[0]] += math.exp(min(0.0, logprob))
    total = sum(mass.values())
    if total < LEAST_MASS:
        return None
    return {label: mass[label] / total for label in labels if mass[label] > 0.0}


def _first_of_verdict(tokens: Sequence[Token]) -> tuple[Token, str] | None:
    """The token in which the verdict begins, and what of it stands before the verdict."""
    text = "".join(token.text for token in tokens)
    found = None
    for found in _VERDICT.finditer(text):  # noqa: B007 - the last one: a reason may quote another
        pass
    if found is None:
        return None
    end = 0
    for token in tokens:
        start, end = end, end + len(token.text)
        if end > found.end():
            return token, token.text[: max(0, found.end() - start)]
    return None
