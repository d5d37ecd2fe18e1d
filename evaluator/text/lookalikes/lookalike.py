"""A word that looks bad, and what shows that it is meant well."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

PEOPLE = (
    r"you|your|yours|yourself|u|ur|he|she|him|his|her|they|them|their|people|women|men|girls?|boys?|guys?|idiots?"
    r"|everyone"
)
"""Whom an insult is said of or to."""


@dataclass(frozen=True)
class Lookalike:
    """Words in group 1 of `pattern` that mean `plain` in a sentence that holds `beside` and not `never`.

    `plain` is one word for all of them, or one for each (in small letters). `beside` must be found with `often`
    different words. All patterns are linear in sentences of bounded length.
    """

    literals: tuple[str, ...]
    """One of these stands (in small letters) in every text that has one: others are not searched."""
    pattern: re.Pattern[str]
    plain: str | Mapping[str, str]
    beside: re.Pattern[str] | None = None
    never: re.Pattern[str] | None = None
    often: int = 1

    def may_stand_in(self, lowered: str) -> bool:
        """Whether the pattern can match in a text, given in small letters."""
        return any(literal in lowered for literal in self.literals)

    def holds(self, sentence: str) -> bool:
        """Whether the words around speak for the harmless sense."""
        if self.never is not None and self.never.search(sentence):
            return False
        return self.beside is None or len({word.lower() for word in self.beside.findall(sentence)}) >= self.often

    def plain_word(self, word: str) -> str:
        """What `word` means, with a capital where `word` has one."""
        found = self.plain if isinstance(self.plain, str) else self.plain[word.lower()]
        return found.capitalize() if word[:1].isupper() else found


def whole_words(*words: str) -> re.Pattern[str]:
    """A pattern whose group 1 is any of `words` (patterns), in whatever case."""
    return re.compile(rf"\b({'|'.join(words)})\b", re.IGNORECASE)
