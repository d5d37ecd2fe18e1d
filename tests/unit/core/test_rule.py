"""Rules: what a condition says of a trace, which stratum decides, and what is left of a rate when it is thinned."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from evaluator.core.rule import FIELDS, REST, Condition, Rule, Stratum, Thinning

FACTS: dict[str, Any] = {
    "model": "m-1",
    "latency_ms": 250,
    "tags": ("shop", "beta"),
    "feedback": -1.0,
    "metadata.tier": "gold",
}


@pytest.mark.parametrize(
    ("field", "op", "value", "passes"),
    [
        ("model", "eq", "m-1", True),
        ("model", "eq", "m-2", False),
        ("model", "ne", "m-2", True),
        ("model", "in", ["m-1", "m-3"], True),
        ("model", "not_in", ["m-1"], False),
        ("metadata.tier", "eq", "gold", True),
        ("latency_ms", "gt", 250, False),
        ("latency_ms", "ge", 250, True),
        ("latency_ms", "lt", 251, True),
        ("latency_ms", "le", 249, False),
        ("feedback", "lt", 0, True),
        ("tags", "contains", "beta", True),
        ("tags", "contains", "bet", False),
        ("model", "contains", "-1", True),
        ("model", "gt", "a", False),
        ("latency_ms", "gt", "a", False),
        ("model", "exists", True, True),
        ("model", "exists", False, False),
    ],
)
def test_a_condition_on_a_field_that_is_there(field: str, op: Any, value: Any, passes: bool) -> None:
    assert Condition(field=field, op=op, value=value).matches(FACTS) is passes


@pytest.mark.parametrize("op", ["eq", "ne", "in", "not_in", "lt", "le", "gt", "ge", "contains"])
def test_a_field_that_is_missing_passes_only_what_denies(op: Any) -> None:
    value = ["x"] if op in ("in", "not_in") else "x"
    assert Condition(field="session", op=op, value=value).matches(FACTS) is (op in ("ne", "not_in"))


def test_a_field_that_is_missing_exists_where_that_is_denied() -> None:
    assert Condition(field="session", op="exists", value=False).matches(FACTS)
    assert not Condition(field="session", op="exists").matches(FACTS)


def test_an_unknown_field_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(ValidationError, match=f"use one of {', '.join(FIELDS)}, or metadata.KEY"):
        Condition(field="modle")


def test_any_condition_or_all_of_them() -> None:
    when = (Condition(field="model", value="m-1"), Condition(field="feedback", op="gt", value=0))
    assert not Stratum(name="s", when=when, rate=1.0).matches(FACTS)
    assert Stratum(name="s", when=when, rate=1.0, any=True).matches(FACTS)


def rule(**fields: Any) -> Rule:
    strata = [
        {"name": "gold", "when": [{"field": "metadata.tier", "value": "gold"}], "rate": 1.0},
        {"name": "slow", "when": [{"field": "latency_ms", "op": "gt", "value": 200}], "rate": 0.5},
    ]
    return Rule.model_validate({"name": "r", "evaluator": "any", "rate": 0.1, "strata": strata} | fields)


def test_the_first_stratum_that_matches_decides() -> None:
    assert rule().stratum(FACTS) == ("gold", 1.0)
    assert rule().stratum({"latency_ms": 250}) == ("slow", 0.5)
    assert rule().stratum({}) == (REST, 0.1)


def test_strata_that_are_taken_whole_are_protected_the_rest_never() -> None:
    thinning = Thinning(rest=0.2, protected=0.9)
    assert rule().thinned(FACTS, thinning) == ("gold", 0.9)
    assert rule().thinned({"latency_ms": 250}, thinning) == ("slow", pytest.approx(0.1))
    assert rule(rate=1.0).thinned({}, thinning) == (REST, 0.2)
    assert thinning.and_also(Thinning(rest=0.5, protected=0.3)) == Thinning(rest=0.2, protected=0.3)


def test_strata_have_names_of_their_own() -> None:
    twice = {"name": "gold", "when": [{"field": "model", "value": "m"}], "rate": 1.0}
    for strata in ([twice, twice], [twice | {"name": REST}]):
        with pytest.raises(ValidationError, match="stratum names must differ"):
            rule(strata=strata)


def test_a_version_names_the_content_and_a_rule_without_a_budget_is_named_as_ever() -> None:
    assert Rule.model_validate({"name": "r", "evaluator": "any"}).version == "f4ce84bf7fb7"
    others = (rule(rate=0.2), rule(salt="s"), rule(budget={"usd_per_day": 1}))
    assert len({rule().version, *(r.version for r in others)}) == 4
