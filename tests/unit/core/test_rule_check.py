"""What can not do what it says is refused where it is pushed, with the field and the remedy."""

from __future__ import annotations

from typing import Any

import pytest

from evaluator.core.bounds import CONDITION_FIELD, CONDITION_VALUE, CONDITION_VALUES, CONDITIONS, RATE, RULE, STRATA
from evaluator.core.errors import InvalidInput
from evaluator.core.rule import Rule
from evaluator.core.rule_check import check_rule

LEAST = RATE.least or 0.0
SOME = {"field": "model", "value": "m"}


def rule(**fields: Any) -> Rule:
    return Rule.model_validate({"name": "r", "evaluator": "pii"} | fields)


@pytest.mark.parametrize(
    ("field", "op", "value", "path"),
    [
        ("metadata.tier", "in", "gold,silver", "value"), ("metadata.tier", "not_in", "gold", "value"),
        ("metadata.score", "in", 5, "value"), ("tags", "in", {"a": 1}, "value"),
        ("latency_ms", "in", "abc", "value"),
        ("model", "in", [], "value"), ("model", "in", [None], "value"), ("model", "in", [["a"]], "value"),
        ("model", "in", [float("nan")], "value"), ("cost", "in", ["cheap"], "value"),
        ("model", "in", None, "value"),
        ("latency_ms", "contains", "5", "op"), ("feedback", "contains", 5, "op"),
        ("model", "contains", None, "value"),
        ("model", "contains", "", "value"), ("metadata.x", "contains", ["a"], "value"),
        ("tags", "contains", True, "value"),
        ("tags", "lt", 5, "op"), ("model", "ge", 4, "op"), ("status", "gt", 1, "op"),
        ("cost", "lt", "cheap", "value"),
        ("metadata.x", "lt", [1], "value"), ("metadata.x", "lt", None, "value"),
        ("metadata.day", "ge", "2026-01-01", "value"),
        ("metadata.x", "lt", float("inf"), "value"), ("metadata.x", "lt", True, "value"),
        ("metadata.x", "eq", 10**50, "value"),
        ("metadata.x", "eq", None, "value"), ("metadata.x", "ne", {"a": 1}, "value"),
        ("model", "eq", ["a"], "value"),
        ("latency_ms", "eq", "slow", "value"), ("latency_ms", "ne", True, "value"),
        ("metadata.x", "eq", float("nan"), "value"),
        ("metadata.x", "eq", "a" * (CONDITION_VALUE.size + 1), "value"),
        ("metadata.x", "in", ["a"] * (CONDITION_VALUES.size + 1), "value"),
        ("metadata.x", "exists", "no", "value"), ("metadata.x", "exists", 0, "value"),
        ("status", "eq", "bad", "value"), ("status", "in", ["ok", "failed"], "value"), ("status", "ne", 500, "value"),
        ("metadata.", "eq", 1, "field"),
        ("metadata." + "k" * CONDITION_FIELD.size, "eq", 1, "field"),
    ],
)  # fmt: skip
def test_a_condition_that_can_not_hold_is_named(field: str, op: str, value: Any, path: str) -> None:
    condition = {"field": field, "op": op, "value": value}
    for fields, where in (
        ({"filter": [SOME, condition]}, "rule.filter.1"),
        ({"strata": [{"name": "s", "when": [condition], "rate": 1.0}]}, "rule.strata.0.when.0"),
    ):
        with pytest.raises(InvalidInput) as caught:
            check_rule(rule(**fields))
        assert caught.value.field == f"{where}.{path}"
        assert caught.value.remedy


@pytest.mark.parametrize(
    ("field", "op", "value"),
    [
        ("metadata.tier", "in", ["gold", 3, True]), ("tags", "in", ["a"]), ("tags", "eq", "a"),
        ("tags", "eq", ["a", "b"]),
        ("metadata.roles", "ne", ["a", 1]), ("tags", "contains", "a"), ("model", "contains", "gpt"),
        ("model", "in", ["gpt-4"]),
        ("metadata.x", "contains", 5), ("latency_ms", "lt", "5"), ("feedback", "lt", 0),
        ("prompt_version", "ge", 10),
        ("prompt_version", "eq", 3), ("metadata.x", "ge", 1.5), ("cost", "in", ["0.1", 2]),
        ("metadata.x", "exists", None),
        ("user", "exists", False), ("metadata.x", "eq", ""), ("metadata.x", "eq", False),
        ("session", "ne", "s"),
    ],
)  # fmt: skip
def test_what_can_hold_is_taken(field: str, op: str, value: Any) -> None:
    check_rule(rule(filter=[{"field": field, "op": op, "value": value}]))


@pytest.mark.parametrize(
    ("fields", "path"),
    [
        ({"rate": LEAST / 2}, "rule.rate"),
        ({"rate": 5e-324}, "rule.rate"),
        ({"strata": [{"name": "s", "when": [SOME], "rate": 1e-9}]}, "rule.strata.0.rate"),
        ({"filter": [SOME] * (CONDITIONS.size + 1)}, "rule"),
        ({"strata": [{"name": f"s{i}", "when": [SOME], "rate": 1} for i in range(STRATA.size + 1)]}, "rule.strata"),
        ({"description": "d" * RULE.size}, "rule"),
        ({"parameters": {"x": float("nan")}}, "rule.parameters"),
        ({"parameters": {"x": {1, 2}}}, "rule.parameters"),
        ({"filter": [{"field": "metadata.x", "value": "\ud800"}]}, "rule.parameters"),
    ],
)  # fmt: skip
def test_rates_and_numbers_have_bounds(fields: dict[str, Any], path: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        check_rule(rule(**fields))
    assert caught.value.field == path


def test_the_smallest_rate_and_the_largest_rule_are_taken() -> None:
    check_rule(rule(rate=LEAST, filter=[SOME] * CONDITIONS.size))


def test_parameters_too_deep_for_json_are_refused() -> None:
    deep: dict[str, Any] = {}
    for _ in range(5_000):
        deep = {"x": deep}
    made = rule().model_copy(update={"parameters": deep})
    with pytest.raises(InvalidInput, match="parameters"):
        check_rule(made)
