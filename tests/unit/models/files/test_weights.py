"""Weights are found without torch and never read unchecked."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from evaluator.core.errors import InvalidInput, ModelUnavailable
from evaluator.models.files.loading import embedder_dir
from evaluator.models.files.manifest import FAITHFULNESS, TOXICITY, find_manifest, read_manifest
from evaluator.models.files.weights import check_embedder, check_file, check_weights, installed_embedder
from evaluator.models.readers.heads import TrainedModel
from evaluator.models.runtime import Runtime
from tests.support import fabricated


@pytest.fixture
def root(tmp_path: Path) -> str:
    fabricated.toxicity(tmp_path)
    return str(tmp_path)


def test_the_installed_embedder_is_the_official_one() -> None:
    folder = installed_embedder()
    assert folder is not None
    assert check_embedder(folder) == folder == embedder_dir(Runtime())


def test_missing_weights_name_the_file_and_the_remedy(tmp_path: Path) -> None:
    assert find_manifest("mine", str(tmp_path)) is None
    wanted = rf"'mine'.*{tmp_path}/mine/manifest\.json does not exist.*Copy .*FAITHLINE_MODELS_PATH"
    with pytest.raises(ModelUnavailable, match=wanted):
        read_manifest("mine", str(tmp_path))


def test_a_name_is_looked_for_in_the_own_folder_first_then_among_the_shipped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shipped, own = tmp_path / "shipped", tmp_path / "own"
    monkeypatch.setattr("evaluator.models.files.manifest.WEIGHTS_DIR", shipped)
    with pytest.raises(ModelUnavailable, match=r"toxicity-minilm-v2.*own.*Install faithline"):
        read_manifest(TOXICITY, str(own))
    fabricated.toxicity(shipped, threshold=0.3)
    assert read_manifest(TOXICITY, str(own)).threshold == 0.3
    fabricated.toxicity(own, threshold=0.4)
    assert read_manifest(TOXICITY, str(own)).threshold == 0.4
    assert read_manifest(TOXICITY).threshold == 0.3
    assert check_weights(read_manifest(TOXICITY, str(own)), str(own)).parent == own / TOXICITY


def test_a_manifest_that_was_replaced_is_read_again(tmp_path: Path) -> None:
    path = fabricated.toxicity(tmp_path, threshold=0.3) / "manifest.json"
    assert read_manifest(TOXICITY, str(tmp_path)).threshold == 0.3
    fabricated.toxicity(tmp_path, threshold=0.4)
    os.utime(path, ns=(path.stat().st_mtime_ns + 10**9,) * 2)
    assert read_manifest(TOXICITY, str(tmp_path)).threshold == 0.4


@pytest.mark.parametrize("name", ["../secret", "/etc", "", "a/b", "A", ".hidden", "x" * 65, 5, None, "a\n"])
def test_what_is_no_name_reaches_no_file(tmp_path: Path, name: object) -> None:
    with pytest.raises(InvalidInput, match="a-z, 0-9"):
        read_manifest(name, str(tmp_path))  # type: ignore[arg-type]


def test_an_altered_file_is_refused_before_it_is_read(root: str) -> None:
    path = Path(root) / TOXICITY / "model.safetensors"
    path.write_bytes(path.read_bytes()[:-1] + b"\x01")
    with pytest.raises(ModelUnavailable, match=r"model\.safetensors has the SHA-256"):
        TrainedModel(TOXICITY, Runtime(weights_path=root), token_head=False)


def test_a_file_altered_after_its_check_is_checked_again(root: str) -> None:
    manifest = read_manifest(TOXICITY, root)
    path = check_weights(manifest, root)
    assert check_weights(manifest, root) == path
    path.write_bytes(path.read_bytes() + b"x")
    with pytest.raises(ModelUnavailable):
        check_weights(manifest, root)


def test_a_model_may_read_the_tensors_of_another(root: str) -> None:
    known = json.loads((Path(root) / TOXICITY / "manifest.json").read_text())
    (Path(root) / "calmer").mkdir()
    (Path(root) / "calmer" / "manifest.json").write_text(json.dumps(known | {"name": "calmer", "weights": TOXICITY}))
    manifest = read_manifest("calmer", root)
    assert check_weights(manifest, root).parent.name == TOXICITY
    assert manifest.digest != read_manifest(TOXICITY, root).digest
    TrainedModel("calmer", Runtime(weights_path=root), token_head=False)


def test_the_other_must_have_a_name(root: str) -> None:
    path = Path(root) / TOXICITY / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"weights": "../x"}))
    os.utime(path, ns=(10**18, 10**18))
    with pytest.raises(ModelUnavailable, match="pattern"):
        read_manifest(TOXICITY, root)


def test_an_unchanged_file_is_hashed_once(root: str, monkeypatch: pytest.MonkeyPatch) -> None:
    manifest = read_manifest(TOXICITY, root)
    check_weights(manifest, root)
    monkeypatch.setattr("hashlib.file_digest", None)
    check_weights(manifest, root)


def test_a_wrong_embedder_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailable, match="FAITHLINE_EMBEDDER_PATH"):
        embedder_dir(Runtime(embedder_path=str(tmp_path)))
    official = installed_embedder()
    assert official is not None
    shutil.copy(official / "model.safetensors", tmp_path)
    (tmp_path / "vocab.txt").write_text("[PAD]\n[UNK]\n")
    with pytest.raises(ModelUnavailable, match=r"vocab\.txt"):
        embedder_dir(Runtime(embedder_path=str(tmp_path)))


def test_the_embedder_may_lie_elsewhere(tmp_path: Path) -> None:
    official = installed_embedder()
    assert official is not None
    for name in ("model.safetensors", "vocab.txt"):
        shutil.copy(official / name, tmp_path)
    assert embedder_dir(Runtime(embedder_path=str(tmp_path))) == tmp_path


@pytest.mark.parametrize("name", ["config.json", "tokenizer.json", "tokenizer_config.json"])
def test_files_beside_the_weights_are_checked_as_they_are(tmp_path: Path, name: str) -> None:
    official = installed_embedder()
    assert official is not None
    for file in ("model.safetensors", "vocab.txt", name):
        (tmp_path / file).symlink_to(official / file)
    assert check_embedder(tmp_path) == tmp_path
    (tmp_path / name).unlink()
    for wrong in (b"{}", b"", (official / name).read_bytes() + b" "):
        (tmp_path / name).write_bytes(wrong)
        with pytest.raises(ModelUnavailable, match=name.replace(".", r"\.")):
            check_embedder(tmp_path)


def test_weights_for_another_base_are_refused(tmp_path: Path) -> None:
    fabricated.toxicity(tmp_path, base={"name": "another", "sha256": "0" * 64})
    with pytest.raises(ModelUnavailable, match="another base"):
        TrainedModel(TOXICITY, Runtime(weights_path=str(tmp_path)), token_head=False)


@pytest.mark.parametrize("broken", ["{", "[]", '{"name": "toxicity-minilm-v2"}'])
def test_a_broken_manifest_is_refused(tmp_path: Path, broken: str) -> None:
    fabricated.toxicity(tmp_path)
    (tmp_path / TOXICITY / "manifest.json").write_text(broken)
    with pytest.raises(ModelUnavailable, match="not a manifest"):
        read_manifest(TOXICITY, str(tmp_path))


def test_a_manifest_of_another_model_is_refused(tmp_path: Path) -> None:
    folder = fabricated.toxicity(tmp_path)
    body = json.loads((folder / "manifest.json").read_text())
    (folder / "manifest.json").write_text(json.dumps(body | {"name": FAITHFULNESS}))
    with pytest.raises(ModelUnavailable, match="describes 'faithfulness"):
        read_manifest(TOXICITY, str(tmp_path))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda t: t.pop("encoder.layer.3.output.dense.bias"), r"lacks the tensor .*layer\.3\.output\.dense\.bias"),
        (lambda t: t.update({"classifier.bias": np.zeros(2, np.float16)}), r"classifier.*shape|'bias' has the shape"),
        (lambda t: t.update({"token_head.bias": np.zeros(1, np.float16)}), "unknown tensor"),
        (lambda t: t.update({"encoder.layer.6.x": np.zeros(1, np.float16)}), "unknown tensor"),
    ],
)  # fmt: skip
def test_every_tensor_is_there_with_its_shape_and_no_other(tmp_path: Path, change: object, message: str) -> None:
    tensors = fabricated.tensors(1, token_head=False)
    assert callable(change)
    change(tensors)
    fabricated.write(tmp_path, TOXICITY, tensors, labels=["toxic"], max_length=64)
    with pytest.raises(ModelUnavailable, match=message):
        TrainedModel(TOXICITY, Runtime(weights_path=str(tmp_path)), token_head=False)


def test_what_is_no_safetensors_file_is_refused(tmp_path: Path) -> None:
    """A pickle with the right hash in the manifest still is not read."""
    folder = fabricated.toxicity(tmp_path)
    (folder / "model.safetensors").write_bytes(b"\x80\x04\x95\x00cposix\nsystem\n.")
    body = json.loads((folder / "manifest.json").read_text())
    digest = hashlib.sha256((folder / "model.safetensors").read_bytes()).hexdigest()
    (folder / "manifest.json").write_text(json.dumps(body | {"sha256": digest}))
    with pytest.raises(ModelUnavailable, match="not a safetensors file"):
        TrainedModel(TOXICITY, Runtime(weights_path=str(tmp_path)), token_head=False)


def test_check_file_says_why_a_file_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailable, match=r"No such file.*Do this"):
        check_file(tmp_path / "gone", "0" * 64, "Do this")


def test_runtime_refuses_nonsense() -> None:
    for wrong in ({"threads": 0}, {"token_budget": 10}, {"cache_bytes": -1}, {"precision": "fp8"}):
        with pytest.raises(InvalidInput):
            Runtime(**wrong)


def test_manifests_and_names_come_without_torch() -> None:
    code = (
        "import sys\nfrom evaluator.evaluators import registry\n"
        "from evaluator.models import runtime\nfrom evaluator.models.files import manifest, weights\n"
        "assert registry.names()\nassert 'torch' not in sys.modules, 'torch was imported'\n"
        "assert 'tokenizers' not in sys.modules\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
