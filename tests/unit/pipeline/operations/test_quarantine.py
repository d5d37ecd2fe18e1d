"""Pages and replays of what was set aside cost what they show or change, however much there is."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import event

from evaluator.core.errors import NotFound
from evaluator.core.ports import NoHints
from evaluator.core.quarantine import Kind, Step
from evaluator.core.retry import RETRY
from evaluator.pipeline.operations.quarantine import read_quarantine, replay
from evaluator.store.store import Store
from tests.support.house import PROJECT, House

COUNT = 700
"""More than one page, and more than one chunk, of what is named in a statement."""


@pytest.fixture
def house(store: Store) -> House:
    found = House(store)
    with store.write() as unit:
        for project, count in ((PROJECT, COUNT), ("other", 1)):
            for number in range(count):
                unit.of(project).quarantine.put(
                    Step.SETTLE, Kind.TRACE, f"t{number}", "boom", found.clock.now(), RETRY
                )
    return found


@contextmanager
def statements(store: Store) -> Iterator[list[str]]:
    """What is asked of the table until the block ends."""
    found: list[str] = []

    def note(*args: object) -> None:
        found.extend(text for text in [str(args[2])] if "quarantine" in text.partition("RETURNING")[0])

    for engine in (store._reader, store._writer):
        event.listen(engine, "before_cursor_execute", note)
    yield found
    for engine in (store._reader, store._writer):
        event.remove(engine, "before_cursor_execute", note)


def test_pages_meet_everything_once(house: House) -> None:
    seen: list[str] = []
    after = None
    with house.store.read() as unit:
        while items := read_quarantine(unit, PROJECT, 300, after).items:
            seen += [one.subject for one in items]
            after = items[-1].id
        with statements(house.store) as asked:
            read_quarantine(unit, PROJECT, 300, after)
    assert sorted(seen) == sorted(f"t{n}" for n in range(COUNT))
    assert len(asked) == 2


def test_a_replay_of_all_is_one_statement(house: House) -> None:
    with statements(house.store) as asked:
        assert replay(house.store, PROJECT, None, house.clock, NoHints()) == COUNT
    assert len([text for text in asked if text.startswith("UPDATE")]) == 1
    with house.store.read() as unit:
        assert {one.attempts for one in unit.of(PROJECT).quarantine.list(COUNT)} == {0}
        assert [one.attempts for one in unit.of("other").quarantine.list(COUNT)] == [1]


def test_a_replay_of_some_reads_those_alone(house: House) -> None:
    with house.store.read() as unit:
        items = unit.of(PROJECT).quarantine.list(COUNT)
    with statements(house.store) as asked:
        assert replay(house.store, PROJECT, [items[3].id], house.clock, NoHints()) == 1
    assert len(asked) == 2
    assert replay(house.store, PROJECT, [one.id for one in items[1:]], house.clock, NoHints()) == COUNT - 1
    with house.store.read() as unit:
        assert [one.id for one in unit.of(PROJECT).quarantine.list(COUNT) if one.attempts] == [items[0].id]
    with pytest.raises(NotFound):
        replay(house.store, PROJECT, [items[0].id, "0123456789ab"], house.clock, NoHints())
    with house.store.read() as unit:
        assert unit.of(PROJECT).quarantine.named([items[0].id])[items[0].id].attempts == 1
