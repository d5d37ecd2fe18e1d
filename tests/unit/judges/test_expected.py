"""How probable each verdict is, by the candidates for the token in which it shows itself."""

from __future__ import annotations

import math

import pytest

from evaluator.core.judge import Token
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
    top = {"no": {"no": P(0.6), "not": P(0.25), "yes": P(0.15)}, '"}': {'"}': P(0.8), "t_sure": P(0.2)}}
    found = probabilities(in_tokens('{"verdict": "', "no", '"}', top=top), ["yes", "no", "not_sure"])
    assert found == pytest.approx({"yes": 0.15, "no": 0.48, "not_sure": 0.25 + 0.12})


SHARED = ["fine", "over_refusal", "over_compliance"]


def test_labels_that_begin_alike_share_what_was_taken() -> None:
    top = {"over": {"over": P(0.9), "fine": P(0.1)}, "_ref": {"_ref": P(0.75), "_com": P(0.25)}}
    found = probabilities(in_tokens('{"verdict": "', "over", "_ref", "usal", '"}', top=top), SHARED)
    assert found == pytest.approx({"fine": 0.1, "over_refusal": 0.675, "over_compliance": 0.225})


def test_what_was_not_taken_is_not_shared_out() -> None:
    """Which of the two it would have been, nobody knows: to leave it out would make the verdict look sure."""
    tokens = '{"verdict": "', "fine", '"}'
    assert probabilities(in_tokens(*tokens, top={"fine": {"fine": P(0.55), "over": P(0.45)}}), SHARED) is None
    found = probabilities(in_tokens(*tokens, top={"fine": {"fine": P(0.99), "over": P(0.01)}}), SHARED)
    assert found == {"fine": 1.0}


@pytest.mark.parametrize(
    "tokens",
    [
        [],
        in_tokens("plain text"),
        in_tokens('{"verdict": "'),
        in_tokens('{"verdict": "', "x", '"}'),
        [Token(text, -0.1, ()) for text in ('{"verdict": "', "sup", 'ported"}')],  # without candidates
        in_tokens('{"verdict": "', "sup", '"}', top={"sup": {"sup": P(0.4), "The": P(0.6)}}),
        in_tokens('{"verdict": "', "sup", '"}', top={"sup": {"sup": float("nan")}}),
    ],
)
def test_where_it_is_not_told(tokens: list[object]) -> None:
    assert probabilities(tokens, LABELS) is None  # type: ignore[arg-type]
