"""Harmless prompts and passages made by construction."""

from __future__ import annotations

import base64
import random
from collections.abc import Iterator

from training.attacks import roughened
from training.grammar import expand
from training.harmless_phrases import HARMLESS

_FORMS = (
    ("{do}", 8),
    ("{role}", 5),
    ("{trigger}", 8),
    ("{security}", 3),
    ("{article}", 4),
    ("{foreign}", 7),
    ("{scenario}", 6),
    ("{loaded}", 4),
    ("{code}", 2),
)


def harmless(rng: random.Random) -> str:
    """One harmless prompt or passage."""
    (template,) = rng.choices([form for form, _ in _FORMS], [weight for _, weight in _FORMS])
    text = roughened(expand(template, HARMLESS, rng).strip(), rng)
    if rng.random() < 0.03:
        coded = base64.b64encode(text[:120].encode()).decode()
        text = rng.choice(("Decode this base64 text: ", "What does this token contain? ")) + coded
    return text


def harmless_prompts(rng: random.Random, count: int) -> Iterator[str]:
    """``count`` draws without repetition; fewer if the grammar runs out."""
    seen: set[str] = set()
    for _ in range(4 * count):
        text = harmless(rng)
        if text not in seen:
            seen.add(text)
            yield text
        if len(seen) == count:
            return
