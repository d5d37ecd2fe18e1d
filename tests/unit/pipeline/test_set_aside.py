"""How far a failure reaches, how long what is set aside stays so, and what is known of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from evaluator.core.errors import DatabaseAway, TimedOut
from evaluator.core.quarantine import Kind, Step
from evaluator.pipeline.isolation import apart, one_by_one
from evaluator.pipeline.stages import aggregate
from evaluator.pipeline.stages.aggregate import aggregate_dirty
from evaluator.store.store import Store
from tests.support.house import PROJECT, House, set_aside, trace

COUNT = 6


@pytest.fixture
def house(store: Store) -> House:
    """One project with a rule, and traces that have gone quiet."""
    house = House(store)
    house.rule()
    house.feed(*(trace(i) for i in range(COUNT)))
    house.clock.turn(60)
    return house


def test_what_times_out_is_halved_and_who_finds_the_database_away_is_not() -> None:
    asked: list[Sequence[int]] = []
    guilty: list[int] = []

    def work(error: Exception) -> Callable[[Sequence[int]], int]:
        def found(items: Sequence[int]) -> int:
            asked.append(items)
            if 3 in items:
                raise error
            return len(items)

        return found

    assert apart([1, 2, 3, 4], work(TimedOut("too long", 2.0)), lambda item, _: guilty.append(item)) == 4
    assert (guilty, len(asked)) == ([3], 5)
    with pytest.raises(DatabaseAway):
        apart([1, 2, 3, 4], work(DatabaseAway("away", 2.0)), lambda item, _: guilty.append(item))
    assert (guilty, len(asked)) == ([3], 6)


def test_one_after_the_other_goes_on_unless_the_database_is_away_for_all() -> None:
    guilty: list[str] = []

    def work(item: str) -> int:
        if item == "away":
            raise DatabaseAway("away", 2.0)
        if item == "slow":
            raise TimedOut("too long", 2.0)
        return 1

    assert one_by_one(["away", "slow", "well"], work, lambda item, _: guilty.append(item)) == 1
    assert guilty == ["slow"]
    with pytest.raises(DatabaseAway):
        one_by_one(["away", "away"], work, lambda item, _: guilty.append(item))


@pytest.mark.parametrize(("error", "kind"), [(DatabaseAway, None), (TimedOut, Kind.MINUTE)])
def test_a_series_that_never_comes_through_keeps_no_other_waiting(
    house: House, monkeypatch: pytest.MonkeyPatch, error: type[DatabaseAway], kind: Kind | None
) -> None:
    poor = house.rule(name="poor")
    house.run()
    plain = aggregate._made_anew

    def made_anew(mine: Any, rule: Any, minutes: Any) -> Any:
        if rule.series == poor.series:
            raise error("takes too long", 2.0)
        return plain(mine, rule, minutes)

    with house.store.write() as unit:
        unit.of(PROJECT).marks.traces([f"t{i}" for i in range(COUNT)], house.clock.now())
    monkeypatch.setattr(aggregate, "_made_anew", made_anew)
    assert aggregate_dirty(house.store, house.clock) >= COUNT
    with house.store.read() as unit:
        assert unit.of(PROJECT).marks.series() == ([] if kind else [poor.series])
    assert {(s, k) for s, k, _ in set_aside(house)} == ({(Step.AGGREGATE, kind)} if kind else set())
