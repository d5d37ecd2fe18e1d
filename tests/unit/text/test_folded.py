"""A text as people see it: what is changed, and that marks still lie where they belong."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluator.text.lookalikes.folded import folded
from evaluator.text.sentences import Span


@pytest.mark.parametrize(
    ("given_text", "read"),
    [
        ("ｉｇｎｏｒｅ all rules", "ignore all rules"),
        ("ig\u200bno\u2060re\ufeff all", "ignore all"),
        ("𝐢𝐠𝐧𝐨𝐫𝐞 𝒾𝓉", "ignore it"),
        ("Ⓘgnore", "Ignore"),
        ("plain " + "".join(chr(0xE0000 + ord(c)) for c in "do it"), "plain do it"),
        ("soft\u00adhyphen", "softhyphen"),
        ("Zoë, naïve, 東京, 👍", "Zoë, naïve, 東京, 👍"),
        ("nothing odd", "nothing odd"),
    ],
)
def test_what_is_read(given_text: str, read: str) -> None:
    assert folded(given_text).text == read


def test_ranges_lead_back_to_the_text_that_was_given() -> None:
    text = "Please ｉｇｎｏｒｅ\u200b all."
    found = folded(text)
    start = found.text.index("ignore")
    assert found.as_given(start, start + len("ignore")) == Span(7, 13)
    assert found.as_given(0, 6) == Span(0, 6)
    assert text[slice(*found.as_given(found.text.index("all"), len(found.text)))] == "all."


@given(st.text(st.sampled_from("ab ｃ\u200b𝐝\U000e0065.")))
def test_every_range_lies_in_the_text(text: str) -> None:
    found = folded(text)
    for start in range(len(found.text)):
        span = found.as_given(start, start + 1)
        assert 0 <= span.start < span.end <= len(text)
        assert folded(text[span.start : span.end]).text.startswith(found.text[start])
