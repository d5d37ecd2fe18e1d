"""The folder of a model of one's own: whole or not at all, and never in the place of a shipped one. No torch."""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from evaluator.core.errors import Conflict, InvalidInput
from evaluator.models.files.manifest import BUNDLED, MANIFEST_FILE, WEIGHTS_FILE, WeightsManifest, check_model_name

CARD_FILE = "README.md"
COMPARISON_FILE = "comparison.json"


def check_target(root: Path, name: str, *, replace: bool) -> Path:
    """The folder that a new model `name` is to have.

    Raises:
        InvalidInput: it is no name for a model, or that of a shipped one.
        Conflict: there is such a model, and it is not to be replaced.
    """
    check_model_name(name, "name")
    if name in BUNDLED:
        raise InvalidInput("name", f"{name!r} is a shipped model", "Choose another name")
    if (root / name).exists() and not replace:
        raise Conflict(
            f"{root / name} exists. Choose another name: rules that pin this one would stop scoring. "
            "--yes-replace replaces it all the same"
        )
    return root / name


@contextmanager
def new_model(root: Path, name: str, *, replace: bool) -> Iterator[Path]:
    """A folder to fill, named `name`, in a hidden one: it moves to `root` at the end, and vanishes if anything fails.

    Raises what `check_target` raises, and InvalidInput where `root` cannot be written.
    """
    target = check_target(root, name, replace=replace)
    try:
        root.mkdir(parents=True, exist_ok=True)
        holder = Path(tempfile.mkdtemp(prefix=f".{name}-", dir=root))
    except OSError as error:
        raise InvalidInput("models", f"{root} cannot be written ({error.strerror})", "Name another folder") from error
    try:
        partial = holder / name
        partial.mkdir()
        yield partial
        check_target(root, name, replace=replace)
        _move(partial, target, holder / "replaced")
    finally:
        shutil.rmtree(holder, ignore_errors=True)


def _move(partial: Path, target: Path, aside: Path) -> None:
    """Put `partial` in the place of `target`; what was there comes back if that fails."""
    if target.exists():
        target.rename(aside)
    try:
        partial.rename(target)
    except OSError:
        if aside.exists():
            aside.rename(target)
        raise


def write_manifest(folder: Path, current: WeightsManifest, changes: Mapping[str, Any]) -> None:
    """The manifest of the weights in `folder`: `current` with `changes`, the folder's name and the weights' hash."""
    digest = hashlib.sha256((folder / WEIGHTS_FILE).read_bytes()).hexdigest()
    own = {"name": folder.name, "version": "1", "weights": None, "sha256": digest}
    body = current.model_dump(mode="json") | own | dict(changes)
    write_json(folder / MANIFEST_FILE, body)


def write_json(path: Path, content: object) -> None:
    """`content` as readable JSON; NaN is refused."""
    path.write_text(json.dumps(content, indent=2, allow_nan=False) + "\n", encoding="utf-8")
