"""The contract that every evaluator keeps, and what this one measures."""

from __future__ import annotations

import pytest
from faithline_example.hedging import HedgingEvaluator

from evaluator.core.errors import InvalidInput
from evaluator.core.evaluator import sample_of
from evaluator.core.outcome import Score
from evaluator.evaluators import registry
from evaluator.testing.contract import EvaluatorContract


class TestHedging(EvaluatorContract):
    def create(self) -> HedgingEvaluator:
        return HedgingEvaluator()


def test_the_share_of_hedged_sentences() -> None:
    answer = "It opens at nine. Perhaps it closes at five."
    outcome = HedgingEvaluator().score([sample_of("When?", answer)])[0]
    assert isinstance(outcome, Score)
    assert outcome.value == 0.5
    assert [answer[mark.start : mark.end] for mark in outcome.evidence] == ["Perhaps"]


def test_faithline_finds_it_by_its_entry_point() -> None:
    made = registry.create("example_hedging", {"extra_words": ["one would hope"]})
    assert isinstance(made, HedgingEvaluator)
    assert "one would hope" in made.parameters["words"]


def test_a_wrong_parameter_is_named() -> None:
    with pytest.raises(InvalidInput, match="extra_words"):
        HedgingEvaluator(extra_words=["ok", ""])
