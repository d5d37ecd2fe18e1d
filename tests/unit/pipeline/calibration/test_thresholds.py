"""What labels say of a threshold: proposed where it spares mistakes on labels that did not choose it."""

from __future__ import annotations

import numpy as np
import pytest

from evaluator.core.errors import InvalidInput
from evaluator.pipeline.calibration.thresholds import ThresholdAnswer, is_worth_it, read_thresholds
from evaluator.stats.calibrators.stored import from_dict
from evaluator.store.store import Store
from tests.support.fillings import Filling
from tests.support.house import PROJECT, House, trace
from tests.support.reviewed import draw, judged, push_criterion
from tests.support.verdicts import answer_all

TRACES = 80


def read(house: House, rule: str = "shouting") -> ThresholdAnswer:
    with house.store.read() as unit:
        return read_thresholds(unit, PROJECT, rule)


def level(number: int) -> str:
    return "loud" if number % 4 == 0 else "calm"


EMPTY = pytest.mark.parametrize("filling", [None])
"""Begins with a database that holds nothing."""


@pytest.fixture
def filling() -> Filling:
    return Filling(__name__, filled)


def filled(store: Store) -> House:
    """Every fourth answer shouts a little: about a quarter of its letters, where the rule asks for half of them."""
    found = House(store)
    push_criterion(store)
    found.rule()
    for number in range(TRACES):
        answer = "a calm answer" if number % 4 else "a calm ANSwer"
        found.feed(trace(number, f"{answer} {number}"))
    found.clock.turn(31)
    found.run()
    return found


@pytest.fixture
def house(begun: House) -> House:
    return begun


def test_a_threshold_that_is_too_high_is_lowered_on_paper(house: House) -> None:
    draw(house, size=1000, second_share=0.0)
    house.run()
    answer_all(house, level)
    found = read(house)
    assert (found.labels, found.enough, found.threshold, found.simulated) == (TRACES, True, 0.5, False)
    assert found.proposal is not None
    assert 0.0 < found.proposal.threshold <= 3 / 11
    assert (found.proposal.before.sensitivity, found.proposal.after.sensitivity) == (0.0, 1.0)
    assert found.proposal.flips == pytest.approx(0.25)
    assert is_worth_it(found.proposal)
    (said,) = found.words
    assert "instead of 0.5 would be wrong on 0.0 % of all answers instead of 25.0 %" in said
    assert "begin another series" in said
    with house.store.read() as unit:
        (rule,) = unit.of(PROJECT).rules.versions()
    assert rule.criterion.threshold == 0.5, "nothing is changed"


def test_the_calibrator_is_plain_json_that_comes_back(house: House) -> None:
    draw(house, size=1000, second_share=0.0)
    house.run()
    answer_all(house, level)
    calibration = read(house).calibration
    assert calibration is not None
    assert [one.kind for one in calibration.candidates] == ["identity", "platt", "beta", "isotonic"]
    stored = calibration.calibrator
    assert (stored["labels"], len(stored["label_set"])) == (TRACES, 64)
    low, high = from_dict(stored).predict(np.array([0.0, 3 / 11]))
    assert low < 0.1
    assert high > 0.9
    assert read(house).calibration == calibration, "the same labels give the same"


def test_few_labels_move_nothing(house: House) -> None:
    draw(house, size=1000, second_share=0.0)
    house.run()
    answer_all(house, level, most=12)
    found = read(house)
    assert (found.labels, found.enough) == (12, False)
    assert "Too few labels to move a threshold" in found.words[0]


def test_scores_that_tell_nothing_are_given_no_threshold(house: House) -> None:
    draw(house, size=1000, second_share=0.0)
    house.run()
    answer_all(house, lambda number: "loud" if number % 5 == 3 else "calm")
    found = read(house)
    assert found.proposal is not None
    assert not is_worth_it(found.proposal)
    assert found.words == (
        "No proposal: fewest mistakes are made by flagging nothing, so little do its scores tell.",
    )


def test_without_labels_it_says_how_to_begin(house: House) -> None:
    found = read(house)
    assert (found.labels, found.calibration, found.proposal) == (0, None, None)
    assert "faithline waves draw --criterion shouts --rule shouting" in found.words[0]
    with pytest.raises(InvalidInput, match="Did you mean shouting"):
        read(house, "shoutin")


@EMPTY
def test_rules_without_a_threshold(store: Store, filling: None) -> None:
    house = judged(House(store), 40)
    draw(house, size=1000, second_share=0.0)
    house.run()
    answer_all(house, level)
    house.rule(criterion={"name": "shouts", "bad_labels": ["loud"]})
    by_label = read(house)
    assert (by_label.threshold, by_label.proposal) == (None, None)
    assert "judges by labels" in by_label.words[0]
    house.rule(criterion={"name": "shouts"})
    plain = read(house)
    assert (plain.threshold, plain.proposal is None) == (None, False)
    assert "takes scores as they are" in plain.words[0]
