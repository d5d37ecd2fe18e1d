"""How the steps of a stage hang together."""

from __future__ import annotations

import pytest
from structlog.testing import capture_logs

from evaluator.core.errors import DatabaseAway
from evaluator.pipeline.stages import run
from evaluator.store.store import Store
from tests.support.house import PROJECT, House, trace


@pytest.mark.parametrize("step", ["adjust_rates", "release_due", "settle_due"])
def test_a_step_that_raises_keeps_those_after_it_from_nothing(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    store = Store(sqlite_url)
    house = House(store)
    house.rule()
    house.feed(trace(1))
    house.clock.turn(60)
    with monkeypatch.context() as kept:
        kept.setattr(run, "select_settled", lambda *_: 0)
        house.control()
    house.feed(trace(2))
    house.clock.turn(60)

    def fail(*_: object) -> int:
        raise DatabaseAway("busy", 2.0)

    monkeypatch.setattr(run, step, fail)
    with capture_logs() as said:
        house.control()
    with store.read() as unit:
        waiting = unit.of(PROJECT).traces.counts()
    assert waiting == {"open": int(step == "settle_due"), "settled": 0, "planned": 2 - int(step == "settle_due")}
    assert {line["event"] for line in said if line["log_level"] == "error"} == {"stage_failed"}
    store.close()
