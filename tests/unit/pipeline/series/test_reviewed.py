"""Series by what people say: from a wave and its verdicts to human, corrected and transported rates."""

from __future__ import annotations

from datetime import timedelta
from itertools import count
from typing import Any

import pytest

from evaluator.pipeline.calibration.agreement import read_agreement
from evaluator.pipeline.calibration.budget import read_budget
from evaluator.pipeline.retention.retain import maintain
from evaluator.pipeline.review import draw as draw_module
from evaluator.pipeline.review.serve import next_task
from evaluator.pipeline.review.verdicts import give_verdict
from evaluator.pipeline.review.withdrawal import undo
from evaluator.pipeline.series.buckets import Grain
from evaluator.pipeline.series.read import SeriesQuery, answer_series, read_breakdown
from evaluator.pipeline.series.readers import Readers
from evaluator.pipeline.series.window import Window
from evaluator.stats.estimators.rates import Rate
from evaluator.store.store import Store
from tests.support.fillings import Filling
from tests.support.house import NOW, PROJECT, House, change, trace
from tests.support.reviewed import draw, push_criterion

TRACES = 120
WINDOW = Window(NOW - timedelta(hours=3), NOW + timedelta(hours=3), Grain.HOUR)


def loud(number: int) -> bool:
    """What the evaluator says: one in four of v1, one in two of v2."""
    return number % (4 if number < TRACES // 2 else 2) == 0


def truly(number: int) -> bool:
    """What a person says: of the loud ones of v2 only half, and one calm one in ten."""
    return (loud(number) and (number < TRACES // 2 or number % 4 == 0)) or number % 10 == 3


def share(numbers: range, says: Any) -> float:
    return sum(map(says, numbers)) / len(numbers)


ALL, V1, V2 = range(TRACES), range(TRACES // 2), range(TRACES // 2, TRACES)


@pytest.fixture(autouse=True)
def drawn_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same samples in every run: what an interval covers in 95 of 100 draws is no test of a draw."""
    numbers = count()
    monkeypatch.setattr(draw_module, "random_id", lambda prefix="": f"{prefix}{next(numbers):016x}")


@pytest.fixture
def filling() -> Filling:
    return Filling(__name__, filled)


def filled(store: Store) -> House:
    """Two hours of traffic, a prompt version each, all of it scored."""
    found = House(store)
    push_criterion(store)
    found.rule(rate=1.0)
    for number in ALL:
        version = "v1" if number < TRACES // 2 else "v2"
        at = NOW - timedelta(hours=2 if version == "v1" else 1) + timedelta(seconds=40 * (number % (TRACES // 2)))
        answer = f"{'LOUD ANSWER' if loud(number) else 'a calm answer'} {number}"
        found.feed(trace(number, answer, prompt_version=version, start_time=at.isoformat()))
    found.clock.turn(31)
    found.run()
    return found


@pytest.fixture
def house(begun: House) -> House:
    return begun


def answer(house: House, most: int = 1000) -> int:
    """Answer tasks by the truth; returns how many."""
    for done in range(most):
        task = next_task(house.store, PROJECT, "ada", house.clock)
        if task is None:
            return done
        number = int(task.answer.split()[-1])
        level = "loud" if truly(number) else "calm"
        give_verdict(house.store, PROJECT, "ada", task.task, house.clock, level=level)
    return most


def total(house: House, method: str, **fields: Any) -> Rate:
    query = SeriesQuery(start=WINDOW.start, end=WINDOW.end, grain=Grain.HOUR, method=method, **fields)
    with house.store.read() as unit:
        (series,) = answer_series(unit, PROJECT, query).series
    return series.total


def test_where_everything_is_labelled_the_rates_are_what_people_say(house: House) -> None:
    draw(house, size=1000, second_share=0.0)
    house.run()
    assert answer(house) == TRACES
    raw, human, corrected = (total(house, method) for method in ("raw", "human", "corrected"))
    assert raw.estimate == pytest.approx(share(ALL, loud))
    assert human.estimate == pytest.approx(share(ALL, truly))
    assert corrected.estimate == pytest.approx(share(ALL, truly))
    assert (human.labels, human.covered, human.enough, human.variance) == (TRACES, 1.0, True, "process")
    assert corrected.low < share(ALL, truly) < corrected.high
    assert corrected.counts == raw.counts


def test_points_and_breakdowns_have_their_own_labels(house: House) -> None:
    draw(house, size=1000, second_share=0.0)
    house.run()
    answer(house)
    query = SeriesQuery(start=WINDOW.start, end=WINDOW.end, grain=Grain.HOUR, method="human")
    with house.store.read() as unit:
        (series,) = answer_series(unit, PROJECT, query).series
        (rule,) = unit.of(PROJECT).rules.versions()
        split = read_breakdown(unit.of(PROJECT), rule, "prompt_version", WINDOW, "corrected")
    assert [point.rate.estimate for point in series.points] == pytest.approx([share(V1, truly), share(V2, truly)])
    assert [point.rate.labels for point in series.points] == [len(V1), len(V2)]
    assert split["v1"].estimate == pytest.approx(share(V1, truly))
    assert split["v2"].estimate == pytest.approx(share(V2, truly))
    one = total(house, "corrected", slice={"prompt_version": "v2"})
    assert (one.estimate, one.labels) == (pytest.approx(share(V2, truly)), len(V2))


def test_best_is_corrected_only_where_labels_carry_it(house: House) -> None:
    assert total(house, "best").method == "raw"
    draw(house, size=1000, second_share=0.0)
    house.run()
    answer(house, 29)
    assert total(house, "best").method == "raw"
    answer(house, 1)
    assert total(house, "best").method == "corrected"
    part = total(house, "best", slice={"prompt_version": "v1"})
    assert (part.method, part.enough) == ("corrected", False), "a slice goes with the whole, and says that it is thin"


def test_labels_speak_for_the_frame_only(house: House) -> None:
    """A wave over the first hour says nothing of the second: its traffic may be all good or all bad."""
    draw(house, size=1000, second_share=0.0, **{"from": NOW - timedelta(hours=3), "to": NOW - timedelta(hours=1)})
    house.run()
    answer(house)
    found = total(house, "corrected")
    assert found.estimate == pytest.approx(share(V1, truly))
    assert found.covered == pytest.approx(0.5)
    assert found.high > 0.5
    assert total(house, "human", slice={"prompt_version": "v2"}).estimate is None
    carried = total(house, "transported")
    assert carried.covered == pytest.approx(0.5), "nobody has labelled an answer of v2"
    assert total(house, "transported", slice={"prompt_version": "v2"}).estimate is None


def test_a_share_of_labels_corrects_the_whole(house: House) -> None:
    draw(house, size=60, second_share=0.0, design={"kind": "uniform"})
    house.run()
    answer(house)
    with house.store.read() as unit:
        (rule,) = unit.of(PROJECT).rules.versions()
        found = Readers(unit.of(PROJECT), rule, WINDOW).totals()
    assert list(found) == ["raw", "human", "corrected", "transported"]
    truth = share(ALL, truly)
    for name in ("human", "corrected", "transported"):
        assert found[name].low < truth < found[name].high, name
    assert found["corrected"].high - found["corrected"].low < found["human"].high - found["human"].low
    assert found["corrected"].gain > 1.0


def test_what_was_taken_back_is_no_label(house: House) -> None:
    draw(house, size=1000, second_share=0.0)
    house.run()
    task = next_task(house.store, PROJECT, "ada", house.clock)
    assert task is not None
    give_verdict(house.store, PROJECT, "ada", task.task, house.clock, level="calm")
    assert total(house, "human").labels == 1
    undo(house.store, PROJECT, "ada", task.task, house.clock)
    gone = total(house, "human")
    assert (gone.labels, gone.estimate, gone.low, gone.high) == (0, None, 0.0, 1.0)


def test_rates_stay_when_the_traces_are_gone(house: House) -> None:
    draw(house, size=60, second_share=0.0)
    house.run()
    answer(house)
    before = {method: total(house, method) for method in ("raw", "human", "corrected")}
    house.clock.turn(10 * 86_400)
    assert maintain(house.store, house.clock, retention_days=2)
    house.run()
    for method, rate in before.items():
        after = total(house, method)
        assert (after.estimate, after.low, after.high) == pytest.approx((rate.estimate, rate.low, rate.high)), method
        assert after.labels == rate.labels


def test_a_row_that_makes_no_sense_takes_no_rate_along(house: House) -> None:
    draw(house, size=1000, second_share=0.0)
    house.run()
    answer(house)
    change(house.store, "UPDATE review_task SET probabilities = '{}' WHERE trace_id = 't3'")
    change(house.store, "UPDATE review_task SET inclusion = 0 WHERE trace_id = 't4'")
    change(house.store, "UPDATE review_task SET inclusion = 1e-300 WHERE trace_id = 't5'")
    change(house.store, "UPDATE label SET bad = NULL WHERE trace_id = 't6'")
    change(house.store, "UPDATE label SET bad = 7 WHERE trace_id = 't7'")
    change(house.store, "UPDATE anchor SET value = :value WHERE trace_id = 't8'", value=float("inf"))
    found = total(house, "corrected")
    assert found.labels == TRACES - 6
    assert found.low < share(ALL, truly) < found.high
    with house.store.read() as unit:
        budget = read_budget(unit, PROJECT, "shouting")
        agreement = read_agreement(unit, PROJECT, "shouts")
    assert budget.learned.labels == TRACES - 6
    assert agreement.versions
