"""What is judged stands between lines that nobody who wrote it could know, and nothing in it is unseen."""

from __future__ import annotations

import pytest

from evaluator.judges.fence import fenced, marks_in, new_code, visible


def test_a_code_is_made_anew() -> None:
    codes = {new_code() for _ in range(1000)}
    assert len(codes) == 1000
    assert {len(code) for code in codes} == {16}


def test_a_text_is_between_its_lines() -> None:
    assert fenced("answer", "Two\nlines", "c0de") == "[c0de begin answer]\nc0| Two\nc0| lines\n[c0de end answer]"


@pytest.mark.parametrize(
    ("text", "marked"),
    [
        ("One. Two! Three?\nFour.", "c0| One. c0| Two! c0| Three?\nc0| Four."),
        ("一。二！", "c0| 一。c0| 二！"),
        ('"So." And (x.) then… More؟ On।  Next', 'c0| "So." c0| And (x.) c0| then… c0| More؟ c0| On।  c0| Next'),
        ("「一。」二", "c0| 「一。」c0| 二"),
        ('{"a": 1.5, "b": "x"}; y.z()', 'c0| {"a": 1.5, "b": "x"}; y.z()'),
        ("", "c0| "),
        ("a\n\nb", "c0| a\nc0| \nc0| b"),
    ],
)
def test_every_line_and_sentence_is_marked(text: str, marked: str) -> None:
    assert fenced("answer", text, "c0de") == f"[c0de begin answer]\n{marked}\n[c0de end answer]"
    assert marks_in(text) == marked.count("c0| ")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\u200bb", "a⟦U+200B⟧b"),
        ("a\u200b\u200b\u200bb", "a⟦U+200B ×3⟧b"),
        ("a\u200b\u202eb", "a⟦U+200B⟧⟦U+202E⟧b"),
        ("\U000e0041\U000e0042", "⟦U+E0041⟧⟦U+E0042⟧"),
        ("\x00\x1b[31m", "⟦U+0000⟧⟦U+001B⟧[31m"),
        ("\ud800", "⟦U+D800⟧"),
        ("tabs\tand\nlines\r\nstay\rhere", "tabs\tand\nlines\nstay⟦U+000D⟧here"),
        ("👩‍👩‍👧 می‌خواهم नमस्ते 你好", "👩‍👩‍👧 می‌خواهم नमस्ते 你好"),
    ],
)
def test_what_is_not_seen_is_written_out(text: str, shown: str) -> None:
    assert visible(text) == shown


def test_a_long_run_stays_short() -> None:
    assert visible("\u200b" * 100_000) == "⟦U+200B ×100000⟧"
