"""An answer of a trace becomes an item of a golden set."""

from __future__ import annotations

from typing import Any

import pytest

from evaluator.core.errors import InvalidInput, NotFound
from evaluator.core.evaluator import GoldenItem
from evaluator.pipeline.catalog.golden_sets import Chosen, add_golden_item, push_golden
from evaluator.store.repositories.catalog.golden_sets import GoldenSet
from evaluator.store.store import Store
from tests.support.house import PROJECT, House, trace


@pytest.fixture
def house(store: Store) -> House:
    found = House(store)
    found.rule()
    found.feed(
        trace(1, "one", context=["first passage", "second passage"]),
        trace(2, "two", context=[]),
        trace(3, "another", question="question 1?"),
        trace(4, "no question", question=""),
    )
    found.clock.turn(31)
    found.run()
    return found


def add(house: House, name: str = "faq", **chosen: Any) -> GoldenSet:
    house.clock.turn(1)
    return add_golden_item(house.store, PROJECT, name, Chosen(**chosen), house.clock, actor="key_1")


def items(house: House, name: str = "faq") -> list[GoldenItem]:
    with house.store.read() as unit:
        newest = unit.of(PROJECT).golden_sets.versions(name)[0]
        return unit.of(PROJECT).golden_sets.items(name, newest.version)


def test_an_answer_begins_a_set_and_another_makes_a_version(house: House) -> None:
    first = add(house, trace="t1")
    assert items(house) == [
        GoldenItem(
            id="t1", prompt="question 1?", responses=("one",), context="first passage\n\nsecond passage"
        )
    ]  # fmt: skip
    second = add(house, trace="t2", answer="two, corrected by hand")
    assert (first.size, second.size) == (1, 2)
    assert items(house)[1] == GoldenItem(id="t2", prompt="question 2?", responses=("two, corrected by hand",))
    assert add(house, trace="t2", answer="two, corrected by hand").version == second.version
    with house.store.read() as unit:
        versions = [found.version for found in unit.of(PROJECT).golden_sets.versions("faq")]
        audit = [e for e in unit.of(PROJECT).audit.events(50) if e.action == "golden_set.add"]
    assert versions == [second.version, first.version], "what is there already makes no version"
    assert [(e.subject, e.details["before"], e.details["after"], e.actor) for e in audit] == [
        ("faq", first.version, second.version, "key_1"), ("faq", None, first.version, "key_1"),
    ]  # fmt: skip


def test_a_prompt_that_is_there_is_given_one_more_response(house: House) -> None:
    given = [
        GoldenItem(id="a", prompt="other?", responses=("x",), tags=("kept",)),
        GoldenItem(id="t1", prompt="question 1?", responses=("yes",), context="kept"),
    ]
    push_golden(house.store, PROJECT, "faq", given, house.clock, title="A title")
    stored = add(house, trace="t3")
    assert stored.title == "A title"
    assert items(house) == [given[0], given[1].model_copy(update={"responses": ("yes", "another")})]
    add(house, trace="t2")
    push_golden(house.store, PROJECT, "ids", [GoldenItem(id="t2", prompt="x", responses=("y",))], house.clock)
    add(house, "ids", trace="t2")
    assert [item.id for item in items(house, "ids")] == ["t2", "t2-2"]


@pytest.mark.parametrize(
    ("name", "chosen", "field"),
    [
        ("Not a name", {"trace": "t1"}, "name"),
        ("faq", {"trace": "t1", "target": "none"}, "target_id"),
        ("faq", {"trace": "t1", "answer": " \n"}, "answer"),
        ("faq", {"trace": "t4"}, "trace_id"),
    ],
)
def test_what_can_be_no_item_names_the_field(house: House, name: str, chosen: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInput) as error:
        add(house, name, **chosen)
    assert error.value.field == field
    assert error.value.remedy
    with house.store.read() as unit:
        assert unit.of(PROJECT).golden_sets.versions() == []


def test_a_trace_that_there_is_not(house: House) -> None:
    with pytest.raises(NotFound, match="trace with an answer 'none' not found"):
        add(house, trace="none")


def test_an_item_has_no_more_than_a_hundred_responses(house: House) -> None:
    full = GoldenItem(id="t1", prompt="question 1?", responses=tuple(map(str, range(100))))
    push_golden(house.store, PROJECT, "faq", [full], house.clock)
    with pytest.raises(InvalidInput, match="answer: makes no golden item"):
        add(house, trace="t1")
