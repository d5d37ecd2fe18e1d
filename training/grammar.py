"""Sentences from a grammar: symbols in braces stand for one of their alternatives."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping

Grammar = Mapping[str, tuple[str, ...]]
_SYMBOL = re.compile(r"\{(\w+)\}")


def lines(text: str) -> tuple[str, ...]:
    """One alternative a line; ``\\n`` in a line is a line break."""
    return tuple(line.strip().replace("\\n", "\n") for line in text.strip().splitlines())


def words(text: str) -> tuple[str, ...]:
    """Alternatives separated by ``/``; an empty one may be among them, and ``\\n`` is a line break."""
    return tuple(word.strip().replace("\\n", "\n") for word in text.split("/"))


def expand(template: str, grammar: Grammar, rng: random.Random) -> str:
    """Replace every symbol that the grammar knows, again and again; others stay as they are."""

    def choose(match: re.Match[str]) -> str:
        options = grammar.get(match.group(1))
        return expand(rng.choice(options), grammar, rng) if options else match.group(0)

    return re.sub(r" {2,}", " ", _SYMBOL.sub(choose, template))
