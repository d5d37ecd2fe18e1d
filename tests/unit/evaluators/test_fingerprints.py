"""What is shipped keeps its fingerprints: scores, rules and series are stored under them.

A change to what an evaluator answers raises its `spec.version`, and then its lines here. Nothing else may change one.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from evaluator.bootstrap import STARTER_RULES
from evaluator.core.evaluator import fingerprint
from evaluator.core.ids import content_hash
from evaluator.core.rule import Rule
from evaluator.evaluators import registry
from evaluator.models.files.manifest import BUNDLED, find_manifest
from evaluator.shipped import ShippedGolden
from evaluator.store.repositories.catalog.rules import series_id

DEFAULTS = {
    ("answer_relevance", "{}"): "b6ebedc3a8233d0b1b544276efdc8f8b",
    ("answer_relevance", '{"precision": "fp32"}'): "64eb74e7ae67db60ac9fee1391eb0cd7",
    ("answer_relevance", '{"precision": "bf16"}'): "b6ebedc3a8233d0b1b544276efdc8f8b",
    ("context_injection", "{}"): "7321d8521c9217baa56a30b9eaae1ade",
    ("context_injection", '{"precision": "fp32"}'): "78cbaf89b7405e9ea531033743110157",
    ("context_injection", '{"precision": "bf16"}'): "7321d8521c9217baa56a30b9eaae1ade",
    ("context_injection", '{"model": "injection-minilm-v1"}'): "7b369fd14692645a392100517e9213d2",
    (
        "context_injection",
        '{"model": "injection-minilm-v1", "precision": "fp32"}',
    ): "651edd2c4c4c5cc41d25f9bc6e6defd6",
    ("faithfulness", "{}"): "a80cba9d34c96ffc3408b543fe5c14c7",
    ("faithfulness", '{"precision": "fp32"}'): "4178516c007c400b3bf80a9815fcaa5f",
    ("faithfulness", '{"precision": "bf16"}'): "a80cba9d34c96ffc3408b543fe5c14c7",
    ("faithfulness", '{"model": "faithfulness-minilm-v2"}'): "bd077dee5aa421eb2e4eddcd49c76870",
    (
        "faithfulness",
        '{"model": "faithfulness-minilm-v2", "precision": "fp32"}',
    ): "4e9acb301434e3de780b233834deb866",
    ("golden_similarity", '{"golden_set": "demo-desk"}'): "49ec0562189e0b51a2c7433efaa00be3",
    ("golden_similarity", '{"golden_set": "demo-desk", "precision": "fp32"}'): "4ee1d3400edf32469ffab8000f51fd3d",
    ("golden_similarity", '{"golden_set": "demo-desk", "precision": "bf16"}'): "49ec0562189e0b51a2c7433efaa00be3",
    ("golden_similarity", '{"golden_set": "general-knowledge"}'): "95a9aa0d9a91d6ceacd60a82d437de90",
    (
        "golden_similarity",
        '{"golden_set": "general-knowledge", "precision": "fp32"}',
    ): "02bc242deff9a8f5ff16e6aaeb2de364",
    (
        "golden_similarity",
        '{"golden_set": "general-knowledge", "precision": "bf16"}',
    ): "95a9aa0d9a91d6ceacd60a82d437de90",
    ("hate", "{}"): "0a0452cedcdc8b16435e9a34d90f96ae",
    ("pii", "{}"): "1c3dc88841e6a57dd7436c7c3adbac26",
    ("prompt_hate", "{}"): "67459051dcc43dc60107571657a9a70c",
    ("prompt_injection", "{}"): "0a612aa21a9edf6d2b5d459da6a04c2d",
    ("prompt_injection", '{"precision": "fp32"}'): "a3c4242cf2866aa9078f54c85f273fbc",
    ("prompt_injection", '{"precision": "bf16"}'): "0a612aa21a9edf6d2b5d459da6a04c2d",
    ("prompt_pii", "{}"): "bffc6b93805c7c43221ac91ad2124577",
    ("prompt_toxicity", "{}"): "695d8cdac48ddf2121f2c3957b4b364f",
    ("prompt_toxicity", '{"precision": "fp32"}'): "1fed2bd793b3e5c8f5ad169dd4927d00",
    ("prompt_toxicity", '{"precision": "bf16"}'): "695d8cdac48ddf2121f2c3957b4b364f",
    ("prompt_toxicity", '{"model": "toxicity-minilm-v1"}'): "668de4930110598879e4fc9875039c48",
    (
        "prompt_toxicity",
        '{"model": "toxicity-minilm-v1", "precision": "fp32"}',
    ): "fd37aa2b5361de1e7e5b28908e67491e",
    ("toxicity", "{}"): "714014318a503893f4cfb4bcc804e26d",
    ("toxicity", '{"precision": "fp32"}'): "a1ea6d713b93eaf3561dd96fa7af6021",
    ("toxicity", '{"precision": "bf16"}'): "714014318a503893f4cfb4bcc804e26d",
    ("toxicity", '{"model": "toxicity-minilm-v1"}'): "8c15ff532b7d606a7f1765905c143681",
    (
        "toxicity",
        '{"model": "toxicity-minilm-v1", "precision": "fp32"}',
    ): "5b247b7a5522a5f65eb9116b5762ae41",
}
"""Evaluators by name and parameters (JSON)."""

HUB = {
    ("hub_faithfulness", "{}", "entailment neutral contradiction"): "88fa82b1cb37d3b0e807ef1b828f8fea",
    ("hub_faithfulness", '{"like": "lytang/MiniCheck-RoBERTa-Large"}', "0 1"): "d0d7cc1f3269c1239db2c8628be38f3a",
    (
        "hub_faithfulness",
        '{"like": "KRLabsOrg/lettucedect-base-modernbert-en-v1"}',
        "0 1",
    ): "cf367087f20161dcaa546ec9e846f0c2",
    ("hub_toxicity", '{"dtype": "bf16"}', "neutral toxic"): "5389440980d31bc709a440bc418f9422",
    ("hub_injection", '{"threshold": 0.4}', "SAFE INJECTION"): "436b9935891292968704834c1e56ad93",
}
"""The same over a folder of fixed content with these labels."""

SPECS = {
    "answer_relevance": "e7de4fcf20190c965a34c3134d34f59c",
    "context_injection": "58569cd557efad0c8f54d9ecf7f1102c",
    "faithfulness": "8e8ce0118c6ba8441c27485ad1cdffe0",
    "golden_similarity": "b83ea4d0f4be23bca35254aaf3f0cade",
    "hate": "2f5c62fffeb11d5309720593dec7a636",
    "hub_faithfulness": "b28301571d483d961ccb40421d08bcfc",
    "hub_injection": "d373def2fc7f62bd9aa9448b7280e6aa",
    "hub_toxicity": "ac88bb449249372d3ff3b291616787d2",
    "pii": "e387e9ffc61f38feea5f7f427ae9f1b8",
    "prompt_hate": "518b621ed7d0d2942690544f6ba483c9",
    "prompt_injection": "101d971818d6f6e49eef06f7ff2be673",
    "prompt_pii": "d018689031f279f71712bbc0f1e80451",
    "prompt_toxicity": "a7f711eed98502a9f7c4cacf9a894842",
    "toxicity": "32681b3fdabb6696cc60578ea6a62d3f",
}
TOLD = {"name", "version", "needs", "labels", "scale", "kind", "criterion"}
"""What of a spec is in `SPECS`."""

STARTERS = {
    "hallucination": ("db7597d81093", "ac4baedca5326f41"),
    "relevance": ("6f7c1f89c149", "98d747160518505e"),
    "toxicity": ("83e150a9526b", "8f26dc8eb3640984"),
}
"""Version and series of each starter rule."""

with_weights = pytest.mark.skipif(
    any(find_manifest(name) is None for name in BUNDLED), reason="the weights are not in this checkout"
)


@with_weights
@pytest.mark.parametrize(("name", "parameters"), DEFAULTS)
def test_what_is_shipped_keeps_its_fingerprint(name: str, parameters: str) -> None:
    made = registry.create(name, json.loads(parameters), ShippedGolden())
    assert fingerprint(made) == DEFAULTS[name, parameters]


@pytest.mark.parametrize(("name", "parameters", "labels"), HUB)
def test_models_of_the_hub_keep_theirs(
    name: str, parameters: str, labels: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "tiny").mkdir()
    config = {"architectures": ["DebertaV2ForSequenceClassification"], "model_type": "deberta-v2"}
    config["id2label"] = dict(enumerate(labels.split()))
    (tmp_path / "tiny" / "config.json").write_text(json.dumps(config))
    (tmp_path / "tiny" / "model.safetensors").write_bytes(b"weights")
    made = registry.create(name, {"model": "./tiny", **json.loads(parameters)})
    assert fingerprint(made) == HUB[name, parameters, labels]


@with_weights  # their thresholds are the default criteria
def test_specs_say_what_they_said() -> None:
    found = {spec.name: spec.model_dump(mode="json", include=TOLD) for spec in registry.specs()}
    assert {name: content_hash(found[name]) for name in SPECS} == SPECS
    built_in = {n for n in found if registry.evaluator_class(n).__module__.startswith("evaluator.")}
    assert built_in == SPECS.keys()


@with_weights
def test_starter_rules_keep_their_series() -> None:
    found = {}
    for definition in STARTER_RULES:
        evaluator = registry.create(definition["evaluator"])
        rule = Rule.model_validate({**definition, "fingerprint": fingerprint(evaluator)})
        found[rule.name] = (rule.version, series_id(rule, rule.criterion or evaluator.spec.criterion))
    assert found == STARTERS
    assert set(DEFAULTS) >= {(definition["evaluator"], "{}") for definition in STARTER_RULES}
