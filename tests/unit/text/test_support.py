from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluator.text.numbers import extract_numbers, known_numbers, missing_numbers
from evaluator.text.support import FEATURE_NAMES, SupportIndex, lexical_baseline

CONTEXT = "The harbour museum in Lisbon opened on 3 May 1998. It holds 1,200 maps and is not open on Mondays."


@given(st.text(max_size=200), st.lists(st.text(max_size=200), max_size=3))
def test_features_stay_in_the_unit_interval(sentence: str, windows: list[str]) -> None:
    support = SupportIndex(windows).support(sentence)
    assert len(support.row()) == len(FEATURE_NAMES)
    assert all(0.0 <= value <= 1.0 for value in support.row())
    assert 0.0 <= lexical_baseline(sentence, windows) <= 1.0


def test_what_the_context_says_is_covered() -> None:
    support = SupportIndex([CONTEXT]).support("The museum in Lisbon opened in 1998.")
    assert support.coverage == support.window_coverage == 1.0
    assert support.number_missing == support.name_missing == support.novel_run == 0.0


def test_what_it_does_not_say_shows() -> None:
    support = SupportIndex([CONTEXT]).support("It was founded by Carla Mendes in 1997.")
    assert support.number_missing == pytest.approx(1 / 3)
    assert support.name_missing == pytest.approx(2 / 3)
    assert support.coverage < 0.5


def test_denial_shows_as_a_gap() -> None:
    index = SupportIndex(["The pool is heated."])
    assert index.support("The pool is not heated.").negation_gap == 1.0
    assert index.support("The pool is heated.").negation_gap == 0.0


def test_windows_are_ranked_by_the_words_they_share() -> None:
    index = SupportIndex(["Trains run hourly.", "The museum holds maps.", "Nothing here."])
    assert index.rank_windows("maps of the museum")[0] == 1


def test_baseline_counts_distinct_content_words() -> None:
    assert lexical_baseline("Museum maps museum zebra", [CONTEXT]) == pytest.approx(1 / 3)
    assert lexical_baseline("the of and", [CONTEXT]) == 0.0


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("1,200", "1200"),
        ("1.2 thousand", "1200"),
        ("5 PM", "17:00"),
        ("17:0", "17:00"),
        ("twenty-five", "25"),
        ("3rd", "3"),
    ],
)
def test_numbers_meet_in_one_form(left: str, right: str) -> None:
    assert extract_numbers(left) == extract_numbers(right)


@pytest.mark.parametrize(
    ("context", "claim"),
    [
        ("10, 000 eggs", "10,000 eggs"),
        ("10,000 eggs", "10, 000 eggs"),
        ("31. 8 million", "31.8 million"),
        ("98.7 per cent", "98. 7 per cent"),
        ("1.95m high", "1.95 m high"),
        ("$2m", "2 million"),
        ("£3 bn", "3000000000"),
        ("rooms 101, 102 and 103", "room 102"),
        ("101, 102 and 103", "rooms 101, 103"),
        ("in 1990, 300 people", "300 people in 1990"),
        ("He is 123. 5 of them came.", "5 came, of the 123"),
    ],
)
def test_figures_that_stand_apart_are_whole_or_parts(context: str, claim: str) -> None:
    assert missing_numbers(claim, known_numbers(context, 2), 2) == 0


@pytest.mark.parametrize(
    ("context", "claim"),
    [("10, 000 eggs", "20,000 eggs"), ("2 m high", "2 million"), ("1990, 300 people", "1,990,300"), ("one egg", "3")],
)
def test_other_figures_are_missing(context: str, claim: str) -> None:
    assert missing_numbers(claim, known_numbers(context, 2), 2) == 1


def test_numbers_that_count_nothing_are_not_claimed() -> None:
    claims = "3. Press the button [2].\n4) Passage 5 rates it 4 out of 5.\nIt is open seven days a week, or 24/7."
    assert missing_numbers(claims, {"4"}, 2) == 0
    assert missing_numbers(claims, {"4"}) == 5
    assert missing_numbers("7 days a month, and 5.5 of it", set(), 2) == 2


def test_an_index_reads_numbers_as_it_is_told() -> None:
    window = "The storyline was seen 235, 000 times."
    first, second = (SupportIndex([window], n).support("2. Some 235,000 people saw it.") for n in (1, 2))
    assert (first.number_missing, second.number_missing) == (pytest.approx(2 / 3), 0.0)


def test_huge_figures_do_not_overflow() -> None:
    assert len(extract_numbers("9" * 5000 + " million")[0]) == 24


def test_words_that_stand_together_tell_more_than_words_that_occur() -> None:
    filler = " ".join(f"filler{chr(97 + i)}" for i in range(20))
    index = SupportIndex([f"Anna Bell founded the bakery. {filler}. Carl Dorn painted the harbour."])
    right, wrong = index.support("Anna Bell founded the bakery."), index.support("Carl Dorn founded the bakery.")
    assert right.coverage == wrong.coverage == 1.0
    assert right.tight_coverage == right.close_coverage == 1.0
    assert wrong.tight_coverage == pytest.approx(0.5)
    assert wrong.close_coverage == pytest.approx(2 / 3)


def test_words_of_two_windows_do_not_stand_together() -> None:
    index = SupportIndex(["The bakery opened.", "The harbour closed."])
    assert index.support("The bakery closed.").tight_coverage == pytest.approx(0.5)
    assert index.support("The bakery closed.").close_coverage == 0.0
