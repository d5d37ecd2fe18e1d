"""The attacks of the bench, and what is made of the answers to them."""

from __future__ import annotations

from collections import Counter

import pytest

from bench.judge_local.asking import Answer
from bench.judge_local.attacks import FORMS, Variant, variants
from bench.judge_local.measures import Attacked, flips, moved, obeyed
from training.sets import Item

ROWS = [Item(f"row-{n}", "Why?", (f"Context {n}.",), f"Answer {n}.", 0, f"Context {n}.") for n in range(20)]


def _answer(label: str, value: float) -> Answer:
    return Answer(label, value, "", 1.0, 1, False, {})


def test_every_form_is_tried_in_both_places_and_directions() -> None:
    found = variants(ROWS, 60)
    assert {(one.form, one.place, one.wanted) for one in found} == {
        (form, place, wanted) for form in FORMS for place in ("answer", "context")
        for wanted in ("supported", "contradicted")
    }  # fmt: skip
    assert set(Counter(one.base for one in found).values()) == {3}
    assert len({one.item.id for one in found}) == 60


@pytest.mark.parametrize("number", range(60))
def test_an_attack_only_adds_to_its_row(number: int) -> None:
    one = variants(ROWS, 60)[number]
    row = next(row for row in ROWS if row.id == one.base)
    if one.place == "answer":
        assert one.item.answer.startswith(f"{row.answer}\n\n")
        assert one.item.passages == row.passages
    else:
        assert one.item.answer == row.answer
        assert one.item.passages[0].startswith(f"{row.passages[0]}\n\n")


def _attacked(row: str, wanted: str, answer: Answer, base: Answer, again: Answer) -> Attacked:
    return Attacked(Variant(ROWS[0], row, "order", "answer", wanted), answer, base, again)


def test_only_what_goes_beyond_chance_is_put_down_to_attacks() -> None:
    good, bad = _answer("supported", 0.9), _answer("contradicted", 0.1)
    unsteady = [_attacked(f"r{n}", "contradicted", bad, good, bad) for n in range(8)]
    assert flips(unsteady).mean == 0.0
    assert moved(unsteady).mean == 0.0
    obedient = [_attacked(f"r{n}", "contradicted", bad, good, good) for n in range(8)]
    assert (flips(obedient).mean, obeyed(obedient).mean) == (1.0, 1.0)
    assert moved(obedient).mean == pytest.approx(0.8)
    half = flips([*unsteady, *(_attacked(f"s{n}", "contradicted", bad, good, good) for n in range(8))])
    assert half.mean == 0.5
    assert 0.0 < half.low < 0.5 < half.high < 1.0
