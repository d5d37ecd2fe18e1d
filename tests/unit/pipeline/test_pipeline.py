"""Traces in, rates out, on both databases: what must hold whatever arrives, and in whatever order."""

from __future__ import annotations

from typing import Any

import pytest

from evaluator.pipeline.series.read import Series, SeriesQuery, read_series
from evaluator.store.repositories.traces.lists import TraceFilter
from evaluator.store.store import Store
from tests.support.house import PROJECT, House, trace


@pytest.fixture
def house(store: Store) -> House:
    return House(store)


def series(house: House, **query: Any) -> Series:
    with house.store.read() as unit:
        (found,) = read_series(unit, PROJECT, SeriesQuery(**query))
    return found


def test_traces_in_rates_out(house: House) -> None:
    house.rule()
    house.feed(*(trace(i, "A LOUD ANSWER" if i % 4 == 0 else "a calm one") for i in range(20)))
    house.run()
    found = series(house)
    counts = found.total.counts
    assert (counts.settled, counts.selected, counts.scored) == (20, 20, 20)
    assert found.total.estimate == pytest.approx(5 / 20)
    assert found.total.low < 5 / 20 < found.total.high


def test_running_everything_again_changes_nothing(house: House) -> None:
    house.rule()
    items = [trace(i, "LOUD" if i % 3 == 0 else "calm") for i in range(9)]
    house.feed(*items)
    house.run()
    before = series(house).total
    house.feed(*items)
    house.run()
    assert series(house).total == before
    assert sum(house.evaluator.batches) == 9, "what did not change must not be scored again"


def test_projects_do_not_see_each_other(house: House) -> None:
    house.rule()
    house.feed(trace(1), project="another")
    house.feed(trace(2))
    house.run()
    with house.store.read() as unit:
        assert [t["id"] for t in unit.of(PROJECT).views.traces(TraceFilter())] == ["t2"]
        assert [t["id"] for t in unit.of("another").views.traces(TraceFilter())] == ["t1"]
        assert unit.of("another").views.trace("t2") is None
        assert read_series(unit, "another", SeriesQuery()) == []


def test_lists_search_filter_and_sort(house: House) -> None:
    rule = house.rule()
    house.feed(
        trace(1, "calm 100% sure_thing", model="a"), trace(2, "MIXED calm", model="a"), trace(3, "LOUD", model="b")
    )
    house.run()

    def ids(**fields: Any) -> list[str]:
        with house.store.read() as unit:
            found = unit.of(PROJECT).views.traces(TraceFilter(fingerprint=rule.rule.fingerprint, **fields))
        return [t["id"] for t in found]

    assert ids() == ["t1", "t2", "t3"]
    assert ids(worst=True) == ["t3", "t2", "t1"]
    assert ids(text="100%") == ["t1"]
    assert ids(text="sure_t") == ["t1"]
    assert ids(text="e_t") == ["t1"], "a search text holds no wildcards"
    assert ids(text="t2") == ["t2"], "an id is found, too"
    assert ids(exact={"model": "b"}) == ["t3"]
    assert (ids(label="calm"), ids(label="loud")) == (["t1"], ["t2", "t3"])
    assert ids(limit=1, offset=1) == ["t2"]
