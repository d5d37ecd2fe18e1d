"""Numbers of strangers: which attributes are some, and what counts as one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from evaluator.core import bounds
from evaluator.core.bounds import Bound

MASKED = "__REDACTED__"
"""What instrumentations write where they were told to hide something."""
FEEDBACK = ("faithline.feedback", "user.feedback", "feedback.score")
PROBABILITY = "faithline.sampling_probability"
_TOKENS = (
    *("faithline.input_tokens", "faithline.output_tokens", "llm.token_count.prompt", "llm.token_count.completion"),
    *("gen_ai.usage.input_tokens", "gen_ai.usage.output_tokens"),
    *("gen_ai.usage.prompt_tokens", "gen_ai.usage.completion_tokens"),
    *("gen_ai.response.prompt_tokens", "gen_ai.response.completion_tokens"),
    *("llm.usage.prompt_tokens", "llm.usage.completion_tokens"),
    *("ai.observability.cost.num_prompt_tokens", "ai.observability.cost.num_completion_tokens"),
    *("ai.usage.promptTokens", "ai.usage.completionTokens", "ai.usage.inputTokens", "ai.usage.outputTokens"),
)
_COSTS = (
    "faithline.cost",
    "llm.cost.total",
    "gen_ai.usage.cost",
    "gen_ai.usage.total_cost",
    "gen_ai.cost.total_cost",
)

NUMBERS: Mapping[str, Bound] = (
    dict.fromkeys(_TOKENS, bounds.TOKENS)
    | dict.fromkeys(_COSTS, bounds.COST)
    | dict.fromkeys(FEEDBACK, bounds.FEEDBACK)
    | {PROBABILITY: bounds.PROBABILITY}
)
"""The attributes that are read as numbers, and within which bounds."""

_WORDS = {
    "up": 1.0,
    "thumbs_up": 1.0,
    "thumbs-up": 1.0,
    "positive": 1.0,
    "down": -1.0,
    "thumbs_down": -1.0,
    "thumbs-down": -1.0,
    "negative": -1.0,
    "neutral": 0.0,
}


# Texts that are numbers and too long to be read as such: of very many digits, or an integer beyond 64 bits as
# `clean_number` writes it.
_ENDLESS = re.compile(rf"[-+0-9.eE_\s]{{{bounds.DIGITS.size + 1},}}|-?0x[0-9a-f]{{16,}}")


def number_of(value: Any, bound: Bound) -> float | None:
    """A number within `bound`, also one written as text; else None."""
    number = _stated(value)
    return number if number is not None and bound.holds(number) else None


def number_in(said: Mapping[str, Any], keys: Iterable[str], bound: Bound) -> float | None:
    """The first number within `bound` under one of the keys."""
    return next((n for key in keys if (n := number_of(said.get(key), bound)) is not None), None)


def is_number(value: Any) -> bool:
    """Whether a value is a number, and no boolean."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def feedback_of(value: Any) -> float | None:
    """Feedback in [-1, 1] from a number in that range (also written as text), a boolean, or words such as ``up`` and
    ``down``; else None."""
    if isinstance(value, bool):
        return 1.0 if value else -1.0
    if isinstance(value, str) and (word := _WORDS.get(value.strip().lower())) is not None:
        return word
    number = number_of(value, bounds.FEEDBACK)
    return None if number is None else float(number)


def is_beyond(key: str, value: Any) -> bool:
    """Whether the value of an attribute of `NUMBERS` is a number out of bounds. A text that is no number is not: it
    says something else, and is not read as one."""
    number = _stated(value)
    if number is None:
        return isinstance(value, str) and _ENDLESS.fullmatch(value) is not None
    return not NUMBERS[key].holds(number)


def _stated(value: Any) -> float | None:
    if isinstance(value, str):
        try:
            return float(value) if len(value) <= bounds.DIGITS.size else None
        except ValueError:
            return None
    return value if is_number(value) else None
