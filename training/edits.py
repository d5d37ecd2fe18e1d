"""Edits that make a supported sentence unfaithful, and say which characters did it.

Every edit takes a sentence and returns an ``Edited`` or None when it has nothing to hold on to.
"""

# ruff: noqa: ARG001 - all of them take the same arguments

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from training import vocabulary
from training.wordnet import WordNet

UNSUPPORTED, CONTRADICTED = 1, 2

_NUMBER = re.compile(r"(?<![\w.,])\d[\d,]*(?:\.\d+)?(?![\w])")
_NUMBER_WORD = re.compile(
    r"\b(two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen|twenty|thirty|fifty)\b", re.I
)
_CAPITALISED = r"[A-Z][\w'’-]*[a-z][\w'’-]*"
_NAME = re.compile(rf"\b{_CAPITALISED}(?: (?:{_CAPITALISED}|de|of|van|von|the(?= [A-Z])))*")
_AUXILIARY = re.compile(
    r"\b(is|are|was|were|can|could|will|would|should|has been|have been|had been|does|did|must|may|might)\b"
    r"(?! not|n['’]t)"
)
_PAST = re.compile(r"\b(\w{3,})ed (?=the|a|an|to|in|his|her|their|its)\b")
_JOINTS = ("in", "of", "to", "with", "by", "for", "from", "that", "at", "on", "as", "was", "is", "were", "are", "has")
_FIRST_WORDS = vocabulary.word_set(
    """The A An In On At It He She They This That These Those There When While After Before If As For From By With We
    I You But And Or However Although His Her Their Its Our My Your What Who How Why Where Which Not No Yes So Since
    During According Additionally Furthermore Overall Finally Specifically Based"""
)


class Edited(NamedTuple):
    """The changed sentence, the character ranges that are wrong now, and its label (1 or 2)."""

    text: str
    bad: tuple[tuple[int, int], ...]
    label: int


@dataclass(slots=True)
class Material:
    """What an edit may draw on: the window that it must not agree with, and words from elsewhere."""

    window: str
    names: Sequence[str] = ()
    clauses: Sequence[str] = ()
    sentences: Sequence[str] = ()
    """Other sentences of the window."""
    neighbours: dict[str, list[str]] = field(default_factory=dict)
    """Words that occur in alike places, by lower-case word."""
    lexicon: WordNet | None = None


Edit = Callable[[str, Material, random.Random], Edited | None]


def replace_span(text: str, start: int, end: int, new: str, label: int) -> Edited | None:
    """Put ``new`` in place of a range; None when that changes nothing."""
    if text[start:end].lower() == new.lower() or not new:
        return None
    return Edited(text[:start] + new + text[end:], ((start, start + len(new)),), label)


def change_number(text: str, material: Material, rng: random.Random) -> Edited | None:
    """Another figure: one from the window, or a nudged one of the same shape."""
    found = list(_NUMBER.finditer(text))
    if not found:
        return _change_number_word(text, rng)
    match = rng.choice(found)
    others = [
        item for item in _NUMBER.findall(material.window) if item not in text and len(item) <= len(match.group()) + 2
    ]
    new = rng.choice(others) if others and rng.random() < 0.4 else _nudge(match.group(), rng)
    return replace_span(text, match.start(), match.end(), new, CONTRADICTED)


def _nudge(figure: str, rng: random.Random) -> str:
    digits = [index for index, char in enumerate(figure) if char.isdigit()]
    if len(figure) == 4 and figure.isdigit() and figure[:2] in ("18", "19", "20"):
        return str(int(figure) + rng.choice([-20, -10, -7, -4, -3, -2, -1, 1, 2, 3, 4, 6, 10, 15]))
    place = rng.choice(digits)
    options = [str(value) for value in range(10) if str(value) != figure[place] and (value or place)]
    return figure[:place] + rng.choice(options) + figure[place + 1 :]


def _change_number_word(text: str, rng: random.Random) -> Edited | None:
    found = list(_NUMBER_WORD.finditer(text))
    if not found:
        return None
    match = rng.choice(found)
    new = rng.choice(
        [
            w
            for w in ("two", "three", "four", "five", "six", "eight", "ten", "twelve", "thirty")
            if w != match.group().lower()
        ]
    )
    return replace_span(text, match.start(), match.end(), new, CONTRADICTED)


def swap_numbers(text: str, material: Material, rng: random.Random) -> Edited | None:
    """Two different figures of the sentence change places."""
    found = list(_NUMBER.finditer(text))
    if len(found) < 2:
        return None
    left, right = sorted(rng.sample(found, 2), key=lambda match: match.start())
    return _exchange(text, left.span(), right.span())


