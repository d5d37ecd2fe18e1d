"""Find a model's files: a folder, the local cache of the hub, or the hub itself. Safetensors only; no torch.

What a model *is* (its commit and the hash of its weights) is known without downloading the weights, so that a rule
can be pinned by a process that never runs the model.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evaluator.core.errors import InvalidInput, ModelUnavailable
from evaluator.core.evaluator import ModelRef
from evaluator.models.files.manifest import WEIGHTS_FILE
from evaluator.models.files.weights import check_file
from evaluator.models.hub import remote

CONFIG_FILE = "config.json"
INDEX_FILE = WEIGHTS_FILE + ".index.json"
SMALL_FILES = (
    CONFIG_FILE, "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json",
    "vocab.txt", "vocab.json", "merges.txt", "spm.model", "spiece.model", "sentencepiece.bpe.model",
)  # fmt: skip
"""What is read of a model beside its weights."""
_SHARD = re.compile(r"model-\d+-of-\d+\.safetensors")
_REVISION = re.compile(r"(?!.*\.\.)\w[\w./-]{0,199}")
_PICKLES = (".bin", ".pt", ".pth", ".ckpt", ".pkl", ".msgpack", ".h5")
_CONVERT = (
    "Pickled weights can run code, so they are never loaded. Where you trust them, write safetensors once (load the "
    "model with transformers and call `save_pretrained`) and name that folder, or name a `revision` of the hub "
    f"that holds {WEIGHTS_FILE}"
)
_digests: dict[tuple[str, int, int], str] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """A model that was found. `sha256` is that of its weights (of a list of them where there are several).

    `revision` is the hub's commit, or names the content of a folder's configuration and tokenizer. `folder` holds its
    `config.json`; its weights may still have to be fetched.
    """

    name: str
    revision: str
    sha256: str
    config: Mapping[str, Any]
    folder: Path
    hashes: Mapping[str, str]
    """SHA-256 of each file of weights, by name."""

    @property
    def ref(self) -> ModelRef:
        return ModelRef(name=f"{self.name}@{self.revision}", sha256=self.sha256)


def is_folder(model: str) -> bool:
    """Whether `model` is a path rather than a name on the hub: absolute, or beginning with ``./``, ``../``, ``~``."""
    return model.startswith(("/", "./", "../", "~")) or Path(model).is_absolute()


def locate(model: str, revision: str | None) -> Checkpoint:
    """The checkpoint named by a path or by its name on the hub (at `revision`: a branch, tag or commit).

    A commit is looked for in the local cache first; what a branch points to is asked of the hub, and of the cache
    where the hub cannot be reached.

    Raises:
        InvalidInput: neither a path nor a name; a revision of a folder.
        ModelUnavailable: it is nowhere, or holds no safetensors. The message says what to do.
    """
    if is_folder(model):
        if revision is not None:
            raise InvalidInput("parameters.revision", "a folder has no revisions", "Leave it out")
        return _in_folder(Path(model).expanduser(), None)
    if not remote.is_name(model):
        raise InvalidInput("parameters.model", f"{model[:200]!r} is neither a folder nor a name on Hugging Face")
    _check_revision("revision", revision)
    cached = remote.cached_folder(model, revision, CONFIG_FILE)
    if cached is not None and not ((cached / WEIGHTS_FILE).exists() or (cached / INDEX_FILE).exists()):
        cached = None  # its configuration was looked at; its weights were never needed here
    if cached is not None and (revision == cached.name or remote.offline()):
        return _in_folder(cached, model)
    try:
        found = remote.look_up(model, revision)
    except remote.Unreachable as error:
        if cached is None:
            raise ModelUnavailable(str(error)) from error
        return _in_folder(cached, model)
    return _on_the_hub(found, revision)


def _check_revision(parameter: str, revision: str | None) -> None:
    """Refuse what can be no branch, tag or commit: it becomes a part of paths in the cache."""
    if revision is not None and _REVISION.fullmatch(revision) is None:
        raise InvalidInput(f"parameters.{parameter}", f"{revision[:200]!r} is no branch, tag or commit")


def fetch(checkpoint: Checkpoint) -> Path:
    """The folder of the checkpoint's files, downloaded if need be, its weights checked. Raises ModelUnavailable."""
    folder = checkpoint.folder
    if any(not (folder / name).is_file() for name in checkpoint.hashes):
        wanted = [*SMALL_FILES, *checkpoint.hashes, INDEX_FILE]
        folder = remote.download(checkpoint.name, checkpoint.revision, wanted)
    for name, sha256 in checkpoint.hashes.items():
        check_file(folder / name, sha256, "Remove it and download it again, or pin the rule again")
    return folder


