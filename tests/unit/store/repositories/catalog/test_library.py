"""Golden sets and rubrics: immutable versions, each project its own."""

from __future__ import annotations

from datetime import timedelta

import pytest

from evaluator import shipped
from evaluator.core.errors import NotFound
from evaluator.core.evaluator import GoldenItem, golden_version
from evaluator.store.golden import StoredGolden
from evaluator.store.store import Store
from tests.support.house import NOW, PROJECT


def items(response: str = "two") -> list[GoldenItem]:
    return [GoldenItem(id="1", prompt="one and one?", responses=(response,))]


def push(store: Store, found: list[GoldenItem], minutes: int = 0) -> str:
    with store.write() as unit:
        return unit.of(PROJECT).golden_sets.push("sums", found, NOW + timedelta(minutes=minutes)).version


def test_a_version_is_named_by_its_items(store: Store) -> None:
    first, again, second = push(store, items()), push(store, items(), 1), push(store, items("2"), 2)
    assert first == again == golden_version(items())
    index = StoredGolden(store, PROJECT)
    assert index.version("sums") == second
    assert index.version("sums", first) == first
    assert [i.responses for i in index.items("sums", first)] == [("two",)]
    assert push(store, items(), 3) == first
    assert index.version("sums") == first, "what was pushed last is the newest"


def test_what_is_not_there_is_named(store: Store) -> None:
    push(store, items())
    with pytest.raises(NotFound, match="sums@beef"):
        StoredGolden(store, PROJECT).version("sums", "beef")
    with pytest.raises(NotFound, match="faithline golden push"):
        StoredGolden(store, "another").version("sums")


def test_every_shipped_set_and_rubric_can_be_stored(store: Store) -> None:
    with store.write() as unit:
        for name, found in shipped.golden_sets().items():
            assert unit.of(PROJECT).golden_sets.push(name, found, NOW).size >= 100
        for rubric in shipped.rubrics().values():
            assert unit.of(PROJECT).rubrics.push(rubric, NOW).version == rubric.version
    with store.read() as unit:
        stored = {r.definition.name: r.definition for r in unit.of(PROJECT).rubrics.versions()}
        assert stored == shipped.rubrics(), "what is stored is read as it was"
        assert unit.of("another").rubrics.versions() == []