def _exchange(text: str, left: tuple[int, int], right: tuple[int, int]) -> Edited | None:
    one, two = text[slice(*left)], text[slice(*right)]
    between = text[left[1] : right[0]].strip().lower()
    if one.lower() == two.lower() or between in ("and", "or", ",", ", and", "&", "-", "to", "/"):
        return None
    changed = text[: left[0]] + two + text[left[1] : right[0]] + one + text[right[1] :]
    shift = len(two) - len(one)
    bad = ((left[0], left[0] + len(two)), (right[0] + shift, right[0] + shift + len(one)))
    return Edited(changed, bad, CONTRADICTED)


def _by_pairs(pairs: Sequence[tuple[str, str]], label: int, *, both: bool) -> Edit:
    table: dict[str, list[str]] = {}
    for left, right in pairs:
        table.setdefault(left.lower(), []).append(right)
        if both:
            table.setdefault(right.lower(), []).append(left)
    words = sorted(table, key=len, reverse=True)
    pattern = re.compile("|".join(r"(?<!\w)" + re.escape(word) + r"(?!\w)" for word in words), re.I)

    def edit(text: str, material: Material, rng: random.Random) -> Edited | None:
        found = list(pattern.finditer(text))
        if not found:
            return None
        match = rng.choice(found)
        new = rng.choice(table[match.group().lower()])
        new = new[0].upper() + new[1:] if match.group()[0].isupper() else new
        return replace_span(text, match.start(), match.end(), new, label)

    return edit


change_unit = _by_pairs(vocabulary.UNITS, CONTRADICTED, both=False)
change_opposite = _by_pairs(vocabulary.OPPOSITES, CONTRADICTED, both=True)
change_quantity = _by_pairs(vocabulary.QUANTITIES, CONTRADICTED, both=True)
overclaim = _by_pairs(vocabulary.OVERCLAIMS, UNSUPPORTED, both=False)


def change_date(text: str, material: Material, rng: random.Random) -> Edited | None:
    """Another month or weekday."""
    for words in (vocabulary.MONTHS, vocabulary.WEEKDAYS):
        match = re.search(r"\b(" + "|".join(words) + r")\b", text)
        if match is not None:
            new = rng.choice([word for word in words if word != match.group()])
            return replace_span(text, match.start(), match.end(), new, CONTRADICTED)
    return None


def find_names(text: str) -> list[tuple[int, int]]:
    """Ranges of capitalised names, leading function words left out."""
    found = []
    for match in _NAME.finditer(text):
        start, words = match.start(), match.group().split(" ")
        while words and words[0] in _FIRST_WORDS:
            start += len(words[0]) + 1
            words = words[1:]
        if words and not (start == 0 and len(words) == 1):
            found.append((start, match.end()))
    return found


def change_name(text: str, material: Material, rng: random.Random) -> Edited | None:
    """Another name, more often than not one that the window holds, too."""
    found = find_names(text)
    if not found:
        return None
    start, end = rng.choice(found)
    near = [material.window[a:b] for a, b in find_names(material.window)]
    near = [
        name for name in near if name not in text and name.split()[-1] not in text and text[start:end] not in name
    ]
    pool = near if near and rng.random() < 0.6 else material.names
    return replace_span(text, start, end, rng.choice(pool), CONTRADICTED) if pool else None


def swap_names(text: str, material: Material, rng: random.Random) -> Edited | None:
    """Two names of the sentence change places."""
    found = find_names(text)
    if len(found) < 2:
        return None
    left, right = sorted(rng.sample(found, 2))
    return _exchange(text, left, right)


def negate(text: str, material: Material, rng: random.Random) -> Edited | None:
    """Deny what is said, or say what is denied."""
    denied = re.search(r" not(?= )|n['’]t(?= )| never(?= )", text)
    if denied is not None and rng.random() < 0.7:
        left = text.rfind(" ", 0, denied.start()) + 1
        kept = text[: denied.start()]
        if kept.lower().endswith(("ca", "wo")):
            return None
        return Edited(kept + text[denied.end() :], ((left, len(kept)),), CONTRADICTED)
    found = list(_AUXILIARY.finditer(text))
    if found:
        end = rng.choice(found).end()
        first = text.find(" ", text.rfind(" ", 0, end) + 1)
        end = first if 0 < first < end else end
        return Edited(text[:end] + " not" + text[end:], ((end + 1, end + 4),), CONTRADICTED)
    past = _PAST.search(text)
    if past is None:
        return None
    new = f"never {past.group().strip()}"
    return replace_span(text, past.start(), past.end() - 1, new, CONTRADICTED)


