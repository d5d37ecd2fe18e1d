from __future__ import annotations

import json
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from evaluator.text.structured import json_units
from evaluator.text.windows import estimate_pieces, split_windows

PASSAGES = st.lists(st.text(alphabet='ab 1.,\n{}"[]:é。', max_size=200), max_size=4)


@given(PASSAGES, st.integers(5, 60), st.integers(0, 2))
def test_windows_cover_every_visible_character(passages: list[str], size: int, overlap: int) -> None:
    windows = split_windows(passages, max_pieces=size, overlap=overlap)
    seen = [set[int]() for _ in passages]
    for window in windows:
        assert 0 <= window.start < window.end <= len(passages[window.passage])
        assert window.text.strip()
        seen[window.passage].update(range(window.start, window.end))
    for passage, covered in zip(passages, seen, strict=True):
        if not json_units(passage):
            assert all(index in covered for index, char in enumerate(passage) if not char.isspace())


def test_a_window_is_a_slice_of_its_passage_and_overlaps_by_a_sentence() -> None:
    passage = " ".join(f"Sentence number {index} says something plain." for index in range(30))
    windows = split_windows([passage], max_pieces=40)
    assert len(windows) > 5
    for window in windows:
        assert passage[window.start : window.end] == window.text
        assert estimate_pieces(window.text) <= 40
    for left, right in pairwise(windows):
        assert left.start < right.start < left.end


def test_one_giant_unit_is_a_window_of_its_own() -> None:
    assert len(split_windows(["x" * 500], max_pieces=5)) == 1


def test_json_becomes_readable_lines_that_point_back() -> None:
    passage = json.dumps({"name": "Zum Krug", "hours": {"Monday": "9-17"}, "WiFi": True, "tags": ["a", None]})
    (window,) = split_windows([passage])
    assert window.text.splitlines() == [
        "name: Zum Krug",
        "hours Monday: 9-17",
        "Wi Fi: yes",
        "tags: a",
        "tags: not given",
    ]
    units = json_units(passage)
    assert passage[units[1].start : units[1].end] == '"9-17"'


def test_broken_or_deep_json_is_text() -> None:
    assert json_units('{"a": ') == []
    assert json_units("[" * 5000 + "]" * 5000) == []
    assert split_windows(['{"a": '])[0].text == '{"a":'


def test_a_sentence_cut_between_two_passages_is_in_one_window_more() -> None:
    passages = ["The pump is loud. It weighs 48", "kilograms. It is blue."]
    cut = split_windows(passages)
    assert [window.text for window in cut] == [passages[0], "It weighs 48 kilograms.", passages[1]]
    assert cut[1].passage == 0
    assert passages[0][cut[1].start : cut[1].end] == "It weighs 48"


def test_passages_that_end_where_a_sentence_ends_stay_apart() -> None:
    for passages in (
        ["The pump is loud.", "it weighs 48 kilograms."],
        ["Opening hours", "The shop opens at nine."],
        ['{"a": "b"}', "goes on here."],
        ["", "goes on here."],
        ["The pump weighs 48", " \n "],
    ):
        assert len(split_windows(passages)) == sum(1 for passage in passages if passage.strip())
