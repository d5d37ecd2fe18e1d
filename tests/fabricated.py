"""Weights in the shipped format with random numbers in them, for tests that need the machinery and not the sense."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file

from evaluator.models.encoder import Layers, Shape
from evaluator.models.manifest import FAITHFULNESS, MANIFEST_FILE, TOXICITY, WEIGHTS_FILE
from evaluator.models.weights import EMBEDDER_NAME, EMBEDDER_SHA256
from evaluator.text.combine import ANSWER_FEATURES, SENTENCE_FEATURES

COMBINATION: dict[str, Any] = {
    "sentence": {"features": ["network", "coverage"], "weights": [1.0, -2.0], "intercept": 0.5},
    "answer": {"features": ["worst", "overall_coverage"], "weights": [1.0, -1.0], "intercept": 0.2},
    "worst_k": 3,
}
assert {"network", "coverage"} <= set(SENTENCE_FEATURES)
assert {"worst", "overall_coverage"} <= set(ANSWER_FEATURES)


def tensors(labels: int, *, token_head: bool, spread: float = 0.05) -> dict[str, torch.Tensor]:
    """Random tensors of the right names and shapes; heads wide enough that probabilities differ."""
    generator = torch.Generator().manual_seed(7)
    found = {}
    for name, value in Layers(Shape()).state_dict().items():
        if "LayerNorm" in name:
            found[f"encoder.{name}"] = torch.full_like(value, 1.0 if name.endswith("weight") else 0.0)
        else:
            found[f"encoder.{name}"] = torch.randn(value.shape, generator=generator) * spread
    heads = {"classifier": labels} | ({"token_head": 1} if token_head else {})
    for name, size in heads.items():
        found[f"{name}.weight"] = torch.randn(size, 384, generator=generator) * 0.3
        found[f"{name}.bias"] = torch.zeros(size)
    return {name: value.half().contiguous() for name, value in found.items()}


def write(root: Path, name: str, content: dict[str, torch.Tensor], **manifest: Any) -> Path:
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
    fields = {"labels": ["toxic"], "max_length": 64}
    return write(root, TOXICITY, tensors(1, token_head=False), **(fields | manifest))
