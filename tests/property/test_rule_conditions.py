"""Whatever a sender states and whatever a rule asks, asking it never raises: one trace stops no planning."""

from __future__ import annotations

from typing import Any, get_args

from hypothesis import given
from hypothesis import strategies as st

from evaluator.core.rule import Condition, Operator

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3) | st.just(10**400),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=2), inner, max_size=2),
    max_leaves=4,
)
OPERATORS = st.sampled_from(get_args(Operator))


@given(OPERATORS, VALUES, VALUES)
def test_any_condition_on_any_value_holds_or_does_not(operator: Any, value: Any, other: Any) -> None:
    condition = Condition(field="metadata.k", op=operator, value=other)
    assert condition.matches({"metadata.k": value}) in (True, False)


def test_what_an_operator_can_not_be_asked_of_does_not_match() -> None:
    def holds(op: Any, other: Any, value: Any) -> bool:
        return Condition(field="metadata.k", op=op, value=other).matches({"metadata.k": value})

    assert not holds("lt", 5, [1])
    assert not holds("lt", [1], 5)
    assert not holds("in", 5, 1)
    assert holds("not_in", 5, 1)
    assert not holds("in", "abc", 5)
    assert not holds("contains", "a", 5)
    assert holds("lt", 5, 1)
    assert holds("in", ["a", "b"], "a")
    assert holds("contains", "a", ["a"])
