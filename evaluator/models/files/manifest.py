"""What a folder of trained weights says about itself. No torch."""

from __future__ import annotations

import json
import re
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from evaluator.core.errors import InvalidInput, ModelUnavailable
from evaluator.core.evaluator import ModelRef
from evaluator.core.ids import content_hash
from evaluator.models.encoder.precision import Precision

WEIGHTS_DIR = Path(__file__).parents[1] / "weights"
FAITHFULNESS = "faithfulness-minilm-v3"
TOXICITY = "toxicity-minilm-v2"
INJECTION = "injection-minilm-v2"
"""Of retrieved content; it knows prompts, too."""
PROMPT_INJECTION = "injection-minilm-v1"
"""Of prompts: it flags fewer of the harmless ones that play a part."""
_EARLIER = ("faithfulness-minilm-v2", "toxicity-minilm-v1")
BUNDLED = (FAITHFULNESS, TOXICITY, INJECTION, PROMPT_INJECTION, *_EARLIER)
"""Names that belong to the shipped models."""
MANIFEST_FILE = "manifest.json"
WEIGHTS_FILE = "model.safetensors"
_ADDED = ("layers", "embeddings", "base_rate", "thresholds", "leads", "weights")
"""Fields that manifests did not have at first: they count in a fingerprint where they say something."""
_NAME = re.compile(r"[a-z0-9][a-z0-9.-]{0,63}")


class WeightsManifest(BaseModel):
    """`manifest.json` beside the weights. Fields that this version does not know are kept in `model_extra`."""

    model_config = ConfigDict(frozen=True, extra="allow")

    name: str
    version: str
    base: ModelRef
    """What it was trained from."""
    layers: int = Field(default=6, ge=1, le=24)
    embeddings: Literal["shared", "own"] = "shared"
    """Whose word embeddings it reads by: those of the base embedder, which `base` then is, or its own."""
    weights: str | None = Field(default=None, pattern=rf"^{_NAME.pattern}$")
    """The model whose tensors it reads, where it has none of its own: another combination of the same network."""
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
    base_rate: float = Field(default=0.5, gt=0.0, lt=1.0)
    """The share of bad answers at which a score is a probability."""
    thresholds: dict[str, Annotated[float, Field(ge=0.0, le=1.0)]] = Field(default_factory=dict)
    """Of a model with several labels: the threshold of each in [0, 1]."""
    leads: dict[str, str] = Field(default_factory=dict)
    """What is read before a text, by the field that the text stands in: where it comes from."""

    @property
    def digest(self) -> str:
        """Names what it says, in fingerprints."""
        unsaid = {name for name in _ADDED if name not in self.model_fields_set}
        return content_hash(self.model_dump(mode="json", exclude=unsaid))

    def threshold_of(self, label: str) -> float:
        """The threshold of one of the labels."""
        return self.thresholds.get(label, self.threshold)

    @property
    def ref(self) -> ModelRef:
        return ModelRef(name=f"{self.name}@{self.version}", sha256=self.sha256)


def check_model_name(name: object, field: str = "parameters.model") -> str:
    """`name`, if it may name a model: it becomes a folder, and rules come from outside. Raises InvalidInput."""
    if not isinstance(name, str) or _NAME.fullmatch(name) is None:
        remedy = "Use 1 to 64 of a-z, 0-9, dot and hyphen, a letter or digit first"
        raise InvalidInput(field, f"{name!r} is no name of a model", remedy)
    return name


def weights_dir(name: str, root: str | None = None) -> Path:
    """The folder of the model `name`: under `root` where it is there, else among the shipped ones.

    In neither place it is the one where it should be put, and does not exist. Raises InvalidInput for no name.
    """
    shipped = WEIGHTS_DIR / check_model_name(name)
    if root is None:
        return shipped
    own = Path(root) / name
    return shipped if (shipped / MANIFEST_FILE).is_file() and not (own / MANIFEST_FILE).is_file() else own


def read_manifest(name: str, root: str | None = None) -> WeightsManifest:
    """The manifest of the trained model `name`. Raises ModelUnavailable, naming the file and the remedy."""
    path = weights_dir(name, root) / MANIFEST_FILE
    try:
        # A model may be trained again under its name while a service runs.
        stamp = path.stat().st_mtime_ns
    except OSError as error:
        raise ModelUnavailable(
            f"the weights {name!r} are not installed: {path} does not exist ({error.strerror}). {_remedy(name)}"
        ) from None
    return _read(path, name, stamp)


def find_manifest(name: str, root: str | None = None) -> WeightsManifest | None:
    """The manifest of `name`, or None where these weights are not installed (a broken manifest still raises)."""
    return read_manifest(name, root) if (weights_dir(name, root) / MANIFEST_FILE).is_file() else None


def _remedy(name: str) -> str:
    if name in BUNDLED:
        return "Install faithline with its weights, or name the folder that holds them"
    return (
        "Copy its folder there from the machine where it was trained (`faithline train`), or name the folder that "
        "holds it (FAITHLINE_MODELS_PATH)"
    )


@lru_cache(maxsize=16)
def _read(path: Path, name: str, stamp: int) -> WeightsManifest:  # noqa: ARG001 - the stamp is part of the cache's key
    try:
        found = WeightsManifest.model_validate(json.loads(path.read_text(encoding="utf-8")))
    except (ValueError, ValidationError, OSError) as error:
        raise ModelUnavailable(f"{path} is not a manifest of weights ({error}). Install it again") from error
    if found.name != name:
        raise ModelUnavailable(f"{path} describes {found.name!r}, not {name!r}. Install it again")
    return found
