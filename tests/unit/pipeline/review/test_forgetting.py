"""What is kept of reviews when traces go, and what is not when their user does."""

from __future__ import annotations

import pytest

from evaluator.pipeline.retention.erase import erase_user
from evaluator.pipeline.retention.retain import maintain
from evaluator.pipeline.review.exchange import export_rows
from evaluator.pipeline.review.serve import next_task
from evaluator.pipeline.review.stand import stand_wave
from evaluator.pipeline.review.verdicts import give_verdict
from evaluator.store.store import Store
from evaluator.store.tables import AnchorRow, LabelRow, SampleRow, TaskRow, WaveDueRow, WaveRow, WaveUnitRow
from tests.support.databases import holding
from tests.support.house import PROJECT, House, trace
from tests.support.people import ADA
from tests.support.reviewed import draw, judged, request, rows

SECRET = "xylophone"


@pytest.fixture
def house(store: Store) -> House:
    """Samples of two users that were drawn, and half of them judged."""
    house = judged(House(store), 10, user="bob")
    stand_wave(store, PROJECT, request(per_day=20_000), house.clock)
    house.clock.turn(60)
    at = house.clock.now().isoformat()
    house.feed(*(trace(100 + n, f"{SECRET} {n}", user=ADA, start_time=at) for n in range(6)))
    house.clock.turn(31)
    house.run()
    draw(house, size=1000)
    for _ in range(8):
        task = next_task(store, PROJECT, "eve", house.clock)
        assert task is not None
        give_verdict(store, PROJECT, "eve", task.task, house.clock, level="calm", comment=task.answer)
    house.feed(*(trace(200 + n, f"{SECRET} {n}", user=ADA, start_time=at) for n in range(2)))
    house.clock.turn(31)
    house.control()
    house.score()  # noted for the standing wave, not decided on
    return house


def test_nothing_of_an_erased_user_is_left(house: House) -> None:
    tables = (TaskRow, LabelRow, AnchorRow, WaveUnitRow, WaveDueRow)
    before = {model: rows(house, model) for model in tables}
    hers = {model: [r for r in found if r["trace_id"] >= "t100" and len(r["trace_id"]) == 4]
            for model, found in before.items()}  # fmt: skip
    assert all(hers.values()), {model.__name__: len(found) for model, found in hers.items()}
    assert erase_user(house.store, PROJECT, ADA, house.clock).complete
    for model, found in before.items():
        assert len(rows(house, model)) == len(found) - len(hers[model]), model.__name__
    assert holding(house.store.url, SECRET) == set()
    house.run()
    assert len(rows(house, WaveRow)) == 2


def test_labels_and_designs_outlive_the_traces(house: House) -> None:
    house.run()
    before = list(export_rows(house.store, PROJECT)), rows(house, LabelRow), rows(house, AnchorRow)
    house.clock.turn(5 * 86_400)
    maintain(house.store, house.clock, retention_days=2)
    assert rows(house, WaveUnitRow) == rows(house, SampleRow) == []
    assert (list(export_rows(house.store, PROJECT)), rows(house, LabelRow), rows(house, AnchorRow)) == before
    assert next_task(house.store, PROJECT, "eve", house.clock) is not None
