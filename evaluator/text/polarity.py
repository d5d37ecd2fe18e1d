"""Claims that a sentence of the context says the opposite of, in nearly the same words.

Counting shared words and matching word pieces cannot tell "Smoking is allowed" from "Smoking is not allowed", nor
"can be eaten safely" from "deadly if eaten". Where claim and sentence share their words, a denial in front of one of
them on one side only, two words that exclude each other, or another number of the same thing make them contradict.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from evaluator.text.sentences import split_sentences
from evaluator.text.words import NEGATIONS, STOP_WORDS, stem, tokens

_OPPOSITES: tuple[tuple[str, str], ...] = (
    (
        "safe safely harmless edible nontoxic",
        "unsafe dangerous deadly poisonous toxic lethal fatal harmful hazardous contaminated inedible",
    ),
    (
        "allowed permitted legal welcome lawful",
        "forbidden prohibited banned illegal unlawful disallowed",
    ),
    ("possible", "impossible"),
    ("available", "unavailable"),
    ("open", "closed shut"),
    ("waterproof watertight", "leaking leaky"),
    ("included", "excluded"),
    ("mandatory compulsory required obligatory", "optional voluntary"),
    ("increased rose grew risen grown", "decreased fell dropped shrank fallen shrunk"),
    ("accepted approved", "rejected refused declined denied"),
    ("won", "lost"),
    ("succeeded", "failed"),
    ("recommended", "discouraged"),
)
"""Words that exclude each other when they are said of the same thing."""
_ENABLED = frozenset(
    map(stem, ("eaten", "drunk", "taken", "used", "consumed", "mixed", "touched", "applied", "swallowed"))
)
_CAN_BE = (["can", "be"], ["may", "be"], ["could", "be"])
_COUNTS = {
    word: str(count)
    for count, word in enumerate(
        ["two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"], start=2
    )
}
_AMOUNT = re.compile(rf"(?<![\w.,-])(?<!\d, )(\d[\d,]{{0,12}}|{'|'.join(_COUNTS)})\s+([^\W\d]{{2,20}})")
_BEFORE = 3
"""Words in front of another in which a denial counts for it."""
_DENY = (NEGATIONS - {"lack", "lacks", "fails", "failed", "unable", "without", "neither", "nor"}) | {"longer"}
_NOT_DENYING = frozenset(
    ("only", "just", "merely", "until", "less", "more", "later", "doubt", "matter", "exclusively")
)
"""Words behind a *not* or *no* that denies nothing."""
_SUPPOSED = frozenset(("if", "unless", "whether", "when"))
"""Words in front of a denial that is only supposed (*if this does not work*)."""
_TIMES = frozenset(
    stem(form)
    for words in (
        "monday tuesday wednesday thursday friday saturday sunday weekend weekday holiday christmas easter",
        "january february march april june july august september october november december",
        "spring summer autumn winter night noon midnight morning evening",
    )
    for word in words.split()
    for form in (word, f"{word}s")
)
"""Words that say when something holds."""
_COVERED, _FEWEST = 0.75, 2
"""Share of the claim's other content words that the sentence must hold, and how many at least."""
_MIRRORED, _MIRRORED_WORDS = 0.75, 3
"""Share of all their words that two sentences must share for a denial of any word to tell, and how many at least."""


class Said(NamedTuple):
    """What is compared of a sentence: stems of its content words, those that are denied, and the sides it takes."""

    words: frozenset[str]
    denied: frozenset[str]
    sides: frozenset[tuple[int, bool]]
    """Pair of `_OPPOSITES`, and whether its first side is taken (a denial turns it)."""
    can: frozenset[str]
    """What is said to be possible to do with something (*can be eaten*)."""
    amounts: frozenset[tuple[str, str]]
    """What is counted or measured (the stem behind a number), and the number."""


_SIDES = {
    stem(word): (pair, side == 0)
    for pair, sides in enumerate(_OPPOSITES)
    for side, words in enumerate(sides)
    for word in words.split()
}
_HARM = next(pair for pair, (good, _) in enumerate(_OPPOSITES) if good.startswith("safe"))


