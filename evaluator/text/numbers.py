"""Numbers, times and amounts of a text in a canonical form, so that 1,200 and "1.2 thousand" can meet."""

from __future__ import annotations

import re
from collections.abc import Set

_ONES = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"]
_ONES += ["thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"]
_TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
_WORDS = {word: float(value) for value, word in enumerate(_ONES)} | {
    word: 10.0 * (value + 2) for value, word in enumerate(_TENS)
}
_SCALES = {
    "hundred": 1e2, "thousand": 1e3, "k": 1e3, "million": 1e6, "m": 1e6, "mn": 1e6,
    "billion": 1e9, "bn": 1e9, "b": 1e9, "trillion": 1e12,
}  # fmt: skip
_AMBIGUOUS = frozenset({"one"})  # as often a pronoun as a number

_TIME = re.compile(r"\b(\d{1,2})(?::(\d{1,2}))?(?::\d{2})?\s*([ap])\.?m\b\.?|\b(\d{1,2}):(\d{1,2})\b", re.IGNORECASE)
_FIGURE = re.compile(
    r"(?<![\w.])([$€£¥]?)(\d[\d,]*(?:\.\d+)?)(?:st|nd|rd|th)?"
    r"(?:([\s-]?)(hundred|thousand|million|billion|trillion|[mb]n|[kmb])\b)?",
    re.IGNORECASE,
)
"""Currency, digits, what stands before the scale, scale."""
_APART = re.compile(
    r"(?<=\d)(?:(?<!\d{4}),\s(?=\d{3}(?!\d))"
    r"|\.\s(?=\d+\s?(?:thousand|million|billion|trillion|per\s?cent|%)))",
    re.IGNORECASE,
)
"""Where texts that were cut into tokens hold a figure apart: "10, 000", "31. 8 million"."""
_REFERENCE = re.compile(
    r"^\s*\(?\d{1,2}[.)](?=\s+\D)|\[\d{1,3}(?:,\s?\d{1,3})*\]"
    r"|\b(?:passage|source|document|reference|step)s?\s\d{1,2}\b:?|\bout\sof\s(?:5|five|10|ten)\b|\b24/7\b"
    r"|\b(?:7|seven)\sdays\sa\sweek\b",
    re.IGNORECASE | re.MULTILINE,
)
"""Numbers that count nothing: of a list, of a source, of a scale."""
_WORD_NUMBER = re.compile(
    r"\b(" + "|".join(_TENS + _ONES) + r")(?:[\s-](" + "|".join(_ONES[1:10]) + r"))?"
    r"(?:[\s-](hundred|thousand|million|billion|trillion))?\b",
    re.IGNORECASE,
)


def extract_numbers(text: str, reading: int = 1) -> list[str]:
    """Canonical numbers of a text, in order of kind: times ("17:00"), figures ("1200"), number words.

    `reading` is how: 1 as the first detectors were calibrated; 2 tells metres from millions.
    """
    found: list[str] = []
    rest = _TIME.sub(lambda match: _take(found, _time(match)), text)
    for currency, figure, gap, scale in _FIGURE.findall(rest):
        digits = figure.replace(",", "")
        if len(digits) > 24 or not digits:
            found.append(digits[:24])
            continue
        counts = reading == 1 or _is_scale(scale, gap, currency)
        found.append(_canonical(float(digits) * (_SCALES.get(scale.lower(), 1.0) if counts else 1.0)))
    for match in _WORD_NUMBER.finditer(rest):
        tens, ones, scale = (group.lower() if group else "" for group in match.groups())
        if tens in _AMBIGUOUS and not scale:
            continue
        value = _WORDS[tens] + (_WORDS[ones] if ones else 0.0)
        found.append(_canonical(value * _SCALES.get(scale, 1.0)))
    return found


def known_numbers(context: str, reading: int = 1) -> set[str]:
    """The numbers that a context states. Of figures that stand apart, reading 2 takes both for stated, the whole and
    its parts."""
    joined = _joined(context) if reading > 1 else context
    return {number for text in {context, joined} for number in extract_numbers(text, reading)}


def missing_numbers(claims: str, known: Set[str], reading: int = 1) -> int:
    """How many different numbers of an answer's claims (one or several, a line each) are not `known`.

    Reading 2 leaves out those that count nothing: of the list that a claim stands in, of the passage that it names,
    of the scale of a rating; and takes figures that stand apart for whatever is known of them.
    """
    if reading == 1:
        return len(set(extract_numbers(claims)) - known)
    claims = _REFERENCE.sub(" ", claims)
    return min(len(set(extract_numbers(text, reading)) - known) for text in {claims, _joined(claims)})


def _joined(text: str) -> str:
    return _APART.sub(lambda match: match.group()[0], text)


def _is_scale(scale: str, gap: str, currency: str) -> bool:
    """Whether a letter behind a figure is one: "2 m" and "1.95m" are metres, "$2m" is millions."""
    return len(scale) != 1 or (not gap and (bool(currency) or scale.lower() != "m"))


def _take(found: list[str], value: str) -> str:
    found.append(value)
    return " "


def _time(match: re.Match[str]) -> str:
    hour, minute, half, clock_hour, clock_minute = match.groups()
    if clock_hour is not None:
        return f"{int(clock_hour)}:{int(clock_minute):02d}"
    value = int(hour) % 12 + (12 if half.lower() == "p" else 0)
    return f"{value}:{int(minute or 0):02d}"


def _canonical(value: float) -> str:
    return f"{value:.10g}"
