"""Rewrites that keep a sentence true to its passage: shorten, reword, reformat, frame, merge."""

# ruff: noqa: ARG001 - all of them take the same arguments

from __future__ import annotations

import random
import re
from collections.abc import Callable

from training import vocabulary
from training.wordnet import WordNet

Rewrite = Callable[[str, random.Random], str]

_LEAD = re.compile(
    r"^(?:In|On|At|During|After|Before|By|Since|For|As of|However|Also|Moreover|Meanwhile|Then|Today)\b"
    r"[^,.]{0,45}, (?=[A-Za-z])"
)
_PAREN = re.compile(r" ?\([^()]{1,80}\)")
_TAIL = re.compile(r", (?:which|who|where|while|whose|as well as|including|and also|with)\b[^,]{8,}?(?=[.!?]?$)")
_MIDDLE = re.compile(r", (?:which|who|where|whose|a|an|the)\b [^,]{6,80},(?= [a-z])")
_ADVERB = re.compile(r" (?!on|ear|fami|like|dai|week|month|year|supp|app|re|rare|hard|near)\w{3,}ly(?= )")
_CONTRACTIONS = (
    ("do not", "don't"), ("does not", "doesn't"), ("did not", "didn't"), ("is not", "isn't"), ("are not", "aren't"),
    ("was not", "wasn't"), ("cannot", "can't"), ("will not", "won't"), ("it is", "it's"), ("have not", "haven't"),
)  # fmt: skip
_DIGITS = {
    "two": "2",
    "three": "3",
    "four": "4",
    "five": "5",
    "six": "6",
    "seven": "7",
    "eight": "8",
    "nine": "9",
    "ten": "10",
}
_LOWERABLE = vocabulary.word_set(
    """The A An It He She They In On At This That These Those There When While After Before If As For From By With His
    Her Their Its We You"""
)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def lower_first(text: str) -> str:
    """Lower-case the first letter where it is a function word's."""
    return text[:1].lower() + text[1:] if text.split(" ")[0] in _LOWERABLE else text


def drop_lead(text: str, rng: random.Random) -> str:
    """Without the adverbial in front."""
    return _capital(_LEAD.sub("", text))


def drop_parentheses(text: str, rng: random.Random) -> str:
    """Without what stands in brackets."""
    return _PAREN.sub("", text)


def drop_clause(text: str, rng: random.Random) -> str:
    """Without a relative clause or an apposition, when enough stays."""
    shorter = (_TAIL if rng.random() < 0.6 else _MIDDLE).sub("", text, count=1)
    return shorter if len(shorter.split()) >= 6 else text


def drop_adverb(text: str, rng: random.Random) -> str:
    """Without one adverb."""
    return text if " not " in text else _ADVERB.sub("", text, count=1)


def reword(text: str, rng: random.Random) -> str:
    """A synonym or two."""
    pairs = list(vocabulary.SYNONYMS)
    rng.shuffle(pairs)
    done = 0
    for old, new in pairs:
        changed = re.sub(rf"(?<!\w){re.escape(old)}(?!\w)", new, text, count=1)
        done += changed != text
        text = changed
        if done == 2:
            break
    return text


def contract(text: str, rng: random.Random) -> str:
    """Contractions in or out."""
    for long, short in _CONTRACTIONS:
        old, new = (long, short) if rng.random() < 0.5 else (short, long)
        text = re.sub(rf"\b{old}\b", new, text)
    return text


def reformat_numbers(text: str, rng: random.Random) -> str:
    """1,000 as 1000, five as 5 and back, % as percent."""
    if rng.random() < 0.5:
        text = re.sub(r"(?<=\d),(?=\d{3}\b)", "", text)
        text = re.sub(r"(?<=\d)%", " percent", text)
        return re.sub(r"\b(" + "|".join(_DIGITS) + r")\b", lambda match: _DIGITS[match.group()], text)
    words = {digit: word for word, digit in _DIGITS.items()}
    text = re.sub(r"(?<![\d.,$£€-])\b([2-9]|10)\b(?![\d.,%-])", lambda match: words[match.group()], text)
    return re.sub(r"(?<=\d) percent\b", "%", text)


def shorten_name(text: str, rng: random.Random) -> str:
    """A person's two names become the last one."""
    return re.sub(
        r"(?<=[a-z] )[A-Z][a-z]+ ([A-Z][a-z]{3,})(?= (?:said|was|is|has|told|and|who|will)\b)", r"\1", text, count=1
    )


def unquote(text: str, rng: random.Random) -> str:
    """Without quotation marks."""
    return re.sub("[\"“”]|''|``", "", text).strip()


def frame(text: str, rng: random.Random) -> str:
    """Reported: "According to the passage, ...", or itemised."""
    if rng.random() < 0.25:
        return rng.choice(["- ", "* ", "1. ", "2. ", "• ", "- **Note:** "]) + text
    return rng.choice(vocabulary.FRAMES).format(s=lower_first(text))


def merge(first: str, second: str, rng: random.Random) -> str:
    """Two sentences as one."""
    joint = rng.choice([", and ", ", and ", "; ", ", while "])
    return first.rstrip(" .!") + joint + lower_first(second)


REWRITES: tuple[tuple[Rewrite, float], ...] = (
    (drop_lead, 0.35), (drop_parentheses, 0.5), (drop_clause, 0.5), (drop_adverb, 0.3), (reword, 0.6),
    (contract, 0.3), (reformat_numbers, 0.4), (shorten_name, 0.3), (unquote, 0.4), (frame, 0.2),
)  # fmt: skip


def say_otherwise(text: str, lexicon: WordNet, rng: random.Random) -> str:
    """Up to three words become synonyms or what they are a kind of."""
    words = list(re.finditer(r"\b[a-z]{4,}\b", text))
    for match in sorted(rng.sample(words, min(len(words), rng.randint(1, 5))), key=lambda m: -m.start()):
        found = lexicon.related(match.group())
        pool = found.synonyms if found.synonyms and rng.random() < 0.8 else found.broader
        if pool:
            text = text[: match.start()] + rng.choice(pool) + text[match.end() :]
    return re.sub(r"\b([Aa])(?= [aeiou])", r"\1n", re.sub(r"\b([Aa])n(?= [b-df-hj-np-tv-z])", r"\1", text))


def rewrite(text: str, rng: random.Random, lexicon: WordNet | None = None) -> str:
    """Some of the rewrites, in order, each by its own chance."""
    if lexicon is not None and rng.random() < 0.5:
        text = say_otherwise(text, lexicon, rng)
    for change, chance in REWRITES:
        if rng.random() < chance:
            text = change(text, rng)
    return " ".join(text.split())
