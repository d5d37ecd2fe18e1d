"""What the status counts."""

from __future__ import annotations

import pytest

from evaluator.core.retry import MAX_ATTEMPTS
from evaluator.pipeline.operations.status import Status, read_status
from evaluator.store.repositories.traces import views
from evaluator.store.store import Store
from tests.support.house import PROJECT, QUIET, House, trace


@pytest.fixture
def house(store: Store) -> House:
    return House(store)


def test_the_status_counts_what_the_rates_count(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    rule = house.rule()
    house.feed(
        *(trace(i * 20_000, "1234" if i == 2 else "boom" if i == 3 else "calm", model=f"m{i}") for i in range(6))
    )
    house.control()
    house.score()

    def status() -> Status:
        with house.store.read() as unit:
            return read_status(unit, PROJECT, house.clock.now())

    def counts() -> tuple[int, int, int]:
        (found,) = status().rules
        return found.scored, found.failed, found.skipped

    assert status().buckets_waiting > 0, "the scores are not in the rates yet"
    for _ in range(MAX_ATTEMPTS + 1):
        house.score()
        house.clock.turn(600)
    house.control()
    assert (counts(), status().buckets_waiting, status().waiting) == ((4, 1, 1), 0, 0)
    house.feed(trace(0, "a new answer", model="m0"))
    house.clock.turn(QUIET.total_seconds() + 1)
    house.run()
    assert counts() == (4, 1, 1), "what it replaces counts no more"
    with house.store.read() as unit:
        scored = unit.of(PROJECT).outcomes.counts()
        assert counts() == tuple(scored[rule.rule.fingerprint, r] for r in (None, "evaluator_error", "no_answer"))
        monkeypatch.setattr(views, "NEWEST", 1)
        assert unit.of(PROJECT).views.values("model") == [f"m{i}" for i in range(6)], (
            "in the rates, if not the newest"
        )
