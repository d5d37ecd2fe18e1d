"""How many labels: from the rate, the correlation and the design of the labels that there are."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from evaluator.core.errors import InvalidInput
from evaluator.pipeline.calibration.budget import Budget, read_budget
from evaluator.stats.planning import Learned, labels_for_change, labels_for_half_width
from tests.support.fillings import Filling
from tests.support.house import NOW, PROJECT, House, change
from tests.support.reviewed import draw, judged
from tests.support.verdicts import answer_all

TRACES = 200


@pytest.fixture
def filling() -> Filling:
    return Filling(__name__, lambda store: judged(House(store), TRACES))


@pytest.fixture
def house(begun: House) -> House:
    return begun


def read(house: House, rule: str = "shouting", **asked: Any) -> Budget:
    with house.store.read() as unit:
        return read_budget(unit, PROJECT, rule, **asked)


def label_half(house: House, says: Any) -> None:
    draw(house, size=TRACES // 2, second_share=0.0, design={"kind": "uniform"})
    house.run()
    answer_all(house, says)


def test_an_evaluator_that_is_right_saves_labels(house: House) -> None:
    label_half(house, lambda n: "loud" if n % 4 == 0 and n % 20 else "calm")
    found = read(house, half_width=0.08)
    known = found.learned
    assert known.scored == TRACES
    assert 70 < known.labels < 130
    assert known.correlation is not None
    assert 0.7 < known.correlation < 1.0
    assert found.correlation.low < known.correlation < found.correlation.high
    assert (found.rate_from, known.response) == ("corrected", 1.0)
    assert found.plan == labels_for_half_width(0.08, known)
    assert found.plan.corrected is not None
    assert found.plan.corrected.labels is not None
    assert found.plan.corrected.labels < (found.plan.human.labels or TRACES)
    assert found.plan.gain is not None
    assert found.plan.gain > 1.3
    assert found.words[0].startswith(f"For ± 8 points people alone need {found.plan.human.labels} labels, with this")


def test_one_that_is_not_is_said_to_buy_little(house: House) -> None:
    label_half(house, lambda n: "loud" if n % 3 == 0 else "calm")
    found = read(house)
    assert found.half_width == 0.05
    assert any("buys little" in said for said in found.words)
    assert found.next.then < found.next.half_width
    assert any(f"The next {found.next.more} labels" in said for said in found.words)


def test_a_design_that_makes_no_sense_takes_no_plan_along(house: House) -> None:
    label_half(house, lambda n: "loud" if n % 3 == 0 else "calm")
    known = read(house).learned
    with house.store.read() as unit:
        asked = [task["id"] for task in unit.of(PROJECT).tasks.page("", 2)]
    change(house.store, "UPDATE review_task SET inclusion = 0 WHERE id = :id", id=asked[0])
    change(house.store, "UPDATE review_task SET inclusion = 1e-320 WHERE id = :id", id=asked[1])
    assert read(house).learned.labels == known.labels - 2


def test_a_change_that_is_to_be_seen(house: House) -> None:
    label_half(house, lambda n: "loud" if n % 4 == 0 else "calm")
    found = read(house, change=0.3)
    assert (found.half_width, found.change) == (None, 0.3)
    assert found.plan == labels_for_change(0.3, found.learned)
    assert "a change by +30 points to be seen 8 of 10 times" in found.words[0]
    assert read(house, change=-0.1).change == -0.1


def test_before_there_are_labels(house: House) -> None:
    found = read(house)
    assert (found.learned.labels, found.learned.correlation, found.rate_from) == (0, None, "raw")
    assert found.learned.rate == pytest.approx(0.25)
    assert found.plan.corrected is None
    assert "it takes 20 labels" in (found.correlation.reason or "")
    assert "own word so far" in found.words[0]
    assert any("draw a first wave" in said for said in found.words)


def test_what_was_learned_before_serves_a_window_without_labels(house: House) -> None:
    label_half(house, lambda n: "loud" if n % 4 == 0 else "calm")
    later = read(house, window=(NOW + timedelta(days=1), NOW + timedelta(days=2)))
    assert (later.learned.scored, later.learned.labels) == (0, 0)
    assert later.learned.correlation is not None
    assert "nothing to label" in " ".join(later.words)


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ({"rule": "shoutin"}, "Did you mean shouting?"),
        ({"half_width": 0.5}, "half_width: must lie between 0 and 0.5"),
        ({"half_width": float("nan")}, "half_width: must lie"),
        ({"change": 0.0}, "change: must lie between -1 and 1 and not be 0"),
        ({"change": 0.9}, "change: would take the rate"),
        ({"change": 0.1, "half_width": 0.1}, "change: is given beside half_width"),
        ({"window": (NOW, NOW)}, "from: must lie before `to`"),
    ],
)
def test_what_can_not_be_planned(house: House, asked: dict[str, Any], says: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        read(house, **asked)
    assert says in str(refused.value)


def test_learned_is_what_planning_takes(house: House) -> None:
    """Nothing that is stored can make numbers that planning refuses."""
    label_half(house, lambda n: "loud" if n % 4 == 0 else "calm")
    known = read(house).learned
    assert isinstance(known, Learned)
    assert known.correlation == 0.999, "perfect in the sample, which proves nothing"
