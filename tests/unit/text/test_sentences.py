from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluator.text.sentences import MAX_SENTENCE_CHARS, split_sentences

HOSTILE = st.text(
    alphabet=st.one_of(st.characters(), st.sampled_from(list("  \n\r\t.?!。؟-*1a\x00\u202e\u2028😀é"))), max_size=300
)


def texts(text: str) -> list[str]:
    return [text[start:end] for start, end in split_sentences(text)]


@given(HOSTILE)
def test_every_visible_character_is_in_exactly_one_sentence(text: str) -> None:
    spans = split_sentences(text)
    covered = [0] * len(text)
    for start, end in spans:
        assert 0 <= start < end <= len(text)
        assert not text[start].isspace()
        assert not text[end - 1].isspace()
        for index in range(start, end):
            covered[index] += 1
    assert all(count == 1 or (count == 0 and char.isspace()) for count, char in zip(covered, text, strict=True))
    assert spans == sorted(spans)


@pytest.mark.parametrize("text", ["", " ", "\n\n\t", "\u2028\u2029", "\x1c\x1d"])
def test_nothing_visible_means_no_sentence(text: str) -> None:
    assert split_sentences(text) == []


def test_abbreviations_do_not_end_a_sentence() -> None:
    assert texts("Dr. Smith paid $3.5 million. He left.") == ["Dr. Smith paid $3.5 million.", "He left."]


def test_lines_and_bullets_are_sentences() -> None:
    assert texts("Steps:\n- open it\n- close it\n\n2. Wait. Go on.") == [
        "Steps:",
        "- open it",
        "- close it",
        "2. Wait.",
        "Go on.",
    ]


def test_a_paragraph_wrapped_by_hand_is_joined() -> None:
    assert texts("The pump was moved to\nthe cellar. It works.") == [
        "The pump was moved to\nthe cellar.",
        "It works.",
    ]


def test_chinese_and_japanese_stops() -> None:
    assert texts("你好。我是谁？不知道") == ["你好。", "我是谁？", "不知道"]


@pytest.mark.parametrize("unit", ["word ", "x", "?!", ". ", "1. ", "。", "a\n", "😀", '{"a":['])
def test_long_hostile_texts_stay_quick_and_bounded(unit: str) -> None:
    text = (unit * 100_000)[:100_000]
    start = time.process_time()
    spans = split_sentences(text)
    assert time.process_time() - start < 10
    assert max(end - start for start, end in spans) <= MAX_SENTENCE_CHARS
