"""However much arrived for a trace, it is read within bounds, and settles."""

from __future__ import annotations

import dataclasses
from datetime import timedelta

import pytest

from evaluator.core.bounds import PART_BYTES, PARTS
from evaluator.core.trace import BEYOND, Part
from evaluator.ingest.assembly.trim import NOTES_KEY
from evaluator.pipeline.stages.ingest import store_parts
from evaluator.store.repositories.traces import parts as module
from evaluator.store.repositories.traces.parts import Arrived
from evaluator.store.store import Store
from tests.support.house import NOW, PROJECT, QUIET, House, trace

DAY = NOW.date()


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PARTS", dataclasses.replace(PARTS, most=10))
    monkeypatch.setattr(module, "PART_BYTES", dataclasses.replace(PART_BYTES, most=100_000))
    monkeypatch.setattr(module, "_PAGE", 3)


def spans(trace_id: str, count: int, size: int = 10) -> list[Part]:
    """Spans that begin one after the other, named so that their order by name is another."""
    out = []
    for n in range(count):
        start = NOW - timedelta(minutes=10) + timedelta(seconds=n)
        body = {"span_id": f"{count - n:04}", "name": "s", "attributes": {"input.value": "x" * size}}
        named = {"project": PROJECT, "trace_id": trace_id, "part_id": f"{count - n:04}", "source": "otlp"}
        out.append(Part(**named, start=start, end=start, body=body, complete=True))
    return out


def arrived(store: Store, *ids: str) -> dict[str, Arrived]:
    with store.read() as unit:
        return {found.trace_id: found for found in unit.of(PROJECT).parts.arrived(dict.fromkeys(ids, DAY))}


@pytest.mark.parametrize("page", [1, 3, 9, 10, 25, 400])
def test_the_first_parts_of_a_crowded_trace(store: Store, page: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_PAGE", page)
    house = House(store)
    store_parts(store, [*spans("few", 9), *spans("many", 40), *spans("just", 10)], house.clock, QUIET)
    found = arrived(store, "few", "many", "just", "none")
    assert list(found) == ["few", "just", "many", "none"]
    assert found["none"].parts == []
    assert [part.part_id for part in found["few"].parts] == [f"{9 - n:04}" for n in range(9)]
    assert [part.source for part in found["just"].parts] == ["otlp"] * 10
    assert [part.part_id for part in found["many"].parts[:10]] == [f"{40 - n:04}" for n in range(10)]
    assert [part.source for part in found["many"].parts] == ["otlp"] * 10 + [BEYOND]
    with store.read() as unit:
        assert len(list(unit.of(PROJECT).parts.every("many"))) == 40
        assert not list(unit.of(PROJECT).parts.every("none"))


def test_no_more_is_unpacked_than_there_is_room_for(store: Store) -> None:
    house = House(store)
    huge = spans("huge", 1, 300_000)  # what came as one is read as one
    store_parts(store, [*spans("large", 5, 30_000), *huge, *spans("after", 2)], house.clock, QUIET)
    found = arrived(store, "large", "huge", "after")
    assert [part.source for part in found["large"].parts] == ["otlp"] * 3 + [BEYOND]
    assert found["large"].size < 100_000
    assert found["large"].parts[-1].body == {}
    assert [part.source for part in found["huge"].parts] == ["otlp"]
    assert len(found["after"].parts) == 2


def test_a_crowded_trace_settles_and_says_so(store: Store) -> None:
    house = House(store)
    house.rule()
    store_parts(store, spans("many", 40), house.clock, QUIET)
    house.feed(trace(1, id="well"))
    house.clock.turn(2 * QUIET.total_seconds())
    house.run()
    with store.read() as unit:
        row, well = (unit.of(PROJECT).views.trace(name) for name in ("many", "well"))
    assert row is not None
    assert well is not None
    assert (row["state"], row["problem"], well["state"]) == ("planned", "", "planned")
    assert row["facts"][NOTES_KEY][0].startswith("spans are more than")
