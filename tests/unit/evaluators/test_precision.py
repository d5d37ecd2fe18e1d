"""A rule keeps the precision that it was pushed with, on whatever machine and under whatever setting it runs."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from evaluator.bootstrap import runtime_of
from evaluator.core.errors import InvalidInput
from evaluator.core.evaluator import fingerprint, manifest, sample_of
from evaluator.core.outcome import Score
from evaluator.evaluators import registry
from evaluator.models.encoder.precision import TOLERANCES
from evaluator.models.runtime import Runtime
from evaluator.settings import Settings
from evaluator.shipped import ShippedGolden
from tests.support import fabricated

NEEDS = {
    "faithfulness": {},
    "toxicity": {},
    "prompt_toxicity": {},
    "hate": {},
    "answer_relevance": {},
    "golden_similarity": {"golden_set": "general-knowledge", "min_prompt_similarity": -1.0},
}
SAMPLE = sample_of(
    "Which bridges were built last year?",
    "Paris is the capital. It lies on the Seine.",
    ["Paris is France's capital."],
)


@pytest.fixture
def runtime(tmp_path: Path) -> Runtime:
    fabricated.faithfulness(tmp_path)
    fabricated.toxicity(tmp_path)
    return Runtime(weights_path=str(tmp_path), threads=1)


@pytest.mark.parametrize("name", NEEDS)
def test_precision_is_pinned_where_the_evaluator_is_made(runtime: Runtime, name: str) -> None:
    exact = replace(runtime, precision="fp32")
    usual = registry.create(name, NEEDS[name], ShippedGolden(), runtime)
    other = registry.create(name, NEEDS[name], ShippedGolden(), exact)
    assert (usual.parameters["precision"], other.parameters["precision"]) == ("bf16", "fp32")
    assert fingerprint(usual) != fingerprint(other)
    again = registry.restore(name, manifest(usual)["parameters"], ShippedGolden(), exact)
    assert fingerprint(again) == fingerprint(usual), "a deployment's setting moved a pinned rule"
    with pytest.raises(InvalidInput, match=r"parameters\.precision"):
        registry.create(name, NEEDS[name] | {"precision": "int3"}, ShippedGolden(), runtime)


@pytest.mark.parametrize("name", NEEDS)
def test_precisions_agree_within_the_tolerance(runtime: Runtime, name: str) -> None:
    found = []
    for precision in ("fp32", "bf16"):
        one = registry.create(name, NEEDS[name] | {"precision": precision}, ShippedGolden(), runtime)
        one.open()
        outcome = one.score([SAMPLE])[0]
        assert isinstance(outcome, Score)
        found.append(outcome.value)
        one.close()
    # Random heads have steep logits, and relevance doubles a cosine.
    assert 0.0 < abs(found[0] - found[1]) < 3 * TOLERANCES["bf16"]


def test_a_model_may_declare_its_own(tmp_path: Path) -> None:
    fabricated.toxicity(tmp_path, compute="fp32")
    made = registry.create("toxicity", runtime=Runtime(weights_path=str(tmp_path)))
    assert made.parameters["precision"] == "fp32"


def test_the_setting_reaches_the_runtime(monkeypatch: pytest.MonkeyPatch) -> None:
    assert runtime_of(Settings()).precision == "auto"
    monkeypatch.setenv("FAITHLINE_PRECISION", "fp32")
    assert runtime_of(Settings()).precision == "fp32"
