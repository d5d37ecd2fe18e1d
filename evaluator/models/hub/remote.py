"""The Hugging Face hub and its local cache. No torch."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from evaluator.core.errors import ModelUnavailable

_TIMEOUT_SECONDS = 20.0


class Unreachable(Exception):
    """The hub did not answer; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Remote:
    """A repository of the hub at one commit: SHA-256 by file (None for files that are kept outside of LFS)."""

    name: str
    commit: str
    files: Mapping[str, str | None]


def is_name(text: str) -> bool:
    """Whether `text` can be the name of a model on the hub."""
    from huggingface_hub.errors import HFValidationError
    from huggingface_hub.utils import validate_repo_id  # type: ignore[attr-defined]

    try:
        validate_repo_id(text)
    except HFValidationError:
        return False
    return True


def offline() -> bool:
    """Whether the hub is not to be asked (``HF_HUB_OFFLINE``)."""
    from huggingface_hub import is_offline_mode

    return bool(is_offline_mode())


def cached_folder(name: str, revision: str | None, file: str) -> Path | None:
    """The folder of the local cache that holds `file` of the model, None if there is none. Its name is the commit."""
    from huggingface_hub import try_to_load_from_cache

    found = try_to_load_from_cache(name, file, revision=revision)
    return Path(found).parent if isinstance(found, str) else None


def look_up(name: str, revision: str | None) -> Remote:
    """What the hub holds of `name` at `revision`.

    Raises:
        ModelUnavailable: the hub knows no such model or revision, or does not let us have it.
        Unreachable: the hub did not answer.
    """
    from huggingface_hub import HfApi

    try:
        info = HfApi().model_info(name, revision=revision, files_metadata=True, timeout=_TIMEOUT_SECONDS)
    except Exception as error:
        raise _explained(error, name, revision) from error
    files = {entry.rfilename: entry.lfs.sha256 if entry.lfs else None for entry in info.siblings or ()}
    return Remote(name, str(info.sha), files)


def download(name: str, revision: str | None, files: Sequence[str], spare: Path | None = None) -> Path:
    """The folder of the cache that holds those of `files` that the model has; `spare` where the hub does not answer.

    Raises ModelUnavailable.
    """
    from huggingface_hub import snapshot_download
    from huggingface_hub.utils.tqdm import disable_progress_bars

    if not sys.stderr.isatty():
        disable_progress_bars()
    try:
        # Names are patterns there, and a pattern would find its like in subfolders: other formats of the model.
        return Path(snapshot_download(name, revision=revision, allow_patterns=list(files), ignore_patterns=["*/*"]))
    except Exception as error:
        problem = _explained(error, name, revision)
        if isinstance(problem, Unreachable) and spare is not None:
            return spare
        raise ModelUnavailable(str(problem)) from error


def _explained(error: Exception, name: str, revision: str | None) -> ModelUnavailable | Unreachable:
    from huggingface_hub.errors import GatedRepoError, RepositoryNotFoundError, RevisionNotFoundError

    at = f" at revision {revision}" if revision else ""
    if isinstance(error, GatedRepoError):
        return ModelUnavailable(
            f"{name} is gated: accept its licence at https://huggingface.co/{name} and set HF_TOKEN to your token"
        )
    if isinstance(error, RevisionNotFoundError):
        return ModelUnavailable(f"{name} has no revision {revision!r} on Hugging Face. Name a branch, tag or commit")
    if isinstance(error, RepositoryNotFoundError):
        return ModelUnavailable(
            f"Hugging Face knows no model {name!r}, or hides it. Check its name; for a private one set HF_TOKEN"
        )
    return Unreachable(
        f"{name}{at} is not in the local cache and Hugging Face cannot be reached ({type(error).__name__}). Where "
        f"there is a network, run `hf download {name}{_flag(revision)}`, and copy that cache here (HF_HOME) or "
        "name the folder in `model`"
    )


def _flag(revision: str | None) -> str:
    return f" --revision {revision}" if revision and re.fullmatch(r"[\w./-]+", revision) else ""
