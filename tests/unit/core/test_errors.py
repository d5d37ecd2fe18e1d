"""How errors are told."""

from __future__ import annotations

import pytest

from evaluator.core.errors import DatabaseAway, NoRoom, TimedOut, is_away, told


class Mute(Exception):
    def __str__(self) -> str:
        raise RuntimeError


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (ValueError("one\n  two\ttabs"), "ValueError: one two tabs"),
        (ValueError("half a pair \ud800, and \x00"), "ValueError: half a pair ?, and ?"),
        (ValueError("x" * 10_000), "ValueError: " + "x" * 500),
        (SystemExit(3), "SystemExit: 3"),
        (Mute(), "Mute: it can not say why"),
    ],
)
def test_whatever_it_says_becomes_a_line_that_can_be_stored(error: BaseException, line: str) -> None:
    assert told(error) == line


def test_who_is_guilty_of_nothing() -> None:
    assert is_away(DatabaseAway("away", 2.0))
    assert is_away(NoRoom("full", 2.0))
    assert not is_away(TimedOut("too long", 2.0))
    assert not is_away(ValueError("no"))
