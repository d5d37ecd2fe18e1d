"""What a folder of trained weights says about itself. No torch."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from evaluator.core.errors import ModelUnavailable
from evaluator.core.evaluator import ModelRef
from evaluator.models.precision import Precision

WEIGHTS_DIR = Path(__file__).parent / "weights"
FAITHFULNESS = "faithfulness-minilm-v2"
TOXICITY = "toxicity-minilm-v1"
INJECTION = "injection-minilm-v1"
MANIFEST_FILE = "manifest.json"
WEIGHTS_FILE = "model.safetensors"


class WeightsManifest(BaseModel):
    """`manifest.json` beside the weights. Fields that this version does not know are kept in `model_extra`."""

    model_config = ConfigDict(frozen=True, extra="allow")

    name: str
    version: str
    base: ModelRef
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    labels: tuple[str, ...] = Field(min_length=1)
    max_length: int = Field(ge=16, le=512)
    window: dict[str, Any] = Field(default_factory=dict)
    precision: str = "fp32"
    """What the tensors are stored in."""
    compute: Precision = "bf16"
    """What they are computed in where nobody asks for another precision."""
    temperature: float = Field(default=1.0, gt=0.0)
    """What logits are divided by before they become probabilities."""
    combination: dict[str, Any] = Field(default_factory=dict)
    threshold: float = Field(default=0.5, ge=0.0, le=1.0)
    threshold_contradicted: float | None = Field(default=None, ge=0.0, le=1.0)

    @property
    def ref(self) -> ModelRef:
        return ModelRef(name=f"{self.name}@{self.version}", sha256=self.sha256)


def weights_dir(name: str, root: str | None = None) -> Path:
    """The folder of the model `name`, under `root` or among the shipped ones; it may not exist."""
    return (Path(root) if root else WEIGHTS_DIR) / name


def read_manifest(name: str, root: str | None = None) -> WeightsManifest:
    """The manifest of the trained model `name`. Raises ModelUnavailable, naming the file and the remedy."""
    return _read(weights_dir(name, root) / MANIFEST_FILE, name)


def find_manifest(name: str, root: str | None = None) -> WeightsManifest | None:
    """The manifest of `name`, or None where these weights are not installed (a broken manifest still raises)."""
    path = weights_dir(name, root) / MANIFEST_FILE
    return _read(path, name) if path.is_file() else None


@lru_cache(maxsize=16)
def _read(path: Path, name: str) -> WeightsManifest:
    try:
        found = WeightsManifest.model_validate(json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        raise ModelUnavailable(
            f"the weights {name!r} are not installed: {path} does not exist. Install faithline with its weights, "
            "or name the folder that holds them"
        ) from None
    except (ValueError, ValidationError, OSError) as error:
        raise ModelUnavailable(f"{path} is not a manifest of weights ({error}). Install faithline again") from error
    if found.name != name:
        raise ModelUnavailable(f"{path} describes {found.name!r}, not {name!r}. Install faithline again")
    return found
