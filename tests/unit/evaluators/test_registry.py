"""Evaluators by name: a broken plug-in takes nobody along, and every mistake is named."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from evaluator.core.errors import InvalidInput, ModelUnavailable, NotFound
from evaluator.core.evaluator import fingerprint, golden_version
from evaluator.evaluators import registry
from evaluator.models.files.manifest import FAITHFULNESS, MANIFEST_FILE
from evaluator.models.runtime import Runtime
from evaluator.shipped import ShippedGolden, golden_sets
from tests.support import fabricated

BUILT_IN = {
    "answer_relevance",
    "context_injection",
    "faithfulness",
    "golden_similarity",
    "hate",
    "pii",
    "prompt_hate",
    "prompt_injection",
    "prompt_pii",
    "prompt_toxicity",
    "toxicity",
}


@pytest.fixture
def broken() -> Iterator[pytest.MonkeyPatch]:
    """Three more entry points: one of a module that is gone, one that is no evaluator, one under a wrong name."""
    extra = {
        "gone": EntryPoint("gone", "no_such_module:Thing", registry.GROUP),
        "odd": EntryPoint("odd", "pathlib:Path", registry.GROUP),
        "alias": EntryPoint("alias", "evaluator.evaluators.toxicity:ToxicityEvaluator", registry.GROUP),
    }
    entries = registry._entries() | extra
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(registry, "_entries", lambda: entries)
        yield patch


@pytest.fixture
def runtime(tmp_path: Path) -> Runtime:
    fabricated.faithfulness(tmp_path)
    return Runtime(weights_path=str(tmp_path))


def test_the_built_in_evaluators_are_there() -> None:
    assert set(registry.names()) >= BUILT_IN
    assert {spec.name for spec in registry.specs()} == set(registry.names())


def test_a_broken_plug_in_takes_nobody_along(broken: pytest.MonkeyPatch) -> None:
    assert not {"gone", "odd", "alias"} & set(registry.names())
    assert set(registry.names()) >= BUILT_IN
    assert registry.create("answer_relevance").spec.name == "answer_relevance"


@pytest.mark.parametrize(
    ("name", "why"), [("gone", "no_such_module"), ("odd", "EvaluatorSpec"), ("alias", "named 'toxicity'")]
)
def test_a_broken_plug_in_says_why(broken: pytest.MonkeyPatch, name: str, why: str) -> None:
    with pytest.raises(NotFound, match=why):
        registry.create(name)


def test_an_unknown_name_lists_what_exists() -> None:
    with pytest.raises(NotFound, match="answer_relevance, context_injection, faithfulness"):
        registry.create("faithfullness")


@pytest.mark.parametrize(
    ("name", "parameters", "field"),
    [
        ("answer_relevance", {"threshhold": 1}, "parameters.threshhold"),
        ("answer_relevance", {"runtime": {}}, "parameters.runtime"),
        ("golden_similarity", {}, "parameters.golden_set"),
        ("golden_similarity", {"golden_set": ""}, "parameters.golden_set"),
        ("golden_similarity", {"golden_set": 3}, "parameters.golden_set"),
        ("golden_similarity", {"golden_set": "general-knowledge", "min_prompt_similarity": 2},
         "parameters.min_prompt_similarity"),
        ("golden_similarity", {"golden_set": "general-knowledge", "min_prompt_similarity": True},
         "parameters.min_prompt_similarity"),
        ("faithfulness", {"pairs_per_sentence": 0}, "parameters.pairs_per_sentence"),
        ("faithfulness", {"token_threshold": "high"}, "parameters.token_threshold"),
        ("faithfulness", {"token_threshold": float("nan")}, "parameters.token_threshold"),
    ],
)  # fmt: skip
def test_a_wrong_parameter_is_named(runtime: Runtime, name: str, parameters: dict[str, object], field: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        registry.create(name, parameters, ShippedGolden(), runtime)
    assert caught.value.field == field


def test_missing_weights_are_told_at_construction(tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailable, match="not installed"):
        registry.create("faithfulness", {"model": "mine"}, runtime=Runtime(weights_path=str(tmp_path)))


def test_an_unknown_golden_set_or_version() -> None:
    for parameters in ({"golden_set": "nope"}, {"golden_set": "general-knowledge", "version": "0" * 12}):
        with pytest.raises(NotFound, match=r"general-knowledge|nope"):
            registry.create("golden_similarity", parameters, ShippedGolden())


def test_what_can_change_a_number_changes_the_fingerprint(runtime: Runtime, tmp_path: Path) -> None:
    plain = fingerprint(registry.create("faithfulness", runtime=runtime))
    assert plain == fingerprint(registry.create("faithfulness", {"pairs_per_sentence": 3}, runtime=runtime))
    assert plain != fingerprint(registry.create("faithfulness", {"pairs_per_sentence": 4}, runtime=runtime))
    other = tmp_path / "other"
    fabricated.faithfulness(other, threshold=0.7)
    assert (other / FAITHFULNESS / MANIFEST_FILE).is_file()
    assert plain != fingerprint(registry.create("faithfulness", runtime=Runtime(weights_path=str(other))))
    threads = Runtime(weights_path=runtime.weights_path, threads=1, token_budget=1024)
    assert plain == fingerprint(registry.create("faithfulness", runtime=threads))


def test_the_golden_version_is_pinned_at_construction() -> None:
    one = registry.create("golden_similarity", {"golden_set": "general-knowledge"}, ShippedGolden())
    assert one.parameters["version"] == golden_version(golden_sets()["general-knowledge"])
