"""Words of a text: lower-case, lightly stemmed, and which of them say nothing by themselves."""

from __future__ import annotations

import re


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


STOP_WORDS = _words(
    """a about above after again all also although am an and any are as at be because been before being below
    between both but by can could did do does doing down during each either few for from further had has have
    having he her here hers him his how however i if in into is it its itself just may me might more most much
    must my no nor not of off on once only or other our out over own per rather same shall she should since so
    some such than that the their them then there these they this those through thus to too under until up upon
    us very was we well were what when where whether which while who whom whose why will with within without
    would yet you your"""
)
NEGATIONS = _words(
    "no not never none neither nor without cannot nobody nothing nowhere lacks lack fails failed unable n't"
)
_TOKEN = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]|\w+?(?=n['’]t\b)|n['’]t\b|\w+", re.UNICODE)
_SUFFIXES = ("ingly", "edly", "ization", "ations", "ation", "ments", "ment", "ness", "ings", "ing", "ies", "ied",
             "ers", "ed", "er", "es", "ly", "al", "s", "e", "y")  # fmt: skip


def stem(word: str) -> str:
    """Light stemming of one lower-case word: common English endings off, at least four letters stay."""
    if not word.endswith(_SUFFIXES) or word.isdigit():
        return word
    for suffix in _SUFFIXES:
        if word.endswith(suffix) and len(word) - len(suffix) >= 4:
            return word[: -len(suffix)]
    return word


def tokens(text: str) -> list[str]:
    """Lower-case words of a text; each CJK character is a word of its own."""
    return _TOKEN.findall(text.lower().replace("’", "'"))


def content_stems(text: str) -> list[str]:
    """Stems of the content words of a text, in order, with repeats."""
    return [stem(token) for token in tokens(text) if token not in STOP_WORDS and token not in NEGATIONS]
