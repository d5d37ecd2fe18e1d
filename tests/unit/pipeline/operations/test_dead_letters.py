"""Dead letters: what is told of them, and what a replay does to the failure in their place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from evaluator.core.errors import NotFound
from evaluator.core.outcome import Outcome
from evaluator.core.ports import NoHints
from evaluator.core.retry import MAX_ATTEMPTS
from evaluator.core.trace import Sample
from evaluator.pipeline.operations.dead_letters import DeadLetter, read_dead_letter, read_dead_letters
from evaluator.pipeline.operations.dead_letters import replay as give_another_life
from evaluator.pipeline.series.read import SeriesQuery, read_series
from evaluator.store.store import Store
from tests.support.house import PROJECT, House, ShoutEvaluator, trace


@pytest.fixture
def house(store: Store) -> House:
    house = House(store)
    house.rule()
    house.feed(trace(1, "this goes boom"), trace(2, "A BOOM that boom makes"), trace(3))
    house.control()
    for _ in range(MAX_ATTEMPTS):
        house.score()
        house.clock.turn(3600)
    house.control()
    return house


def letters(house: House, project: str = PROJECT) -> list[DeadLetter]:
    with house.store.read() as unit:
        return read_dead_letters(unit, project)


def counts(house: House) -> tuple[int, int, int]:
    with house.store.read() as unit:
        (found,) = read_series(unit, PROJECT, SeriesQuery())
    return found.total.counts.scored, found.total.counts.failed, found.total.counts.selected


def test_they_say_what_when_how_often_and_why(house: House) -> None:
    found = letters(house)
    assert [x.trace_id for x in sorted(found, key=lambda x: x.trace_id)] == ["t1", "t2"]
    (letter,) = [x for x in found if x.trace_id == "t1"]
    assert (letter.evaluator, letter.attempts, letter.failure) == ("shout", MAX_ATTEMPTS, "evaluator_error")
    assert letter.error == letter.message == "RuntimeError: boom"
    assert letter.failed_at is not None
    assert letter.failed_at > letter.queued_at
    with house.store.read() as unit:
        again, sample = read_dead_letter(unit, PROJECT, letter.id)
        assert again == letter
        assert sample is not None
        assert sample.answer == "this goes boom"
        assert len(read_dead_letters(unit, PROJECT, 1)) == 1
        assert read_dead_letters(unit, PROJECT, 9, after=max(x.id for x in found)) == []
        with pytest.raises(NotFound, match="list"):
            read_dead_letter(unit, "another", letter.id)
    assert letters(house, "another") == []


def test_a_replay_replaces_the_failure(house: House) -> None:
    assert counts(house) == (1, 2, 3)
    (first, second) = letters(house)
    with pytest.raises(NotFound):
        give_another_life(house.store, PROJECT, [first.id, 10**6], house.clock, NoHints())
    with pytest.raises(NotFound):
        give_another_life(house.store, "another", [first.id], house.clock, NoHints())
    assert len(letters(house)) == 2, "one wrong id and nothing is replayed"
    assert give_another_life(house.store, PROJECT, [first.id], house.clock, NoHints()) == 1
    assert counts(house) == (1, 2, 3), "the failure counts until there is something better"
    house.evaluator = Mended()
    house.run()
    assert counts(house) == (2, 1, 3)
    assert [x.id for x in letters(house)] == [second.id]
    assert give_another_life(house.store, PROJECT, None, house.clock, NoHints()) == 1
    house.run()
    assert counts(house) == (3, 0, 3)
    assert letters(house) == []


class Mended(ShoutEvaluator):
    """What a new release makes of the same answers."""

    def score(self, samples: Sequence[Sample]) -> list[Outcome]:
        return super().score([replace(s, answer=s.answer.replace("boom", "bang")) for s in samples])
