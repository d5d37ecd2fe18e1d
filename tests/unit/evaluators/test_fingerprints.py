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
    ("answer_relevance", "{}"): "85ffe16e32c092de282c145cd139aa95",
    ("answer_relevance", '{"precision": "fp32"}'): "f4510f16203246abfef7a615ba9c2108",
    ("answer_relevance", '{"precision": "bf16"}'): "85ffe16e32c092de282c145cd139aa95",
    ("context_injection", "{}"): "7b369fd14692645a392100517e9213d2",
    ("context_injection", '{"precision": "fp32"}'): "651edd2c4c4c5cc41d25f9bc6e6defd6",
    ("context_injection", '{"precision": "bf16"}'): "7b369fd14692645a392100517e9213d2",
    ("faithfulness", "{}"): "e18774664a81f5a8f61615189139b73e",
    ("faithfulness", '{"precision": "fp32"}'): "2fc0becd96b849c680af216965be2cd4",
    ("faithfulness", '{"precision": "bf16"}'): "e18774664a81f5a8f61615189139b73e",
    ("golden_similarity", '{"golden_set": "demo-desk"}'): "24cad330c721bda1f7e2469dee6a6961",
    ("golden_similarity", '{"golden_set": "demo-desk", "precision": "fp32"}'): "97a40b59e11b9b63c804be487369ae3f",
    ("golden_similarity", '{"golden_set": "demo-desk", "precision": "bf16"}'): "24cad330c721bda1f7e2469dee6a6961",
    ("golden_similarity", '{"golden_set": "general-knowledge"}'): "c250f573455375f62c14a13c52d560b0",
    (
        "golden_similarity",
        '{"golden_set": "general-knowledge", "precision": "fp32"}',
    ): "66651874310704a9a6651ad4322da761",
    (
        "golden_similarity",
        '{"golden_set": "general-knowledge", "precision": "bf16"}',
    ): "c250f573455375f62c14a13c52d560b0",
    ("pii", "{}"): "a1eb5108b60ddc67386efe956c15410e",
    ("prompt_injection", "{}"): "0a612aa21a9edf6d2b5d459da6a04c2d",
    ("prompt_injection", '{"precision": "fp32"}'): "a3c4242cf2866aa9078f54c85f273fbc",
    ("prompt_injection", '{"precision": "bf16"}'): "0a612aa21a9edf6d2b5d459da6a04c2d",
    ("prompt_pii", "{}"): "4e5c48a8142b93f39eb30ffbca9af673",
    ("prompt_toxicity", "{}"): "a4d466c168ca45cc7eb8d71e2d7cd2f1",
    ("prompt_toxicity", '{"precision": "fp32"}'): "ce67893e4e84aed3814bfe4303da8ee3",
    ("prompt_toxicity", '{"precision": "bf16"}'): "a4d466c168ca45cc7eb8d71e2d7cd2f1",
    ("toxicity", "{}"): "d7fbd3bc78c183279f509a70f230f489",
    ("toxicity", '{"precision": "fp32"}'): "006f66283592981f25ad26a0b0a4aa04",
    ("toxicity", '{"precision": "bf16"}'): "d7fbd3bc78c183279f509a70f230f489",
}
"""Evaluators by name and parameters (JSON)."""

HUB = {
    ("hub_faithfulness", "{}", "entailment neutral contradiction"): "8a68d5e538fb9bb81fc07df12aa3a059",
    ("hub_faithfulness", '{"like": "lytang/MiniCheck-RoBERTa-Large"}', "0 1"): "f3f8360b9d600fa75920fc142baee0ac",
    (
        "hub_faithfulness",
        '{"like": "KRLabsOrg/lettucedect-base-modernbert-en-v1"}',
        "0 1",
    ): "f801b795956f563a83bd9d469926e8ba",
    ("hub_toxicity", '{"dtype": "bf16"}', "neutral toxic"): "5389440980d31bc709a440bc418f9422",
    ("hub_injection", '{"threshold": 0.4}', "SAFE INJECTION"): "436b9935891292968704834c1e56ad93",
}
"""The same over a folder of fixed content with these labels."""

SPECS = {
    "answer_relevance": "348aba21588c963d68eb7348890105ff",
    "context_injection": "b35b3556aee7d2e9574c72aabf4c6504",
    "faithfulness": "2f926b6746029533d41891f6f92f7228",
    "golden_similarity": "b3fe19b425054f960ed9b091e436c0b2",
    "hub_faithfulness": "b0958db44e408f5aae13155073034bed",
    "hub_injection": "d373def2fc7f62bd9aa9448b7280e6aa",
    "hub_toxicity": "ac88bb449249372d3ff3b291616787d2",
    "pii": "2cd60e1fadcec57ba82272b0c2041e5b",
    "prompt_injection": "101d971818d6f6e49eef06f7ff2be673",
    "prompt_pii": "d210c3eaf6cb48862d928dfa24bf1f0f",
    "prompt_toxicity": "a09c327f0e7546b7665a0c06003b15e3",
    "toxicity": "dc3cf0877749db2b62631d06b60ff819",
}
TOLD = {"name", "version", "needs", "labels", "scale", "kind", "criterion"}
"""What of a spec is in `SPECS`."""

STARTERS = {
    "hallucination": ("844e0c40caa1", "aa127e8c38afb26a"),
    "relevance": ("d8e5a7f6608a", "474c2f2357509d6a"),
    "toxicity": ("5a8faec81c0c", "f3234592c0cbcc76"),
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
