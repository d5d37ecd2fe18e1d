"""Conditions meet values of whatever type: they match as a person would expect, or not at all."""

from __future__ import annotations

import operator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluator.core import values
from evaluator.core.bounds import LOOKED_AT
from evaluator.core.rule import Condition, Rule
from evaluator.core.values import number_of

NAN = float("nan")
EDGE = st.sampled_from([2**53 - 1, 2**53 + 1, 2.0**53, 2.0**70, 2**70, 0.1, "0.1", "0.10", -0.0, 10**400, "1e9"])
NUMBERS = st.one_of(EDGE, st.integers(-5, 5), st.integers(), st.floats(), st.floats(-3, 3).map(str))


def matches(op: str, wanted: Any, fact: Any, field: str = "metadata.x") -> bool:
    return Condition.model_validate({"field": field, "op": op, "value": wanted}).matches({field: fact})


@pytest.mark.parametrize(
    ("wanted", "fact", "equal"),
    [
        (3, 3.0, True), (3, "3", True), ("3", 3, True), (3.0, "3", True), ("3.0", 3, True), (0.1, "0.1", True),
        (3, "three", False), (3, " 3", False), (3, "٣", False), (3, "3_0", False), (0, "", False),
        (1e300, "1e300", True),
        (2**53 + 1, str(2**53), False), (2**53 + 1, str(2**53 + 1), True), (10**40, "9" * 400, False),
        ("1.0", "1", False), ("1.0", "1.0", True), ("A", "a", False),
        (True, "true", True), ("True", True, True), (False, "false", True), (True, 1, False), (1, True, False),
        (True, "yes", False), (0, False, False), (0, -0.0, True),
        ("a", ["a", "b"], True), (3, ["3"], True), ("c", ["a", "b"], False), ("a", [["a"]], False),
        ("a", {"a": 1}, False),
        (["a", "b"], ["a", "b"], True), (["a"], ["a", "b"], False), (["a"], "a", False),
        ("nan", NAN, False), (5, NAN, False), ("inf", float("inf"), False),
    ],
)  # fmt: skip
def test_what_is_equal(wanted: Any, fact: Any, equal: bool) -> None:
    assert matches("eq", wanted, fact) is equal
    assert matches("ne", wanted, fact) is not equal


@pytest.mark.parametrize(
    ("wanted", "fact", "member"),
    [
        (["gpt-4"], "gpt-4", True), (["gpt-4"], "gpt-4o", False), (["gpt-4o"], "gpt-4", False),
        (["a", 3], "3", True), (["a", 3], 3.0, True), (["a"], 5, False), ([5], {"a": 1}, False),
        (["a"], NAN, False),
        (["x"], ["w", "x"], True), (["x"], ["y"], False), (["x"], [], False), (["true"], True, True),
        ("gold,silver", "gold", False), ("gold", "gold", True), (5, 5, True), ({"a": 1}, "a", False),
        (None, "a", False),
    ],
)  # fmt: skip
def test_membership_is_never_a_part_of_a_text(wanted: Any, fact: Any, member: bool) -> None:
    """The last ones can no longer be pushed, but may have been."""
    assert matches("in", wanted, fact) is member
    assert matches("not_in", wanted, fact) is not member
    assert matches("in", wanted, fact, "tags") is member


@pytest.mark.parametrize(
    ("op", "wanted", "fact", "holds"),
    [
        ("lt", 5, 4, True), ("lt", 5, "4.5", True), ("lt", "5", 4, True), ("lt", 5, 5, False),
        ("le", 5, "5.0", True),
        ("gt", 5, 10**400, True), ("gt", 5, "10", True), ("ge", 5, True, False), ("gt", 0, True, False),
        ("lt", 5, [1], False), ("lt", 5, {"a": 1}, False), ("lt", 5, "soon", False), ("lt", 5, NAN, False),
        ("ge", 5, NAN, False), ("lt", None, 4, False), ("lt", [5], 4, False), ("lt", "b", "a", False),
        ("lt", True, 0, False),
    ],
)  # fmt: skip
def test_orders_compare_numbers_alone(op: str, wanted: Any, fact: Any, holds: bool) -> None:
    assert matches(op, wanted, fact) is holds


@pytest.mark.parametrize(
    ("wanted", "fact", "holds"),
    [
        ("old", "gold", True), ("gold", "old", False), (5, "v5", True), ("5", 5, False), ("a", {"a": 1}, False),
        ("a", ["a"], True), ("a", ["abc"], False), (5, ["5"], True), (None, "None", False),
        (True, "True", False),
        ("a", True, False), (NAN, "nan", False), (["a"], "['a']", False),
    ],
)  # fmt: skip
def test_contains_looks_into_texts_and_lists(wanted: Any, fact: Any, holds: bool) -> None:
    assert matches("contains", wanted, fact) is holds


@pytest.mark.parametrize("op", ["eq", "ne", "in", "not_in", "lt", "le", "gt", "ge", "exists", "contains"])
def test_a_field_that_is_missing(op: str) -> None:
    for facts in ({}, {"metadata.x": None}):
        condition = Condition.model_validate({"field": "metadata.x", "op": op, "value": 3})
        assert condition.matches(facts) is (op in ("ne", "not_in"))
    for wanted, holds in ((None, False), (True, False), (False, True)):
        assert matches("exists", wanted, None) is holds
        assert matches("exists", wanted, 0) is not holds


def test_many_values_and_a_long_list_take_no_product() -> None:
    condition = Condition(field="metadata.x", op="in", value=[f"v{i}" for i in range(1_000)])
    fact = [f"w{i}" for i in range(LOOKED_AT.size - 1)]
    assert not condition.matches({"metadata.x": fact})
    assert condition.matches({"metadata.x": [*fact, "v999"]})
    assert not condition.matches({"metadata.x": [*fact, "w", "v999"]})


def test_a_long_list_is_not_read_to_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[object] = []
    monkeypatch.setattr(values, "number_of", lambda value: seen.append(value) or number_of(value))
    condition = Condition(field="metadata.x", op="in", value=["a", 3])
    assert not condition.matches({"metadata.x": ["w"] * 100_000})
    assert len(seen) <= LOOKED_AT.size + 2
    seen.clear()
    assert not Condition(field="metadata.x", op="in", value=["a", "b"]).matches({"metadata.x": ["c"] * 100_000})
    assert len(seen) <= 2  # texts among texts are what they are


@given(st.sampled_from(["lt", "le", "gt", "ge"]), NUMBERS, NUMBERS)
def test_numbers_are_in_order_as_they_are_written(op: str, wanted: Any, fact: Any) -> None:
    left, right = number_of(fact), number_of(wanted)
    assert matches(op, wanted, fact) is (None not in (left, right) and getattr(operator, op)(left, right))


def test_a_condition_that_was_asked_is_still_itself() -> None:
    first, second = (Condition(field="tags", op="in", value=["a"]) for _ in range(2))
    assert first.matches({"tags": ["a"]})
    assert first == second
    assert first.model_dump() == second.model_dump()
    rule = Rule(name="r", evaluator="pii", filter=(first,))
    assert rule.version == Rule(name="r", evaluator="pii", filter=(second,)).version