def read_said(sentence: str) -> Said:
    """What a sentence says, for `contradicts`."""
    found = tokens(sentence)
    stems = [stem(word) for word in found]
    words, denied, sides, can = set(), set(), set(), set()
    for place, word in enumerate(found):
        if word in _COUNTS or word.isdecimal() or word in STOP_WORDS or word in NEGATIONS:
            continue
        denies = _denied(found, place)
        if stems[place] in _SIDES:
            pair, first = _SIDES[stems[place]]
            sides.add((pair, first != denies))
            continue
        words.add(stems[place])
        if denies:
            denied.add(stems[place])
        if stems[place] in _ENABLED and found[max(0, place - 2) : place] in _CAN_BE:
            can.add(stems[place])
    return Said(frozenset(words), frozenset(denied), frozenset(sides), frozenset(can), frozenset(_amounts(sentence)))


def _amounts(sentence: str) -> Iterator[tuple[str, str]]:
    for number, unit in _AMOUNT.findall(sentence.lower()):
        if unit not in STOP_WORDS:
            yield stem(unit), _COUNTS.get(number, number.replace(",", ""))


def contradicts(claim: Said, sentence: Said) -> bool:
    """Whether the sentence says the opposite of the claim, in nearly the same words."""
    shared = claim.words & sentence.words
    if len(shared) < min(_FEWEST, len(claim.words)) or len(shared) < _COVERED * len(claim.words) or not shared:
        return False
    if (sentence.words & _TIMES) - claim.words:  # closed on Sundays, and open at other times
        return False
    turned = {(pair, not first) for pair, first in claim.sides}
    if turned & sentence.sides and not claim.sides & sentence.sides:
        return True
    if (claim.can & shared) - claim.denied - sentence.can and (_HARM, False) in sentence.sides and not claim.sides:
        return True
    if _other_amount(claim, sentence) and claim.words <= sentence.words and claim.sides <= sentence.sides:
        return True
    alike = len(shared) >= max(_MIRRORED_WORDS, _MIRRORED * len(claim.words | sentence.words))
    return alike and bool(shared & (claim.denied ^ sentence.denied)) and claim.sides == sentence.sides


class Opposites:
    """The windows of a context, each taken apart when it is first asked for."""

    def __init__(self, windows: Sequence[str]) -> None:
        self._windows = windows
        self._said: dict[int, list[Said]] = {}

    def find(self, claim: str, windows: Sequence[int], numbers_held: bool) -> int | None:
        """The first of some windows (indices) that says the opposite of a claim, or None if one says the same.

        `numbers_held`: whether the context holds every number of the claim somewhere; then none of them is wrong.
        """
        said = read_said(claim)
        said = said._replace(amounts=frozenset()) if numbers_held else said
        found: int | None = None
        for index in windows:
            for sentence in self._sentences(index):
                if contradicts(said, sentence):
                    found = index if found is None else found
                elif (
                    said.words <= sentence.words and said.sides <= sentence.sides and said.amounts <= sentence.amounts
                ):
                    return None
        return found

    def _sentences(self, window: int) -> list[Said]:
        if window not in self._said:
            text = self._windows[window]
            self._said[window] = [read_said(text[start:end]) for start, end in split_sentences(text)]
        return self._said[window]


def _other_amount(claim: Said, sentence: Said) -> bool:
    """Whether the sentence has one other number of something that the claim has a number of."""
    for unit, number in claim.amounts:
        others = {other for name, other in sentence.amounts if name == unit}
        if len(others) == 1 and number not in others:
            return True
    return False


def _denied(words: Sequence[str], place: int) -> bool:
    for other in range(place - 1, max(-1, place - 1 - _BEFORE), -1):
        if words[other] in _DENY:
            if not _SUPPOSED.isdisjoint(words[max(0, other - _BEFORE) : other]):
                return False
            return not (other + 1 < len(words) and words[other + 1] in _NOT_DENYING)
        if words[other] in ("but", "and", "or", "that", "which", "who", "because"):
            return False
    return False
