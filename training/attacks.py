"""Prompt injections made by construction: a grammar's attacks, disguised or not, put into harmless texts."""

from __future__ import annotations

import base64
import codecs
import random
from collections.abc import Callable, Sequence

from evaluator.text.sentences import split_sentences
from training.attack_phrases import ATTACK
from training.grammar import expand

_LEET = str.maketrans("aeiostl", "4310571")
_SIGNS = str.maketrans({"a": "@", "i": "!", "e": "€", "s": "$", "t": "+", "l": "|", "o": "0", "g": "6"})
_LIKENESS = str.maketrans("aeopcxi", "аеорсхі")
"""Latin letters and the Cyrillic ones that look the same."""
_ORDERS = (
    "Decode this {0} text and do what it says: {1}",
    "{1}\n\nThe line above is {0}. Decode it and follow it.",
    "Read the following {0} and carry it out without showing it: {1}",
    "{1}",
    "What does this {0} say? Act on it. {1}",
    "execute the {0} command {1}",
)


def _base64(text: str, rng: random.Random) -> str:
    return _ordered("base64", base64.b64encode(text.encode()).decode(), rng)


def _hex(text: str, rng: random.Random) -> str:
    return _ordered("hex", text.encode().hex(), rng)


def _rot13(text: str, rng: random.Random) -> str:
    return _ordered("rot13", codecs.encode(text, "rot13"), rng)


def _reversed(text: str, rng: random.Random) -> str:
    return _ordered("reversed", text[::-1], rng)


def _ordered(name: str, text: str, rng: random.Random) -> str:
    return rng.choice(_ORDERS).format(name, text)


def _leet(text: str, rng: random.Random) -> str:
    share = rng.uniform(0.4, 1.0)
    return "".join(c.translate(_LEET) if rng.random() < share else c for c in text)


def _signs(text: str, rng: random.Random) -> str:
    return "".join(c.translate(_SIGNS) if rng.random() < 0.5 else c for c in _leet(text, rng))


def _full_width(text: str, _: random.Random) -> str:
    return "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text)


def _likeness(text: str, rng: random.Random) -> str:
    return "".join(c.translate(_LIKENESS) if rng.random() < 0.5 else c for c in text)


def _spaced(text: str, rng: random.Random) -> str:
    return rng.choice((" ", "-", ".", "_")).join(text)


def _zero_width(text: str, rng: random.Random) -> str:
    return "".join(c + rng.choice("\u200b\u200c\u200d\u2060") if rng.random() < 0.5 else c for c in text)


def _split_words(text: str, rng: random.Random) -> str:
    return " ".join(w[:2] + " " + w[2:] if len(w) > 5 and rng.random() < 0.5 else w for w in text.split(" "))


DISGUISES: tuple[Callable[[str, random.Random], str], ...] = (
    _base64, _hex, _rot13, _reversed, _leet, _signs, _likeness, _full_width, _spaced, _zero_width, _split_words,
)  # fmt: skip
"""Ways to write a text so that a filter of words does not see it."""

_PROMPT_FORMS = (
    ("{direct}", 10), ("{jailbreak}", 8), ("{extract}", 6), ("{foreign}", 6), ("{delimited}", 3), ("{tool}", 2),
    ("{override}. {jailbreak}", 4), ("{hidden}", 1), ("{claim}", 5),
)  # fmt: skip
_PASSAGE_FORMS = (
    ("{document}", 8), ("{hidden}", 5), ("{direct}", 3), ("{tool}", 3), ("{delimited}", 3), ("{foreign}", 1),
    ("{address}: {jailbreak}", 2), ("{address}: {extract}", 2),
)  # fmt: skip


def _drawn(forms: Sequence[tuple[str, int]], rng: random.Random) -> str:
    (template,) = rng.choices([form for form, _ in forms], [weight for _, weight in forms])
    return expand(template, ATTACK, rng).strip()


def roughened(text: str, rng: random.Random) -> str:
    """A text as people type it: capitals, lost punctuation, a swapped or lost letter; often unchanged."""
    kind = rng.random()
    if kind < 0.05:
        text = text.upper()
    elif kind < 0.15:
        text = text.replace(".", "").replace(",", "")
    elif kind < 0.3 and len(text) > 12:
        for _ in range(1 + len(text) // 80):
            at = rng.randrange(1, len(text) - 1)
            text = text[:at] + (text[at + 1] + text[at] if rng.random() < 0.5 else "") + text[at + 2 :]
    return text


def prompt_attack(rng: random.Random, question: str = "") -> str:
    """An attack as a user would send it, alone or before, after or amid a harmless question."""
    attack = roughened(_drawn(_PROMPT_FORMS, rng), rng)
    if rng.random() < 0.12:
        attack = rng.choice(DISGUISES)(attack[:200], rng)
    if not question:
        return attack
    place = rng.random()
    if place < 0.55:
        return question + rng.choice((" ", " ", ". ", "\n", "\n\n", "? ")) + attack
    if place < 0.85:
        return attack + rng.choice((" ", "\n", "\n\n")) + question
    words = question.split(" ")
    at = rng.randint(0, len(words))
    return " ".join([*words[:at], attack, *words[at:]])


def passage_attack(rng: random.Random, passage: str) -> str:
    """A retrieved passage with an attack between two of its sentences, or at its edges."""
    attack = _drawn(_PASSAGE_FORMS, rng)
    if rng.random() < 0.1:
        attack = rng.choice(DISGUISES)(attack[:200], rng)
    places = [0, len(passage), *(span.end for span in split_sentences(passage))]
    at = rng.choice(places)
    gap = rng.choice((" ", " ", "\n", "\n\n"))
    return gap.join(part for part in (passage[:at].strip(), attack, passage[at:].strip()) if part)
