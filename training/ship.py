"""Turn a checkpoint into what is shipped: fp16 safetensors and the manifest beside it.

``python -m training.ship toxicity --name toxicity-minilm-v2 --checkpoint OUT/checkpoint.safetensors``
"""

from __future__ import annotations

import argparse
import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from safetensors.torch import load_file, save_file
from torch import Tensor

from evaluator.models.files.loading import EMBEDDINGS, depth_of
from evaluator.models.files.manifest import MANIFEST_FILE, WEIGHTS_DIR
from evaluator.text.plan import WindowSettings
from training.base import CROSS_ENCODER
from training.encoder import BASE_NAME, BASE_SHA256
from training.faithfulness import LABELS
from training.faithfulness import MAX_LENGTH as PAIR_LENGTH
from training.hate import HEADS
from training.injection import LEADS
from training.text_recipe import MAX_LENGTH as TEXT_LENGTH

WINDOW_PIECES = 240
"""With an answer's part of 160 it fits into what the span reader was trained on, 448."""
READING = 2
"""How numbers are read."""
TEXT_LABELS = {"toxicity": HEADS, "injection": ("attack",)}
"""The single-text classifiers and what their logits say."""


def write(name: str, checkpoint: Path, manifest: dict[str, Any], root: Path = WEIGHTS_DIR) -> Path:
    """Write weights and manifest of one model into a folder of `root`; returns it."""
    folder = root / name
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / "model.safetensors"
    tensors = {key: value.half().contiguous() for key, value in load_file(checkpoint).items()}
    save_file(tensors, target)
    target.chmod(0o644)
    complete = {
        "name": name,
        "version": name.rpartition("-v")[2],
        **_shape(tensors),
        "sha256": hashlib.sha256(target.read_bytes()).hexdigest(),
        "precision": "fp16",
        **manifest,
    }
    (folder / "manifest.json").write_text(json.dumps(complete, indent=2) + "\n", encoding="utf-8")
    return folder


def write_beside(name: str, of: str, changes: Mapping[str, Any], root: Path = WEIGHTS_DIR) -> Path:
    """Write the manifest of a model that reads the tensors of the model `of` in another way; returns its folder."""
    folder = root / name
    folder.mkdir(parents=True, exist_ok=True)
    known = json.loads((root / of / MANIFEST_FILE).read_text(encoding="utf-8"))
    own = {"name": name, "version": name.rpartition("-v")[2], "weights": of}
    (folder / MANIFEST_FILE).write_text(json.dumps(known | own | dict(changes), indent=2) + "\n", encoding="utf-8")
    return folder


def _shape(tensors: Mapping[str, Tensor]) -> dict[str, Any]:
    """What a manifest says of the base that a model began as."""
    if any(key.startswith(EMBEDDINGS) for key in tensors):
        return {"base": CROSS_ENCODER.model_dump(mode="json"), "layers": depth_of(tensors), "embeddings": "own"}
    return {"base": {"name": BASE_NAME, "sha256": BASE_SHA256}}


def faithfulness_manifest(pairs_per_sentence: int = 2, contradicted: float = 0.5) -> dict[str, Any]:
    """What the manifest of a detector says beside its weights."""
    settings = WindowSettings(max_pieces=WINDOW_PIECES, pairs_per_sentence=pairs_per_sentence, numbers=READING)
    return {
        "labels": list(LABELS),
        "max_length": PAIR_LENGTH,
        "threshold_contradicted": contradicted,
        "window": {name: getattr(settings, name) for name in WindowSettings.__dataclass_fields__},
    }


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", choices=("faithfulness", *TEXT_LABELS))
    parser.add_argument("--name", required=True, help="of the new version; rules pin those that there are")
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--checkpoint", type=Path)
    source.add_argument("--weights-of", help="a shipped detector whose network is to be combined anew")
    parser.add_argument("--threshold", type=float, action="append", help="one for each label, in their order")
    parser.add_argument("--threshold-contradicted", type=float, default=0.5)
    parser.add_argument("--pairs-per-sentence", type=int, default=2)
    options = parser.parse_args()
    if (WEIGHTS_DIR / options.name / MANIFEST_FILE).exists():
        parser.error(f"--name {options.name} is shipped, and rules pin it: name the next version")
    if options.weights_of and options.model in TEXT_LABELS:
        parser.error("--weights-of is for faithfulness: the others have no combination")
    names = TEXT_LABELS.get(options.model, ("",))
    thresholds = options.threshold or [0.5] * len(names)
    if len(thresholds) != len(names):
        parser.error(f"--threshold is needed for each of {', '.join(names)}, in this order")
    manifest: dict[str, Any] = {"threshold": thresholds[0], "temperature": 1.0}
    if options.model in TEXT_LABELS:
        manifest |= {"labels": list(names), "max_length": TEXT_LENGTH}
        manifest |= {"thresholds": dict(zip(names, thresholds, strict=True))} if len(names) > 1 else {}
        manifest |= {"leads": LEADS} if options.model == "injection" else {}
    else:
        manifest |= faithfulness_manifest(options.pairs_per_sentence, options.threshold_contradicted)
    if options.weights_of:
        print(write_beside(options.name, options.weights_of, {"window": manifest["window"]}))
    else:
        print(write(options.name, options.checkpoint, manifest))


if __name__ == "__main__":
    main()
