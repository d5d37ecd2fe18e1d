from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training import edits
from training.edits import CONTRADICTED, UNSUPPORTED, Material
from training.records import make_record
from training.rewrites import REWRITES, rewrite

SENTENCE = (
    "On Monday 3 May 1998 Carla Mendes opened 12 shops in Lisbon, but most of them may close before June, "
    "two weeks later, with Jo Lee."
)
MATERIAL = Material(
    window=SENTENCE + " Pedro Alves kept 40 of the older shops in Porto.",
    names=("Anna Berg", "Oslo"),
    clauses=("because the roof was leaking", "and a new bridge was built in 1850"),
    sentences=("Pedro Alves kept 40 of the older shops in Porto with the help of the council.",),
    neighbours={"shops": ["hotels", "cinemas"]},
)


@pytest.mark.parametrize(
    "edit",
    [edit for edit, _ in edits.EDITS if edit is not edits.change_kind],  # needs WordNet: see test_wordnet
    ids=lambda edit: getattr(edit, "__name__", "edit"),
)
def test_the_marked_characters_and_only_they_are_new(edit: edits.Edit) -> None:
    worked = 0
    for seed in range(30):
        edited = edit(SENTENCE, MATERIAL, random.Random(seed))
        if edited is None:
            continue
        worked += 1
        assert edited.text != SENTENCE
        assert edited.label in (UNSUPPORTED, CONTRADICTED)
        assert edited.bad
        assert all(0 <= start < end <= len(edited.text) for start, end in edited.bad)
        first = next(i for i, (a, b) in enumerate(zip(edited.text + "\0", SENTENCE + "\1", strict=False)) if a != b)
        assert any(start - 2 <= first <= end + 1 for start, end in edited.bad)
        before = edited.text[: min(start for start, _ in edited.bad)].rstrip(" ,.")
        assert SENTENCE.startswith(before)
    assert worked


def test_a_sentence_without_a_hold_is_left_alone() -> None:
    empty = Material(window="Hm.")
    for edit, _ in edits.EDITS:
        if edit is not edits.add_template:
            assert edit("Hm.", empty, random.Random(1)) is None


def test_the_same_seed_makes_the_same_edit() -> None:
    assert edits.edit_sentence(SENTENCE, MATERIAL, random.Random(7)) == edits.edit_sentence(
        SENTENCE, MATERIAL, random.Random(7)
    )


@given(st.text(max_size=120), st.integers(0, 50))
def test_rewrites_and_edits_take_any_text(text: str, seed: int) -> None:
    rng = random.Random(seed)
    assert isinstance(rewrite(text, rng), str)
    if text.strip():
        edits.edit_sentence(text, MATERIAL, rng)


def test_rewrites_keep_figures() -> None:
    for change, _ in REWRITES:
        if change.__name__ not in ("drop_lead", "drop_parentheses", "drop_clause"):
            assert "1998" in change(SENTENCE, random.Random(3))


def test_statements_about_records_mark_what_is_wrong() -> None:
    for seed in range(40):
        passage, statements = make_record(random.Random(seed))
        assert passage
        for statement in statements:
            assert bool(statement.bad) == (statement.label != 0)
            assert all(0 <= start < end <= len(statement.text) for start, end in statement.bad)
