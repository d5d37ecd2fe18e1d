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
MOST_UNTOLD = 0.02
"""Of that may be on tokens that begin several verdicts; of more, nothing is said either."""
_VERDICT = re.compile(r'"verdict"\s*:\s*"')


def probabilities(tokens: Sequence[Token], labels: Sequence[str]) -> dict[str, float] | None:
    """The probability of each of `labels` (summing to 1), or None where the reply does not tell.

    A candidate for the first token of the verdict counts for the label that it begins. Where it begins several, and
    was taken, the candidates for the next token share out its probability; one that was not taken tells nothing of
    them, so that where such a one is likely, nothing is told at all. Nor is it by what was taken alone.
    """
    place = _first_of_verdict(tokens)
    if place is None:
        return None
    first, before = place
    mass: dict[str, float] = defaultdict(float)
    untold, path, said = 0.0, 1.0, ""
    for token in tokens[first:]:
        if not token.top:
            return None
        taken = None
        for text, logprob in ({token.text: token.logprob} | dict(token.top)).items():
            # The quote that opens the verdict may be in the same token.
            whole = said + (text[len(before) :] if text.startswith(before) else text)
            chance = path * (math.exp(min(0.0, logprob)) if math.isfinite(logprob) else 0.0)
            begun = _begun(whole, labels)
            if len(begun) == 1:
                mass[begun[0]] += chance
            elif begun and text == token.text:
                taken = chance, whole
            elif begun:
                untold += chance
        if taken is None:
            break
        path, said = taken
        before = ""
    else:
        untold += path
    total = sum(mass.values())
    if total < LEAST_MASS or untold > MOST_UNTOLD * (total + untold):
        return None
    return {label: mass[label] / total for label in labels if mass[label] > 0.0}


def _begun(text: str, labels: Sequence[str]) -> list[str]:
    """The labels that what was said of the verdict so far begins, or is, once its quote is closed."""
    piece, closed, _ = text.partition('"')
    piece = piece.strip().casefold()
    if not piece:
        return []
    return [one for one in labels if (one.casefold() == piece if closed else one.casefold().startswith(piece))]


def _first_of_verdict(tokens: Sequence[Token]) -> tuple[int, str] | None:
    """The place of the token in which the verdict begins, and what of it stands before the verdict."""
    text = "".join(token.text for token in tokens)
    found = None
    for found in _VERDICT.finditer(text):  # noqa: B007 - the last one: a reason may quote another
        pass
    if found is None:
        return None
    end = 0
    for place, token in enumerate(tokens):
        start, end = end, end + len(token.text)
        if end > found.end():
            return place, token.text[: max(0, found.end() - start)]
    return None
