"""`faithline agreement` and `faithline labels plan`, as a user types them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from evaluator.store.store import Store
from tests.support.commands import faithline
from tests.support.fillings import Filling
from tests.support.house import House
from tests.support.reviewed import draw, judged
from tests.support.verdicts import answer_all


@pytest.fixture
def filling() -> Filling:
    return Filling(__name__, lambda store: judged(House(store), 60, prompt_version="v\x1b[31m1"))


@pytest.fixture
def house(own_house: None, sqlite_url: str, told_of: dict[str, Any]) -> Iterator[House]:
    store = Store(sqlite_url)
    yield told_of[sqlite_url].over(store)
    store.close()


def labelled(house: House) -> None:
    draw(house, size=1000, second_share=1.0)
    house.run()
    answer_all(house, lambda n: "loud" if n % 4 == 0 else "calm")
    answer_all(house, lambda n: "loud" if n % 4 == 0 else "calm", "bob")


def test_agreement_is_told_in_words_and_numbers(house: House) -> None:
    labelled(house)
    done = faithline("agreement", "--criterion", "shouts", "--by", "prompt_version")
    assert done.exit_code == 0, done.stderr
    assert "The evaluator finds all of the bad answers and flags none of the good ones." in done.stdout
    assert "60 labels: 15 found, 45 rightly passed, 0 missed, 0 flagged in vain" in " ".join(done.stdout.split())
    assert "Two people give the same answer on all of the samples." in done.stdout
    for name in ("sensitivity", "Cohen's κ", "Gwet's AC1", "Nothing to gain"):
        assert name in done.stdout
    assert "\x1b" not in done.stdout
    found = json.loads(faithline("agreement", "--rule", "shouting", "--json").stdout)
    assert found["versions"][0]["agreement"]["confusion"]["counts"] == [[45, 0], [0, 15]]


def test_without_labels_it_says_how_to_begin(house: House) -> None:
    done = faithline("agreement", "--criterion", "shouts")
    assert done.exit_code == 0
    assert "faithline waves draw --criterion shouts --rule shouting" in " ".join(done.stderr.split())


def test_labels_are_planned(house: House) -> None:
    labelled(house)
    done = faithline("labels", "plan", "shouting", "--half-width", "0.2")
    assert done.exit_code == 0, done.stderr
    assert "60 scored" in done.stdout
    assert "For ± 20 points people alone need" in done.stdout
    found = json.loads(faithline("labels", "plan", "shouting", "--change", "0.3", "--json").stdout)
    assert (found["change"], found["learned"]["labels"]) == (0.3, 60)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("agreement", "--criterion", "shoutz"), "Did you mean shouts?"),
        (("agreement", "--by", "modle"), "Did you mean model?"),
        (("agreement", "--from", "soon"), "--from: 'soon' is not an ISO 8601 time"),
        (("labels", "plan", "shoutin"), "Did you mean shouting?"),
        (("labels", "plan", "shouting", "--half-width", "2"), "half_width: must lie between 0 and 0.5"),
        (("labels", "plan", "shouting", "--half-width", "0.1", "--change", "0.1"), "is given beside half_width"),
    ],
)
def test_bad_input_is_told_in_a_sentence(house: House, arguments: tuple[str, ...], says: str) -> None:
    refused = faithline(*arguments)
    assert refused.exit_code == 2
    assert says in " ".join(refused.stderr.split())
