"""The forms by which one language shows that a sentence, or a part of it, claims nothing."""

from __future__ import annotations

import re
from dataclasses import dataclass

_UNITS = (
    r"(?:seconds?|minutes?|hours?|days?|weeks?|months?|years?|sekunden?|minuten?|stunden?|tagen?|tage|wochen?"
    r"|monate?n?|jahre?n?|d[ií]as?|semanas?|mes(?:es)?|meses|años?|anos?|horas?|jours?|semaines?|mois|ans?|heures?)"
)
_MONEY = (
    r"(?:eur|euros?|usd|us-dollar|dollars?|d[óo]lares|gbp|pounds?|chf|franken|cents?|reais|pesos|percent|prozent|%)"
)
AMOUNT = re.compile(
    r"[$€£¥]\s?\d"
    rf"|\d[\d.,]*\s?(?:{_MONEY}(?!\w)|[€£¥円元])"
    rf"|(?:after|within|than|under|over|nach|binnen|innerhalb|después de|dentro de|más de|après|sous|plus de|após"
    rf"|depois de|mais de)\s(?:\w+\s)?\d+\s?{_UNITS}\b",
    re.IGNORECASE,
)
"""An amount of money, a share, or a term: who declines to say something has no reason to name one."""
FIGURE = re.compile(
    rf"{AMOUNT.pattern}|\d[\d.,]*[\s-]?{_UNITS}\b|\d+\s?(?:年|日|月|週|周|時間|小时|分|天)", re.IGNORECASE
)
"""An amount, or any time that has a length."""


@dataclass(frozen=True)
class Speech:
    """Patterns of one language, to be used on parts of a sentence; all are linear in sentences of bounded length."""

    marks: frozenset[str]
    """One of these words stands in every sentence that declines or is polite; empty where words are not parted."""
    declines: re.Pattern[str]
    """Says that the speaker, or what was given to it, does not know, hold or do something; searched."""
    courtesy: re.Pattern[str]
    """A whole part that greets, thanks, apologises, offers help, or asks for something; matched to its end."""
    opening: re.Pattern[str]
    """Words at the front of a part that say nothing of the world; taken off one after the other."""
    turns: re.Pattern[str]
    """What begins a part that says something new (*but*, *because*, *which*); parts a sentence."""
    parts: re.Pattern[str]
    """What may begin one (a comma, *and the*)."""
    goes_on: re.Pattern[str]
    """Beginning of a part that still tells what the sentence is about (*whether*, *or*, *for*, *if*)."""
    states: re.Pattern[str]
    """A verb that states something; searched."""
    asks: re.Pattern[str]
    """Beginning of a question."""
    tells: re.Pattern[str]
    """What makes a statement of a question (*did you know that*, *isn't it?*); searched."""


def marks(text: str) -> frozenset[str]:
    """Words as `evaluator.text.words.tokens` finds them, from a text in small letters with blanks between them."""
    return frozenset(text.split())


def any_of(*patterns: str) -> re.Pattern[str]:
    """A pattern for any of `patterns`, in whatever case."""
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns), re.IGNORECASE)
