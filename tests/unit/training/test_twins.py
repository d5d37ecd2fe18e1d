"""Twins have all their words from one window, and say what it does not."""

from __future__ import annotations

import random
import re

import pytest

from training.data import Row
from training.passages import document
from training.twins import Maker, other_cell, other_figure, other_name, other_subject, too_sure, twins

TEXT = (
    "The red robot was sent to Lisbon in 1998 and cost $40 million. The blue robot is expected to reach Oslo in 2004. "  # noqa: E501
    "Ana Silva said that five people were ill, unless the test was wrong. Tom Berg reportedly paid $12 million for it. "  # noqa: E501
    "Five of the machines were sold in Oslo, and some of the others in Lisbon."
)
SENTENCES = re.split(r"(?<=\.) ", TEXT)


@pytest.mark.parametrize("make", [other_subject, other_name, other_figure, too_sure])
def test_a_twin_differs_in_what_it_marks_alone(make: Maker) -> None:
    made = [twin for seed in range(30) if (twin := make(SENTENCES, random.Random(seed))) is not None]
    assert made
    for twin in made:
        assert twin.true in SENTENCES
        assert twin.false.text not in SENTENCES
        words = set(re.findall(r"\w+", twin.false.text.lower())) - {"will", "all"}
        assert words <= set(re.findall(r"\w+", TEXT.lower()))
        assert all(0 <= a < b <= len(twin.false.text) for a, b in twin.false.bad)


def test_a_year_does_not_stand_for_a_price() -> None:
    for seed in range(50):
        twin = other_figure(SENTENCES, random.Random(seed))
        assert twin is not None
        ((start, end),) = twin.false.bad
        new = twin.false.text[start:end]
        old = twin.true[start : len(twin.true) - (len(twin.false.text) - end)]
        assert ("$" in new) == ("$" in old)
        assert (len(new) == 4) == (len(old) == 4)


def test_another_cell_of_the_same_column() -> None:
    table = "Table: boats\n| name | built | port |\n|---|---|---|\n| Gull | 1931 | Bergen |\n| Tern | 1940 | Turku |"
    row = Row("1", table, "When?", "Gull was built in 1931.", 0, {})
    found = {edited.text for seed in range(30) if (edited := other_cell(row, random.Random(seed))) is not None}
    assert found == {"Tern was built in 1931.", "Gull was built in 1940."}
    assert other_cell(Row("2", "no table", "", "Gull.", 0, {}), random.Random(1)) is None


def test_the_same_seed_makes_the_same_twins() -> None:
    documents = [document(f"d{number}", TEXT) for number in range(40)]
    made = [list(twins(documents, random.Random(3))) for _ in range(2)]
    assert made[0] == made[1]
    assert {example.source for example in made[0]} <= {"twins", "removed"}
    held = list(twins(documents, random.Random(3), held=True))
    assert len(held) < len(made[0])
