"""Turns: equal shares for those who always wait, a turn within a round for everybody, no credit for absence."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from evaluator.core import turns as module
from evaluator.core.turns import Turns

costs = st.floats(0.0, 100.0)
others = st.sets(st.sampled_from(["b", "c", "x", "y"]))


@given(st.lists(st.tuples(others, costs), max_size=200))
def test_two_that_always_wait_use_the_same_within_one_turn(pattern: list[tuple[set[str], float]]) -> None:
    turns, used, dearest = Turns(), {"a": 0.0, "z": 0.0}, 0.0
    for coming, cost in pattern:
        first = turns.order({"a", "z"} | coming)[0]
        turns.charge(first, cost)
        dearest = max(dearest, cost)
        if first in used:
            used[first] += cost
        assert abs(used["a"] - used["z"]) <= dearest + 1e-6


@given(st.lists(st.tuples(st.sampled_from("abcd"), costs), max_size=100), st.integers(1, 6))
def test_who_comes_with_one_item_is_served_within_a_round(past: list[tuple[str, float]], busy: int) -> None:
    turns = Turns()
    for project, cost in past:
        turns.order({project})
        turns.charge(project, cost)
    pressing = {f"busy-{i}" for i in range(busy)}
    served = []
    for _ in range(busy + 1):
        served.append(turns.order(pressing | {"new"})[0])
        turns.charge(served[-1], 1.0)
    assert "new" in served


def test_absence_earns_no_credit_and_ends_no_debt() -> None:
    turns = Turns()
    for _ in range(100):
        turns.order({"a"})
        turns.charge("a", 1.0)
    served = []
    for _ in range(10):
        served.append(turns.order({"a", "b"})[0])
        turns.charge(served[-1], 1.0)
    assert 5 <= served.count("b") <= 6
    turns.charge("b", 50.0)
    turns.order({"a"})
    assert turns.order({"a", "b"}) == ["a", "b"]


def test_turns_that_cost_nothing_still_go_round() -> None:
    turns, served = Turns(), []
    for _ in range(6):
        served.append(turns.order({"a", "b", "c"})[0])
        turns.charge(served[-1], 0.0)
    assert served == ["a", "b", "c"] * 2


def test_a_turn_counts_while_it_is_served() -> None:
    now = 0.0
    turns = Turns(lambda: now)
    with turns.serving("a"):
        assert turns.order({"a", "b"}) == ["b", "a"], "who is served already is not the next, whatever the name"
        turns.charge("b", 5.0)
        now = 3.0
        assert turns.order({"a", "b"}) == ["a", "b"]
        now = 7.0
        assert turns.order({"a", "b"}) == ["b", "a"]
    assert turns.order({"a", "b"}) == ["b", "a"], "and is charged once"
    turns.charge("b", 2.5)
    assert turns.order({"a", "b"}) == ["a", "b"]


def test_memory_is_bounded_and_those_who_used_most_are_remembered() -> None:
    turns = Turns()
    turns.order({"quiet"})
    turns.charge("glutton", 1e6)
    for i in range(3 * module.MAX_KEPT):
        turns.charge(f"p{i}", 1.0)
        turns.order({"quiet", f"p{i}"})
    assert len(turns._used) <= module.MAX_KEPT + 1
    assert turns.order({"glutton", "p0"})[-1] == "glutton"
