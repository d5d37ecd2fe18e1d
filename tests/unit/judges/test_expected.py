"""How probable each verdict is, by the candidates for the token in which it shows itself."""

from __future__ import annotations

import math

import pytest

from evaluator.judges.expected import probabilities
from tests.support.judging import in_tokens

LABELS = ["supported", "unsupported", "minor_addition", "cannot_tell"]
P = math.log


def test_candidates_count_for_the_label_that_they_begin() -> None:
    top = {"un": {"un": P(0.6), "sup": P(0.2), "minor": P(0.1), "The": P(0.05)}}
    tokens = in_tokens('{"', "reason", '":"', "no", '","', "verdict", '":"', "un", "supported", '"}', top=top)
    found = probabilities(tokens, LABELS)
    assert found == pytest.approx({"unsupported": 0.6 / 0.9, "supported": 0.2 / 0.9, "minor_addition": 0.1 / 0.9})


def test_a_quote_in_the_same_token() -> None:
    top = {' "sup': {' "sup': P(0.7), ' "un': P(0.3)}}
    found = probabilities(in_tokens('{"verdict":', ' "sup', "ported", '"}', top=top), LABELS)
    assert found == pytest.approx({"supported": 0.7, "unsupported": 0.3})


def test_the_last_verdict_counts() -> None:
    """A reason that quotes one is not the verdict."""
    top = {"sup": {"sup": P(1.0)}, "un": {"un": P(1.0)}}
    tokens = in_tokens(
        '{"reason": "it says ', '"verdict": "', "un", '"', '", "verdict": "', "sup", 'ported"}', top=top
    )
    assert probabilities(tokens, LABELS) == {"supported": 1.0}


def test_a_whole_label_that_begins_another() -> None:
    top = {"no": {"no": P(0.5), "not": P(0.25), "n": P(0.25)}}
    found = probabilities(in_tokens('{"verdict": "', "no", '"}', top=top), ["no", "not_sure"])
    assert found == pytest.approx({"no": 2 / 3, "not_sure": 1 / 3})


@pytest.mark.parametrize(
    "tokens",
    [
        [],
        in_tokens("plain text"),
        in_tokens('{"verdict": "'),
        in_tokens('{"verdict": "', "x", '"}'),
        in_tokens('{"verdict": "', "sup", '"}', top={"sup": {"sup": P(0.4), "The": P(0.6)}}),
        in_tokens('{"verdict": "', "sup", '"}', top={"sup": {"sup": float("nan")}}),
    ],
)
def test_where_it_is_not_told(tokens: list[object]) -> None:
    assert probabilities(tokens, LABELS) is None  # type: ignore[arg-type]
