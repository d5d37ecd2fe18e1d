"""Rules and their versions."""

from __future__ import annotations

from typing import Any

import pytest

from evaluator.core.errors import InvalidInput
from evaluator.store.store import Store
from tests.support.house import PROJECT, House


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
