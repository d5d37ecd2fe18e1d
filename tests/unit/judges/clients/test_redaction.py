"""What providers say is shown without keys, in one short line."""

from __future__ import annotations

import pytest

from evaluator.judges.clients.redaction import MOST, shown


@pytest.mark.parametrize(
    "text",
    ["key sk-abc123DEF456ghi789 is wrong",
     "Incorrect API key provided: sk-proj-ab*******yz.", "Bearer my.very.secret",
     "AIzaSyA1234567890abcdefghi", "gsk_0123456789abcdef", "x-api-key: key-0123456789abcdef"],
)  # fmt: skip
def test_what_looks_like_a_key_is_left_out(text: str) -> None:
    said = shown(text)
    assert "[key]" in said
    for piece in ("abc123", "proj-ab", "very", "SyA12", "gsk_", "0123456789"):
        assert piece not in said


def test_a_known_key_is_left_out_whatever_it_looks_like() -> None:
    assert shown("you sent my/pass+word or my%2Fpass%2Bword", ["my/pass+word", ""]) == "you sent [key] or [key]"


def test_a_key_across_the_cut_is_left_out_too() -> None:
    assert "secret" not in shown("x" * (MOST - 5) + "secret-word", ["secret-word"])


def test_the_beginning_of_a_key_that_was_cut_is_left_out() -> None:
    """Of a long one that stands there twice, which the text is cut in."""
    key = "".join(f"{number:04x}" for number in range(600))
    said = shown(f"{key} and {key}", [key])
    assert said == "[key] and [key]"


def test_one_line_without_control_characters() -> None:
    said = shown("a\r\nb\tc\x00d\x1b[0me\u202ef\u2028g" + "\ud800" + "x" * 10_000)
    assert said.isprintable()
    assert len(said) == MOST
    assert said.startswith("a b c d [0me f g")
