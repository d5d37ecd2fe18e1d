"""The small encoder that every recipe fine-tunes, and the base model that it begins as.

On a CPU with bf16 weights are kept twice: fp32 masters that the optimiser moves, and the bf16 copy that computes.
"""

from __future__ import annotations

from pathlib import Path

from evaluator.models.files.loading import embedder_dir
from evaluator.models.files.weights import EMBEDDER_SHA256 as BASE_SHA256
from evaluator.models.runtime import Runtime
from evaluator.models.tuning.encoder import TrainableEncoder as Encoder
from evaluator.models.tuning.encoder import load_trained

__all__ = ["BASE_NAME", "BASE_SHA256", "Encoder", "base_folder", "load_trained"]

BASE_NAME = "all-MiniLM-L6-v2"


def base_folder() -> Path:
    """Folder of the base model's files, checked. Raises ModelUnavailable."""
    return embedder_dir(Runtime())
