"""Numbers, times and amounts of a text in a canonical form, so that 1,200 and "1.2 thousand" can meet."""

from __future__ import annotations

import re

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
_NUMBER = re.compile(
    r"(?<![\w.])[$€£¥]?(\d[\d,]*(?:\.\d+)?)(?:st|nd|rd|th)?(?:[\s-]?(hundred|thousand|million|billion|trillion|[mb]n|[kmb])\b)?",
    re.IGNORECASE,
)
_WORD_NUMBER = re.compile(
    r"\b(" + "|".join(_TENS + _ONES) + r")(?:[\s-](" + "|".join(_ONES[1:10]) + r"))?"
    r"(?:[\s-](hundred|thousand|million|billion|trillion))?\b",
    re.IGNORECASE,
)


def extract_numbers(text: str) -> list[str]:
    """Canonical numbers of a text, in order of kind: times ("17:00"), figures ("1200"), number words."""
    found: list[str] = []
    rest = _TIME.sub(lambda match: _take(found, _time(match)), text)
    for match in _NUMBER.finditer(rest):
        digits = match.group(1).replace(",", "")
        if len(digits) > 24 or not digits:
            found.append(digits[:24])
            continue
        found.append(_canonical(float(digits) * _SCALES.get((match.group(2) or "").lower(), 1.0)))
    for match in _WORD_NUMBER.finditer(rest):
        tens, ones, scale = (group.lower() if group else "" for group in match.groups())
        if tens in _AMBIGUOUS and not scale:
            continue
        value = _WORDS[tens] + (_WORDS[ones] if ones else 0.0)
        found.append(_canonical(value * _SCALES.get(scale, 1.0)))
    return found


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
