"""Rows cover every pair of the plan once, and stay within their budget."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from evaluator.text.plan import WindowSettings
from evaluator.text.rows import plan_rows
from evaluator.text.windows import estimate_pieces

PASSAGES = [
    "The shop opens at nine. It sells bread and cheese.",
    "Parking costs two euros an hour. Dogs pay nothing.",
]
SENTENCE = st.sampled_from(
    ["The shop opens at ten.", "Hello!", "Bread is sold there.", "Parking is free of charge for dogs.", "Is it open?"]
)


@given(st.lists(SENTENCE, max_size=12), st.integers(5, 60), st.integers(1, 4))
def test_rows_and_pairs_are_the_same_work(sentences: list[str], budget: int, windows: int) -> None:
    answer = " ".join(sentences)
    settings = WindowSettings(max_pieces=10, overlap=0, pairs_per_sentence=windows, answer_pieces=budget)
    plan, rows = plan_rows(answer, PASSAGES, settings)
    covered = [pair for row in rows for pair in row.pairs]
    assert sorted(covered) == list(range(len(plan.pairs)))
    assert {claim for claim, _ in plan.pairs} == set(range(len(plan.sentences)))
    for row in rows:
        assert [plan.pairs[pair] for pair in row.pairs] == [(claim, row.window) for claim in row.claims]
        assert row.part.start == plan.sentences[row.claims[0]].start
        assert row.part.end == plan.sentences[row.claims[-1]].end
        assert len(row.claims) == 1 or estimate_pieces(answer[slice(*row.part)]) <= budget + len(row.claims)


def test_neighbours_share_a_row() -> None:
    answer = "The shop opens at nine. It sells bread. Parking costs two euros."
    _, rows = plan_rows(answer, PASSAGES[:1], WindowSettings(answer_pieces=100))
    assert [row.claims for row in rows] == [(0, 1, 2)]
    _, rows = plan_rows(answer, PASSAGES[:1], WindowSettings(answer_pieces=12))
    assert [row.claims for row in rows] == [(0, 1), (2,)]


def test_claims_beyond_the_limit_are_in_no_row() -> None:
    plan, rows = plan_rows("One shop opens here. " * 6, PASSAGES, WindowSettings(max_sentences=2))
    assert len(plan.sentences) == 6
    assert {claim for row in rows for claim in row.claims} == {0, 1}
