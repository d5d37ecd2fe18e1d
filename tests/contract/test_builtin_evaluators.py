"""Every built-in evaluator keeps the contract: on random weights always, on the shipped ones where they are."""

from __future__ import annotations

import pytest

from evaluator.core.evaluator import Evaluator, sample_of
from evaluator.core.trace import Sample
from evaluator.evaluators import registry
from evaluator.models.files.manifest import FAITHFULNESS, INJECTION, TOXICITY, find_manifest
from evaluator.testing.contract import EvaluatorContract
from evaluator.testing.hostile import ordinary_samples
from tests.support.builtin import make, on_random_weights


def shipped(name: str) -> pytest.MarkDecorator:
    return pytest.mark.skipif(find_manifest(name) is None, reason=f"the weights {name} are not in this checkout yet")


class TestFaithfulness(EvaluatorContract):
    longest = 2_000  # the shipped weights below get longer ones

    def create(self) -> Evaluator:
        return on_random_weights("faithfulness")


class TestToxicity(EvaluatorContract):
    def create(self) -> Evaluator:
        return on_random_weights("toxicity")


class TestPromptToxicity(EvaluatorContract):
    def create(self) -> Evaluator:
        return on_random_weights("prompt_toxicity")


class TestHate(EvaluatorContract):
    def create(self) -> Evaluator:
        return on_random_weights("hate")


class TestPromptHate(EvaluatorContract):
    def create(self) -> Evaluator:
        return on_random_weights("prompt_hate")


class TestPromptInjection(EvaluatorContract):
    def create(self) -> Evaluator:
        return on_random_weights("prompt_injection")


class TestContextInjection(EvaluatorContract):
    def create(self) -> Evaluator:
        return on_random_weights("context_injection")


def with_personal_data() -> list[Sample]:
    """Samples of which some hold personal data, in the question and in the answer."""
    said = "Write to anna@example.com or call 212-555-0100; the card is 4111 1111 1111 1111."
    return [
        *ordinary_samples(),
        sample_of(said, "I will.", target_id="asked"),
        sample_of("How?", said, target_id="told"),
    ]


class TestPii(EvaluatorContract):
    def create(self) -> Evaluator:
        return on_random_weights("pii")

    def samples(self) -> list[Sample]:
        return with_personal_data()


class TestPromptPii(EvaluatorContract):
    def create(self) -> Evaluator:
        return on_random_weights("prompt_pii")

    def samples(self) -> list[Sample]:
        return with_personal_data()


class TestAnswerRelevance(EvaluatorContract):
    def create(self) -> Evaluator:
        return on_random_weights("answer_relevance")


class TestGoldenSimilarity(EvaluatorContract):
    def create(self) -> Evaluator:
        # Every question finds a prompt, so that hostile answers reach the comparison.
        return on_random_weights("golden_similarity", golden_set="general-knowledge", min_prompt_similarity=-1.0)


@pytest.mark.models
@shipped(FAITHFULNESS)
class TestShippedFaithfulness(EvaluatorContract):
    longest = 8_000  # some fifty claims; the longest go to the evaluators that read every text once

    def create(self) -> Evaluator:
        return make("faithfulness", None)


@pytest.mark.models
@shipped(TOXICITY)
class TestShippedToxicity(EvaluatorContract):
    def create(self) -> Evaluator:
        return make("toxicity", None)


@pytest.mark.models
@shipped(INJECTION)
class TestShippedInjection(EvaluatorContract):
    def create(self) -> Evaluator:
        return make("prompt_injection", None)


@pytest.mark.models
@shipped(INJECTION)
class TestShippedContextInjection(EvaluatorContract):
    def create(self) -> Evaluator:
        return make("context_injection", None)


def test_no_built_in_evaluator_is_left_out() -> None:
    tested = {cls().create().spec.name for cls in EvaluatorContract.__subclasses__() if cls.__module__ == __name__
              and "Shipped" not in cls.__name__}  # fmt: skip
    builtin = {n for n in registry.names() if registry.evaluator_class(n).__module__.startswith("evaluator.")}
    builtin -= {n for n in builtin if n.startswith("hub_")}  # these are in test_hub_evaluators.py
    assert tested == builtin
