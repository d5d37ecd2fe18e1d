"""What is asked of a rule when it is pushed, beyond its form: that it can do what it says, in a bounded time.

Rules are parsed again whenever they are read, so what was stored before a check was there must still parse; that is
why these checks are not part of the type.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from evaluator.core.bounds import (
    CONDITION_FIELD,
    CONDITION_VALUE,
    CONDITION_VALUES,
    CONDITIONS,
    DIGITS,
    RATE,
    RULE,
    STRATA,
)
from evaluator.core.errors import InvalidInput
from evaluator.core.ids import canonical_json
from evaluator.core.names import NAME, NAMED
from evaluator.core.rule import FIRST, LIST_FIELDS, METADATA, NUMBER_FIELDS, TEXT_FIELDS, Condition, Rule
from evaluator.core.trace import Status
from evaluator.core.values import is_plain, number_of, text_of

_ORDERS = ("lt", "le", "gt", "ge")
_STATUSES = tuple(status.value for status in Status)
_NUMBERED_TEXTS = ("prompt_version",)
"""Texts that may well be numbers."""


def check_rule(rule: Rule) -> None:
    """Refuse a rule that could never do what it says, or costs every trace too much.

    Raises:
        InvalidInput: naming the field and the remedy.
    """
    if len(rule.strata) > STRATA.size:
        raise InvalidInput("rule.strata", f"are {len(rule.strata)}, the limit is {STRATA.size}", "Use fewer")
    conditions = list(_conditions(rule))
    if len(conditions) > CONDITIONS.size:
        problem = f"has {len(conditions)} conditions with its strata, the limit is {CONDITIONS.size}"
        raise InvalidInput("rule", problem, "A list of values with `in` is one condition")
    for path, condition in conditions:
        _check_condition(path, condition)
    _check_cascade(rule)
    rates = [("rule.rate", rule.rate), *((f"rule.strata.{i}.rate", s.rate) for i, s in enumerate(rule.strata))]
    for path, rate in rates:
        if not RATE.holds(rate):
            raise InvalidInput(path, f"is {rate:g}, and must be {RATE}", "Retire the rule to score nothing")
    try:
        canonical_json([rule.parameters, None if rule.cascade is None else rule.cascade.parameters])
        definition = canonical_json(rule.model_dump(mode="json"))
        definition.encode()
    except (ValueError, TypeError, RecursionError):
        problem = "must be plain JSON: no dates, no NaN, no lone surrogates"
        raise InvalidInput("rule.parameters", problem, "Quote what is not a number") from None
    if len(definition) > RULE.size:
        raise InvalidInput("rule", f"has {len(definition)} characters, the limit is {RULE.size}", "Shorten it")


def _check_cascade(rule: Rule) -> None:
    if rule.first_of:
        remedy = "Leave it out: the first step of a cascade is pushed with its rule"
        raise InvalidInput("rule.first_of", "is filled in, and can not be pushed", remedy)
    if rule.cascade is None:
        return
    least = rule.cascade.rate * rule.cascade.floor
    if not RATE.holds(least):
        problem = f"leaves units a probability of {least:g}, and must leave {RATE}"
        raise InvalidInput("rule.cascade.floor", problem, "Raise the floor or the rate of the cascade")
    if re.fullmatch(NAME, rule.name + FIRST) is None:
        problem = f"is too long: its first step is called {rule.name}{FIRST}"
        raise InvalidInput("rule.name", problem, NAMED)


def check_conditions(path: str, conditions: Sequence[Condition]) -> None:
    """Refuse conditions that could never do what they say, outside a rule as in one.

    Raises:
        InvalidInput: naming the field below `path` and the remedy.
    """
    if len(conditions) > CONDITIONS.size:
        problem = f"has {len(conditions)} conditions, the limit is {CONDITIONS.size}"
        raise InvalidInput(path, problem, "A list of values with `in` is one condition")
    for i, condition in enumerate(conditions):
        _check_condition(f"{path}.{i}", condition)


def _conditions(rule: Rule) -> Iterator[tuple[str, Condition]]:
    yield from ((f"rule.filter.{i}", condition) for i, condition in enumerate(rule.filter))
    for number, stratum in enumerate(rule.strata):
        yield from ((f"rule.strata.{number}.when.{i}", condition) for i, condition in enumerate(stratum.when))


def _check_condition(path: str, condition: Condition) -> None:
    field, op, value = condition.field, condition.op, condition.value
    if field == METADATA or len(field) > CONDITION_FIELD.size:
        problem = f"names no key, or has more than {CONDITION_FIELD.size} characters"
        raise InvalidInput(f"{path}.field", problem, "Write metadata.KEY")
    if op == "exists":
        if value is not None and not isinstance(value, bool):
            raise InvalidInput(f"{path}.value", "must be true or false with `exists`", "Leave it out for true")
        return
    if op in ("in", "not_in"):
        if not isinstance(value, list):
            remedy = "Write [a, b], or use `eq` for one value"
            raise InvalidInput(f"{path}.value", f"must be a list with `{op}`", remedy)
        _check_list(path, condition, value)
    elif isinstance(value, list) and op in ("eq", "ne") and field not in (*TEXT_FIELDS, *NUMBER_FIELDS):
        _check_list(path, condition, value)
    else:
        _check_value(path, condition, value)


def _check_list(path: str, condition: Condition, values: list[Any]) -> None:
    if not 1 <= len(values) <= CONDITION_VALUES.size:
        problem = f"has {len(values)} values, and 1 to {CONDITION_VALUES.size} are possible"
        raise InvalidInput(f"{path}.value", problem, "Change the list")
    for value in values:
        _check_value(path, condition, value)


def _check_value(path: str, condition: Condition, value: object) -> None:
    field, op, place = condition.field, condition.op, f"{path}.value"
    if value is None:
        raise InvalidInput(place, "is missing or null", "To ask whether a trace has a field, use `exists`")
    if not is_plain(value):
        problem = "must be a text, a finite number, true or false"
        raise InvalidInput(place, problem, "Quote dates, and use `in` for several values")
    if isinstance(value, str) and len(value) > CONDITION_VALUE.size:
        raise InvalidInput(place, f"is longer than {CONDITION_VALUE.size} characters", "Shorten it")
    if isinstance(value, int) and abs(value) >= 10**DIGITS.size:
        raise InvalidInput(place, f"has more than {DIGITS.size} digits", "Write it as a text")
    if op in _ORDERS:
        _check_order(path, condition)
    elif op == "contains" and field in NUMBER_FIELDS:
        problem = f"`contains` looks into texts and lists, and {field} is a number"
        raise InvalidInput(f"{path}.op", problem, "Use `eq` or an order")
    elif op == "contains" and not text_of(value):
        raise InvalidInput(place, "must be a text that is not empty with `contains`", "For true and false use `eq`")
    elif field == "status" and op != "contains" and value not in _STATUSES:
        raise InvalidInput(place, f"{value!r} is no status of a trace", f"Use one of {', '.join(_STATUSES)}")
    elif field in NUMBER_FIELDS and number_of(value) is None:
        raise InvalidInput(place, f"must be a number, as {field} is", "Write it without quotes")


def _check_order(path: str, condition: Condition) -> None:
    field, op = condition.field, condition.op
    kind = "list" if field in LIST_FIELDS else "text" if field in TEXT_FIELDS else ""
    if kind and field not in _NUMBERED_TEXTS:
        problem = f"`{op}` compares numbers, and {field} is a {kind}"
        raise InvalidInput(f"{path}.op", problem, "Use `in`")
    if number_of(condition.value) is None:
        raise InvalidInput(f"{path}.value", f"must be a number with `{op}`", "Texts have no order here: use `in`")
