"""What is said of a name that there is not."""

from __future__ import annotations

import time

import pytest

from evaluator.core.errors import InvalidInput
from evaluator.core.rule import Rule
from evaluator.core.unknown import LONGEST, SHOWN, instead, nearest, unknown, unknown_field, wrong_parameters


@pytest.mark.parametrize(
    ("name", "known", "near"),
    [
        ("modle", ("model", "service"), "model"),
        ("Model", ("model", "service"), "model"),
        ("model", ("slice.model", "slice.service"), "slice.model"),
        ("zzz", ("model", "service"), ""),
        ("", ("model",), ""),
        ("model", (), ""),
    ],
)
def test_the_nearest(name: str, known: tuple[str, ...], near: str) -> None:
    assert nearest(name, known) == near


def test_what_there_is_is_listed_in_its_order() -> None:
    assert instead("hour", ("minute", "hours", "day"), "") == "Did you mean hours? Use one of minute, hours, day"
    assert instead("x", {"c", "b", "a"}, "") == "Use one of a, b, c"
    assert instead("x", (), "Make one") == "Make one"
    many = instead("x", [f"n{i}" for i in range(SHOWN + 7)], "")
    assert many.endswith(f"n{SHOWN - 1} and 7 more")


def test_long_and_many_names_take_no_time() -> None:
    known = [f"{i}{'ab' * 100}" for i in range(20_000)]
    started = time.process_time()
    error = unknown("a" * 100_000, "ba" * 50_000, "a thing", known, "")
    assert time.process_time() - started < 2
    assert max(map(len, (error.field, error.problem))) < LONGEST + 20
    assert len(error.remedy) < (LONGEST + 5) * (SHOWN + 2)


def test_parameters_that_there_are_not_and_those_given_twice() -> None:
    found = list(wrong_parameters(["q", "limit", "q", "lmit"], {"q", "limit"}, "this address"))
    assert [(e.field, e.problem) for e in found] == [
        ("q", "is given 2 times"), ("lmit", "is no parameter of this address"),
    ]  # fmt: skip
    assert found[1].remedy == "Did you mean limit? Use one of limit, q"
    (none,) = wrong_parameters(["q"], (), "this page")
    assert none.remedy == "Leave it out: this page takes no parameters"
    assert isinstance(none, InvalidInput)


@pytest.mark.parametrize(
    ("path", "near"),
    [
        (("strat",), "strata"),
        (("strata", 0, "wehn"), "when"),
        (("strata", 3, "when", 1, "vlaue"), "value"),
        (("criterion", "bad_label"), "bad_labels"),
        (("budget", "usd_a_day"), "usd_per_day"),
    ],
)
def test_a_field_is_compared_with_those_of_its_own_object(path: tuple[str | int, ...], near: str) -> None:
    assert unknown_field(Rule, path).startswith(f"Did you mean {near}? Use one of ")