def locate_foundation(foundation: str) -> Checkpoint:
    """The configuration and tokenizer of ``NAME``, ``NAME@REVISION`` or a folder; its weights are not looked at.

    Raises InvalidInput and ModelUnavailable.
    """
    if is_folder(foundation):
        folder = Path(foundation).expanduser()
    else:
        name, _, revision = foundation.partition("@")
        if not remote.is_name(name):
            raise InvalidInput("parameters.foundation", f"{foundation[:200]!r} is neither a folder nor a name")
        _check_revision("foundation", revision or None)
        cached = remote.cached_folder(name, revision or None, "tokenizer.json")
        pinned = cached is not None and (cached.name == revision or remote.offline())
        folder = cached if cached and pinned else remote.download(name, revision or None, SMALL_FILES, spare=cached)
    digest = _small_digest(folder)
    label = folder.name if is_folder(foundation) else foundation.partition("@")[0]
    revision = digest[:12] if is_folder(foundation) else folder.name
    return Checkpoint(
        name=label, revision=revision, sha256=digest, config=read_config(folder), folder=folder, hashes={}
    )


def read_config(folder: Path) -> dict[str, Any]:
    """A folder's `config.json`. Raises ModelUnavailable."""
    path = folder / CONFIG_FILE
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ModelUnavailable(
            f"{path} cannot be read ({type(error).__name__}). Name a folder that transformers' save_pretrained wrote"
        ) from error
    if not isinstance(found, dict):
        raise ModelUnavailable(f"{path} is not a JSON object. Download the model again")
    return found


def _in_folder(folder: Path, name: str | None) -> Checkpoint:
    """The checkpoint in a folder: one of the hub's cache where `name` is given, else anybody's."""
    if not folder.is_dir():
        raise ModelUnavailable(f"the folder {folder} does not exist. Name one that holds {WEIGHTS_FILE}")
    weights = _weight_files((path.name for path in folder.iterdir()), str(folder))
    hashes = {file: _known_digest(folder / file) for file in weights}
    return Checkpoint(
        name=name or folder.resolve().name,
        revision=folder.name if name else _small_digest(folder)[:12],
        sha256=_joint(hashes),
        config=read_config(folder),
        folder=folder,
        hashes=hashes,
    )


def _on_the_hub(found: remote.Remote, revision: str | None) -> Checkpoint:
    weights = _weight_files(found.files, f"{found.name}@{found.commit[:8]}")
    hashes = {}
    for file in weights:
        sha256 = found.files[file]
        if sha256 is None:
            raise ModelUnavailable(
                f"the hub does not say the SHA-256 of {found.name}/{file}. Download it to a folder"
            )
        hashes[file] = sha256
    # By the name that was given, so that the cache remembers where it pointed; by commit if it has moved meanwhile.
    folder = remote.download(found.name, revision, [CONFIG_FILE])
    if folder.name != found.commit:
        folder = remote.download(found.name, found.commit, [CONFIG_FILE])
    return Checkpoint(
        name=found.name,
        revision=found.commit,
        sha256=_joint(hashes),
        config=read_config(folder),
        folder=folder,
        hashes=hashes,
    )


def _weight_files(names: Iterable[str], where: str) -> list[str]:
    """The safetensors files of a model: the whole one, or all shards. Raises ModelUnavailable without any."""
    there = set(names)
    if WEIGHTS_FILE in there:
        return [WEIGHTS_FILE]
    shards = sorted(name for name in there if _SHARD.fullmatch(name))
    if INDEX_FILE in there and shards:
        return shards
    pickles = sorted(name for name in there if name.endswith(_PICKLES) and "training_args" not in name)
    if pickles:
        raise ModelUnavailable(f"{where} holds no {WEIGHTS_FILE}, only {', '.join(pickles[:3])}. {_CONVERT}")
    raise ModelUnavailable(f"{where} holds no {WEIGHTS_FILE}. Name a model whose weights are safetensors")


def _known_digest(path: Path) -> str:
    """The SHA-256 that the hub's cache gives its files as names, or the computed one; `fetch` checks either."""
    blob = path.resolve()
    if blob.parent.name == "blobs" and re.fullmatch(r"[0-9a-f]{64}", blob.name):
        return blob.name
    return _digest(path)


def _digest(path: Path) -> str:
    """The SHA-256 of a file, computed once a process while it does not change."""
    stat = path.stat()
    key = (str(path.resolve()), stat.st_size, stat.st_mtime_ns)
    if key not in _digests:
        with path.open("rb") as file:
            _digests[key] = hashlib.file_digest(file, "sha256").hexdigest()
    return _digests[key]


def _small_digest(folder: Path) -> str:
    """One hash of the configuration and the tokenizer of a folder."""
    return _joint({name: _digest(folder / name) for name in SMALL_FILES if (folder / name).is_file()})


def _joint(hashes: Mapping[str, str]) -> str:
    """The hash itself where there is one file, else the hash of their list."""
    if len(hashes) == 1:
        return next(iter(hashes.values()))
    lines = "".join(f"{sha256}  {name}\n" for name, sha256 in sorted(hashes.items()))
    return hashlib.sha256(lines.encode()).hexdigest()
