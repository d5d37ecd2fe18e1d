"""The evaluators on Hugging Face models keep the contract, on a tiny checkpoint of every kind of model."""

from __future__ import annotations

import pytest

from evaluator.core.evaluator import Evaluator
from evaluator.evaluators import registry
from evaluator.testing.contract import EvaluatorContract
from tests.support.builtin import on_checkpoint

pytestmark = pytest.mark.usefixtures("random_checkpoints")


SHORTER = 5_000
"""Of the tiny models' code we learn no more from longer texts, which go through the built-in evaluators' suite."""


class TestInference(EvaluatorContract):
    longest = SHORTER

    def create(self) -> Evaluator:
        return on_checkpoint("hub_faithfulness", "deberta", max_length=128, pairs_per_sentence=2)


class TestMiniCheck(EvaluatorContract):
    longest = SHORTER

    def create(self) -> Evaluator:
        like = "lytang/MiniCheck-RoBERTa-Large"
        return on_checkpoint("hub_faithfulness", "minicheck", like=like, max_length=128, pairs_per_sentence=2)


class TestMiniCheckT5(EvaluatorContract):
    longest = SHORTER

    def create(self) -> Evaluator:
        like = "lytang/MiniCheck-Flan-T5-Large"
        return on_checkpoint("hub_faithfulness", "t5", like=like, max_length=128, pairs_per_sentence=1)


class TestHHEM(EvaluatorContract):
    longest = SHORTER

    def create(self) -> Evaluator:
        like, foundation = "vectara/hallucination_evaluation_model", "{root}/hhem/flan-t5"
        return on_checkpoint(
            "hub_faithfulness", "hhem/hhem", like=like, foundation=foundation, max_length=128, pairs_per_sentence=1
        )


class TestSpans(EvaluatorContract):
    longest = SHORTER

    def create(self) -> Evaluator:
        like = "KRLabsOrg/lettucedect-base-modernbert-en-v1"
        return on_checkpoint("hub_faithfulness", "lettuce", like=like, max_length=256)


class TestToxicity(EvaluatorContract):
    longest = SHORTER

    def create(self) -> Evaluator:
        return on_checkpoint("hub_toxicity", "toxic", like="unitary/toxic-bert", threshold=0.55)


class TestInjection(EvaluatorContract):
    longest = SHORTER

    def create(self) -> Evaluator:
        return on_checkpoint("hub_injection", "injection")


def test_no_hub_evaluator_is_left_out() -> None:
    tested = {cls().create().spec.name for cls in EvaluatorContract.__subclasses__() if cls.__module__ == __name__}
    assert tested == {name for name in registry.names() if name.startswith("hub_")}
