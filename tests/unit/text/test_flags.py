"""Yes-or-no facts of a structured context, and sentences that say the opposite."""

from __future__ import annotations

import json

import pytest

from evaluator.text.flags import flag_conflicts, read_flags
from evaluator.text.support import SupportIndex
from evaluator.text.windows import split_windows

RECORD = {
    "name": "Finch House",
    "attributes": {
        "OutdoorSeating": False,
        "BusinessParking": {"garage": True, "valet": False},
        "Ambience": {"romantic": False, "classy": True},
    },
}
WINDOWS = [window.text for window in split_windows([json.dumps(RECORD)])]
FLAGS = read_flags(WINDOWS)


def test_flags_are_read_from_json_lines_and_tables() -> None:
    assert {(" ".join(sorted(flag.words)), flag.holds) for flag in FLAGS} == {
        ("outdoor seat", False), ("garag", True), ("valet", False), ("romantic", False), ("class", True),
    }  # fmt: skip
    assert [flag.holds for flag in read_flags(["| pets allowed | no |\n- live music: yes"])] == [False, True]
    assert read_flags(["wifi: yes", "wifi: no", "The answer is: maybe"]) == []


@pytest.mark.parametrize(
    ("sentence", "conflicts"),
    [
        ("It offers outdoor seating.", 1),
        ("It does not offer outdoor seating.", 0),
        ("Outdoor seating isn't available.", 0),
        ("Cars can be left in the garage, but there is no valet.", 0),
        ("It has no garage.", 1),
        ("Guests enjoy outdoor seating and a valet.", 2),
        ("The food is excellent.", 0),
    ],
)
def test_a_denial_counts_for_what_stands_near_it(sentence: str, conflicts: int) -> None:
    assert flag_conflicts(sentence, FLAGS) == conflicts


def test_the_support_of_a_sentence_knows_of_them() -> None:
    index = SupportIndex(WINDOWS)
    assert index.support("It offers outdoor seating.").flag_conflict == pytest.approx(1 / 3)
    assert index.support("There is no outdoor seating.").flag_conflict == 0.0


@pytest.mark.timeout(60)
@pytest.mark.parametrize("text", ["\n" * 400_000, "| " * 200_000, "a" * 400_000 + ": yes", (" " * 90 + ":") * 5_000])
def test_hostile_text_takes_linear_time(text: str) -> None:
    assert read_flags([text]) == []
