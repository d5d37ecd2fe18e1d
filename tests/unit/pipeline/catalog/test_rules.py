"""Rules and their versions."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import event

from evaluator.core.errors import InvalidInput
from evaluator.store.store import Store
from tests.support.house import PROJECT, House, change


@pytest.fixture
def house(store: Store) -> House:
    return House(store)


def test_rule_versions(house: House) -> None:
    first = house.rule(rate=0.5)
    second = house.rule(rate=1.0)
    third = house.rule(parameters={"note": "new"})
    assert first.series == second.series, "rates alone do not begin a new series"
    assert third.series != second.series, "another evaluator version does"
    with house.store.read() as unit:
        assert [r.version for r in unit.of(PROJECT).rules.active()] == [third.version]
        assert len(unit.of(PROJECT).rules.versions("shouting")) == 3
    assert house.rule(rate=0.5).version == first.version
    with house.store.read() as unit:
        assert [r.version for r in unit.of(PROJECT).rules.active()] == [first.version]


HURT = [
    ("UPDATE rule SET definition = :no WHERE name = 'shouting'", '{"name": 3}'),
    ("UPDATE evaluator_version SET spec = :no", "[]"),
    ("UPDATE evaluator_version SET fingerprint = :no", "gone"),
]


@pytest.mark.parametrize(("statement", "value"), HURT)
def test_pushing_a_rule_again_mends_it(house: House, statement: str, value: str) -> None:
    before = house.rule()
    change(house.store, statement, no=value)
    with house.store.read() as unit:
        assert unit.of(PROJECT).rules.active() == []
        ((name, series),) = [(rule.name, rule.series) for rule in unit.of(PROJECT).rules.broken()]
    assert (name, series) == ("shouting", before.series)
    assert house.rule().version == before.version
    with house.store.read() as unit:
        assert [rule.series for rule in unit.of(PROJECT).rules.active()] == [before.series]
        assert unit.of(PROJECT).rules.broken() == []


def test_a_rule_that_can_not_be_read_costs_the_others_nothing(house: House) -> None:
    for number in range(5):
        house.rule(name=f"rule{number}")
    change(house.store, "UPDATE rule SET definition = :no WHERE name = 'rule2'", no='{"name": 3}')
    asked: list[str] = []
    event.listen(house.store._reader, "before_cursor_execute", lambda *args: asked.append(args[2]))
    with house.store.read() as unit:
        assert len(unit.of(PROJECT).rules.active()) == 4
    assert len([statement for statement in asked if "rule" in statement]) == 1


def test_a_rule_that_is_no_json(sqlite_url: str) -> None:
    """PostgreSQL takes none."""
    store = Store(sqlite_url)
    house = House(store)
    for number in range(3):
        house.rule(name=f"rule{number}")
    change(store, "UPDATE rule SET definition = :no WHERE name = 'rule1'", no="{no")
    with store.read() as unit:
        assert [rule.rule.name for rule in unit.of(PROJECT).rules.active()] == ["rule0", "rule2"]
        assert [rule.name for rule in unit.of(PROJECT).rules.broken()] == ["rule1"]
    store.close()


@pytest.mark.parametrize(
    ("fields", "names"),
    [
        ({"evaluator": "nonsense"}, "rule.evaluator"),
        ({"rate": 0}, "rule.rate"),
        ({"rate": 1.5}, "rule.rate"),
        ({"name": "No Spaces"}, "rule.name"),
        ({"filter": [{"field": "colour", "value": "red"}]}, "unknown field"),
        ({"extra": 1}, "rule.extra"),
        ({"fingerprint": "abc"}, "rule.fingerprint"),
        ({"strata": [{"name": "rest", "when": [{"field": "model", "value": "a"}], "rate": 1}]}, "rule.strata"),
    ],
)
def test_wrong_rules_are_named(house: House, fields: dict[str, Any], names: str) -> None:
    with pytest.raises(InvalidInput, match=names.replace(".", r"\.")):
        house.rule(**fields)
