"""Weights in the shipped format with random numbers in them, for tests that need the machinery and not the sense."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from safetensors.numpy import save_file

from evaluator.models.files.manifest import (
    FAITHFULNESS,
    INJECTION,
    MANIFEST_FILE,
    PROMPT_INJECTION,
    TOXICITY,
    WEIGHTS_FILE,
)
from evaluator.models.files.weights import EMBEDDER_NAME, EMBEDDER_SHA256
from evaluator.text.combine import ANSWER_FEATURES, SENTENCE_FEATURES

COMBINATION: dict[str, Any] = {
    "sentence": {"features": ["network", "coverage"], "weights": [1.0, -2.0], "intercept": 0.5},
    "answer": {"features": ["worst", "overall_coverage"], "weights": [1.0, -1.0], "intercept": 0.2},
    "worst_k": 3,
}
assert {"network", "coverage"} <= set(SENTENCE_FEATURES)
assert {"worst", "overall_coverage"} <= set(ANSWER_FEATURES)


HIDDEN, INNER, LAYERS = 384, 1536, 6
Tensors = dict[str, npt.NDArray[np.float16]]


def tensors(labels: int, *, token_head: bool) -> Tensors:
    """Random tensors of the right names and shapes; heads wide enough that probabilities differ."""
    random = np.random.default_rng(7)
    found: dict[str, npt.NDArray[np.float64]] = {}

    def linear(name: str, out: int, into: int, spread: float = 0.05) -> None:
        found[f"{name}.weight"] = random.normal(0.0, spread, (out, into))
        found[f"{name}.bias"] = random.normal(0.0, 0.01, out)

    for layer in range(LAYERS):
        prefix = f"encoder.layer.{layer}."
        for part in ("query", "key", "value"):
            linear(f"{prefix}attention.self.{part}", HIDDEN, HIDDEN)
        linear(f"{prefix}attention.output.dense", HIDDEN, HIDDEN)
        linear(f"{prefix}intermediate.dense", INNER, HIDDEN)
        linear(f"{prefix}output.dense", HIDDEN, INNER)
        for part in ("attention.output", "output"):
            found[f"{prefix}{part}.LayerNorm.weight"] = np.ones(HIDDEN)
            found[f"{prefix}{part}.LayerNorm.bias"] = np.zeros(HIDDEN)
    linear("classifier", labels, HIDDEN, 0.1)
    if token_head:
        linear("token_head", 1, HIDDEN, 0.1)
    return {name: value.astype(np.float16) for name, value in found.items()}


def write(root: Path, name: str, content: Tensors, **manifest: Any) -> Path:
    """A folder of weights with its manifest under `root`; `manifest` replaces fields of it."""
    folder = root / name
    folder.mkdir(parents=True, exist_ok=True)
    save_file(content, folder / WEIGHTS_FILE)
    body = {
        "name": name,
        "version": "0-random",
        "base": {"name": EMBEDDER_NAME, "sha256": EMBEDDER_SHA256},
        "sha256": hashlib.sha256((folder / WEIGHTS_FILE).read_bytes()).hexdigest(),
        "precision": "fp32",
        "threshold": 0.5,
    } | manifest
    (folder / MANIFEST_FILE).write_text(json.dumps(body))
    return folder


def faithfulness(root: Path, **manifest: Any) -> Path:
    fields = {
        "labels": ["supported", "unsupported", "contradicted"],
        "max_length": 256,
        "window": {"max_pieces": 160, "overlap": 1, "pairs_per_sentence": 3},
        "combination": COMBINATION,
        "threshold_contradicted": 0.5,
    }
    return write(root, FAITHFULNESS, tensors(3, token_head=True), **(fields | manifest))


def toxicity(root: Path, **manifest: Any) -> Path:
    fields = {"labels": ["toxic", "hateful"], "max_length": 64}
    return write(root, TOXICITY, tensors(2, token_head=False), **(fields | manifest))


def injection(root: Path, **manifest: Any) -> Path:
    fields = {"labels": ["attack"], "max_length": 64}
    write(root, PROMPT_INJECTION, tensors(1, token_head=False), **(fields | manifest))
    return write(root, INJECTION, tensors(1, token_head=False), **(fields | manifest))
