"""A long text of anything is read in a time that grows with its length alone."""

from __future__ import annotations

import random
import time

import pytest

from evaluator.testing.hostile import HOSTILE
from evaluator.text.pii.finder import KINDS, find_pii
from evaluator.text.pii.redact import Redactor

LONG = 250_000
LIMIT = 15.0
"""Seconds of processor time for so many characters: some twenty times what it takes; backtracking takes years."""

PIECES = (
    *("1", "1 ", "1-", "1.", "12/", "+1", "+1 ", "(0", "01 23 ", "(01) 23 ", "call 123 4567 ", "xxe x ext 1 "),
    *("a@", "a.", "@", "a@b.", "http://", "http://a:b", "a://b:c@", "::1", "00:1B:", "a:", "1:"),
    *("4111 ", "4111 1111 1111 1111 ", "GB82", "GB82AAAA ", "3" * 34 + " ", "bc1" + "q" * 39 + " ", "0x"),
    *("eyJ", "eyJaaaaaaaa.", "sk-", "-----BEGIN PRIVATE KEY-----\n", "-----BEGIN PRIVATE KEY-----\nAAAAAAAA\n"),
    *("password: ", "password=a1,", "token: ", "secret is is ", "bearer aaaaaaaaaaaaaaaa1 "),
    *(
        "Mr A ",
        "Mr A.",
        "Mr A de de ",
        "full name: Aa ",
        "Dear Aa\n",
        "best\n\n",
        "12 Aa ",
        "12 rue de ",
        "Calle de ",
    ),
    *("born 1/1/", "12 of May ", "CA 1", "zip 12345 ", "\\n", "\\", "'", '"', "\n", " ", "İ", "١", "\ud800", "\x1e"),
)


def seconds(text: str) -> float:
    start = time.process_time()
    find_pii(text)
    return time.process_time() - start


@pytest.mark.parametrize("alphabet", ["01 -", "1 .-()/+", "aA1 .@:", "ABCDEF0123456789:", "eyJ._-aA1"])
def test_a_long_text_of_noise(alphabet: str) -> None:
    assert seconds("".join(random.Random(1).choices(alphabet, k=LONG))) < LIMIT


def test_a_long_text_of_beginnings_of_everything() -> None:
    """Each piece again and again, and all of them one behind the other."""
    each = LONG // len(PIECES)
    assert seconds("".join((piece * each)[:each] for piece in PIECES)) < LIMIT
    mixed = "".join(PIECES)
    assert seconds(mixed * (LONG // 4 // len(mixed))) < LIMIT / 4


@pytest.mark.parametrize("piece", PIECES)
def test_four_times_the_text_takes_about_four_times_as_long(piece: str) -> None:
    size = 25_000
    small = min(seconds((piece * size)[:size]) for _ in range(2))
    text = (piece * 4 * size)[: 4 * size]
    # A machine may stand still once; what grows with the square is slow every time.
    assert any(seconds(text) < 12 * small + 0.5 for _ in range(3))


def test_json_of_very_many_texts_is_searched_as_one() -> None:
    text = "[" + ",".join(f'"x{i}y"' for i in range(100_000)) + "]"
    start = time.process_time()
    assert Redactor(KINDS).text(text) == text
    assert time.process_time() - start < LIMIT


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_texts_hold_no_personal_data(name: str) -> None:
    assert find_pii(HOSTILE[name]) == []
    assert Redactor(KINDS).text(HOSTILE[name]) == HOSTILE[name]