def _insert_before_end(text: str, clause: str) -> Edited:
    body = text.rstrip()
    stop = body[-1] if body[-1] in ".!?" else ""
    body = body[: len(body) - len(stop)]
    joint = (
        " "
        if clause.split(" ")[0] in ("and", "with", "in", "at", "for", "after", "because", "unless", "as")
        else ", "
    )
    changed = body + joint + clause + stop
    return Edited(changed, ((len(body) + len(joint), len(body) + len(joint) + len(clause)),), UNSUPPORTED)


def add_template(text: str, material: Material, rng: random.Random) -> Edited | None:
    """A plausible clause that nobody said."""
    clause = rng.choice(vocabulary.ADDITIONS).format(
        year=rng.randint(1950, 2026), number=rng.choice([2, 3, 5, 6, 10, 12, 20, 30, 50, 100, 200, 500]),
        name=rng.choice(material.names) if material.names else "the owner",
    )  # fmt: skip
    return _insert_before_end(text, clause) if text.strip() else None


def add_foreign(text: str, material: Material, rng: random.Random) -> Edited | None:
    """A clause of somebody else's sentence."""
    return _insert_before_end(text, rng.choice(material.clauses)) if material.clauses and text.strip() else None


def splice(text: str, material: Material, rng: random.Random) -> Edited | None:
    """The head of this sentence with the tail of another one of the same window."""
    for other in rng.sample(list(material.sentences), min(4, len(material.sentences))):
        for joint in rng.sample(_JOINTS, len(_JOINTS)):
            left, right = text.find(f" {joint} ", 12), other.find(f" {joint} ", 4)
            if left < 0 or right < 0 or len(other) - right < 20 or len(text) - left < 8:
                continue
            tail = other[right + len(joint) + 2 :]
            head = text[: left + len(joint) + 2]
            if tail[:25] not in text:
                return Edited(head + tail, ((len(head), len(head) + len(tail)),), UNSUPPORTED)
    return None


def substitute(text: str, material: Material, rng: random.Random) -> Edited | None:
    """One or two content words become words that live in alike places."""
    found = [m for m in re.finditer(r"\b[a-z]{4,}\b", text) if m.group() in material.neighbours]
    if not found:
        return None
    match = rng.choice(found)
    kin = _kin(match.group(), material.lexicon)
    options = [w for w in material.neighbours[match.group()] if w not in material.window.lower() and w not in kin]
    return replace_span(text, match.start(), match.end(), rng.choice(options), CONTRADICTED) if options else None


def _kin(word: str, lexicon: WordNet | None) -> frozenset[str]:
    """Words that would leave the sentence true."""
    if lexicon is None:
        return frozenset()
    found = lexicon.related(word)
    return frozenset(found.synonyms + found.broader)


def change_kind(text: str, material: Material, rng: random.Random) -> Edited | None:
    """A word becomes another kind of the same thing, its opposite, or something more special than was said."""
    if material.lexicon is None:
        return None
    words = list(re.finditer(r"\b[a-z]{4,}\b", text))
    rng.shuffle(words)
    window = material.window.lower()
    for match in words:
        found = material.lexicon.related(match.group())
        special = [word for word in found.narrower if word not in window]
        other = [word for word in (*found.siblings, *found.opposites * 6) if word not in window]
        pool, label = (other, CONTRADICTED) if other and rng.random() < 0.75 else (special, UNSUPPORTED)
        if pool:
            return replace_span(text, match.start(), match.end(), rng.choice(pool), label)
    return None


EDITS: tuple[tuple[Edit, float], ...] = (
    (change_number, 3.0), (swap_numbers, 0.7), (change_unit, 0.8), (change_date, 1.0), (change_opposite, 1.6),
    (change_quantity, 0.8), (overclaim, 0.8), (change_name, 2.5), (swap_names, 1.2), (negate, 1.5),
    (add_template, 1.2), (add_foreign, 2.5), (splice, 1.8), (substitute, 1.6), (change_kind, 1.6),
)  # fmt: skip
"""Every edit with how often it is tried first."""


def edit_sentence(text: str, material: Material, rng: random.Random) -> Edited | None:
    """One edit, chosen at random among those that the sentence allows."""
    edits, weights = zip(*EDITS, strict=True)
    for edit in rng.choices(edits, weights, k=8):
        edited: Edited | None = edit(text, material, rng)
        if edited is not None and edited.text.strip().lower() != text.strip().lower():
            return edited
    return None
