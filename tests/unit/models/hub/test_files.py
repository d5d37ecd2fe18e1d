"""Models are found in folders, in the hub's cache and on the hub, or one is told what to do."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from evaluator.core.errors import InvalidInput, ModelUnavailable
from evaluator.models.hub import files, remote
from evaluator.models.hub.files import Checkpoint, fetch, is_folder, locate, locate_foundation
from tests.support import ROOT, checkpoints, hub_server

NAME = "unitary/toxic-bert"
CODE = """
import json, sys
from evaluator.core.errors import FaithlineError
from evaluator.models.hub import files
found = []
for call, *given in json.loads(sys.argv[1]):
    try:
        one = getattr(files, call)(*given)
        said = [one.name, one.revision, one.sha256, str(one.folder)]
        if call == "locate":
            said.append(sorted(p.name for p in files.fetch(one).iterdir()))
        found.append(said)
    except FaithlineError as error:
        found.append([type(error).__name__, str(error)])
heavy = [m for m in ("torch", "transformers") if m in sys.modules]
print(json.dumps([found, heavy]))
"""


@pytest.fixture(scope="module")
def bert(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = checkpoints.bert(tmp_path_factory.mktemp("bert"), checkpoints.known_labels(NAME))
    # What the repository holds beside: other formats, which are never downloaded.
    (folder / "pytorch_model.bin").write_bytes(b"never read")
    (folder / "onnx").mkdir()
    (folder / "onnx" / "config.json").write_text("{}")
    (folder / "onnx" / "model.safetensors").write_bytes(b"never read")
    return folder


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def elsewhere(home: Path, calls: list[list[Any]], **variables: str) -> list[Any]:
    """What the `calls` give in a fresh process with a cache of its own, which must not import torch."""
    repository = str(ROOT)
    environment = os.environ | {"HF_HOME": str(home), "PYTHONPATH": repository, "NO_PROXY": "*"} | variables
    done = subprocess.run(
        [sys.executable, "-c", CODE, json.dumps(calls)],
        capture_output=True, text=True, timeout=200, check=False, env=environment,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found, heavy = json.loads(done.stdout)
    assert heavy == []
    return list(found)


@pytest.mark.parametrize(
    ("model", "folder"), [("/a/b", True), ("./a", True), ("../a", True), ("~/a", True), ("a/b", False), ("a", False)]
)
def test_a_path_is_told_from_a_name(model: str, folder: bool) -> None:
    assert is_folder(model) is folder


def test_a_folder_is_named_by_its_weights_and_what_stands_beside_them(bert: Path, tmp_path: Path) -> None:
    found = locate(str(bert), None)
    assert found.sha256 == sha256(bert / checkpoints.WEIGHTS)
    assert found.config["model_type"] == "bert"
    assert fetch(found) == bert
    copy = tmp_path / "copy"
    copy.mkdir()
    for path in bert.iterdir():
        if path.is_file():
            (copy / path.name).write_bytes(path.read_bytes())
    same = locate(str(copy), None)
    assert (same.revision, same.sha256) == (found.revision, found.sha256)
    (copy / "vocab.txt").write_text((copy / "vocab.txt").read_text() + "more\n")
    assert locate(str(copy), None).revision != found.revision


def test_weights_that_change_after_they_were_pinned_are_refused(bert: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    copy.mkdir()
    for name in (checkpoints.WEIGHTS, "config.json"):
        (copy / name).write_bytes((bert / name).read_bytes())
    found = locate(str(copy), None)
    (copy / checkpoints.WEIGHTS).write_bytes(b"other weights")
    with pytest.raises(ModelUnavailable, match="SHA-256"):
        fetch(found)


def test_a_folder_of_pickles_is_refused_with_the_remedy(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    (tmp_path / "training_args.bin").write_bytes(b"")
    with pytest.raises(ModelUnavailable, match=r"holds no model\.safetensors\. Name"):
        locate(str(tmp_path), None)
    (tmp_path / "pytorch_model.bin").write_bytes(b"")
    with pytest.raises(ModelUnavailable, match=r"only pytorch_model\.bin.*save_pretrained"):
        locate(str(tmp_path), None)


def test_shards_are_pinned_together(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    names = ["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"]
    for name in names:
        (tmp_path / name).write_bytes(name.encode())
    with pytest.raises(ModelUnavailable):
        locate(str(tmp_path), None)
    (tmp_path / files.INDEX_FILE).write_text("{}")
    found = locate(str(tmp_path), None)
    assert dict(found.hashes) == {name: sha256(tmp_path / name) for name in names}
    (tmp_path / names[1]).write_bytes(b"other")
    assert locate(str(tmp_path), None).sha256 != found.sha256


@pytest.mark.parametrize(
    ("model", "revision", "field"),
    [("a/b/c", None, "model"), ("a b", None, "model"), ("", None, "model"), ("/tmp", "main", "revision")],
)
def test_what_is_no_name_and_no_folder(model: str, revision: str | None, field: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        locate(model, revision)
    assert caught.value.field == f"parameters.{field}"


def test_a_missing_or_broken_folder_is_told(tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailable, match="does not exist"):
        locate(str(tmp_path / "gone"), None)
    (tmp_path / checkpoints.WEIGHTS).write_bytes(b"")
    with pytest.raises(ModelUnavailable, match=r"config\.json"):
        locate(str(tmp_path), None)
    (tmp_path / "config.json").write_text("[]")
    with pytest.raises(ModelUnavailable, match="not a JSON object"):
        locate(str(tmp_path), None)


def test_offline_and_not_in_the_cache(tmp_path: Path) -> None:
    commit = hub_server.COMMIT
    calls = [["locate", NAME, None], ["locate", NAME, commit], ["locate_foundation", "google/flan-t5-base"]]
    for problem, message in elsewhere(tmp_path, calls, HF_HUB_OFFLINE="1"):
        assert problem == "ModelUnavailable"
        assert "hf download" in message
        assert "HF_HOME" in message


def test_the_hub_gives_the_commit_and_the_cache_gives_it_again(bert: Path, tmp_path: Path) -> None:
    """First from a hub; then from the cache alone: by commit, and by what the branch pointed to."""
    commit = hub_server.COMMIT
    with hub_server.hub({NAME: bert}) as hub:
        first = elsewhere(tmp_path, [["locate", NAME, None], ["locate", NAME, commit]], HF_ENDPOINT=hub.url)
        asked = list(hub.asked)
    folder = first[0][3]
    expected = [NAME, commit, sha256(bert / checkpoints.WEIGHTS), folder]
    assert first[0][:4] == first[1][:4] == expected
    assert first[0][4] == ["config.json", "model.safetensors", "tokenizer_config.json", "vocab.txt"]
    assert not any("onnx" in path or path.endswith(".bin") for path in asked)
    again = elsewhere(tmp_path, [["locate", NAME, None], ["locate", NAME, commit]], HF_HUB_OFFLINE="1")
    assert again == first


def test_a_pin_needs_no_weights_and_the_weights_come_when_they_are_opened(bert: Path, tmp_path: Path) -> None:
    code = CODE.replace("files.fetch(one).iterdir()", "one.folder.iterdir()")
    with hub_server.hub({NAME: bert}) as hub:
        environment = os.environ | {
            "HF_HOME": str(tmp_path), "HF_ENDPOINT": hub.url, "PYTHONPATH": str(ROOT),
        }  # fmt: skip
        calls = json.dumps([["locate", NAME, None], ["locate", NAME, hub_server.COMMIT]])
        done = subprocess.run(
            [sys.executable, "-c", code, calls],
            capture_output=True,
            text=True,
            timeout=200,
            check=True,
            env=environment,
        )
        first, second = json.loads(done.stdout)[0]
        assert first[4] == ["config.json"]
        assert first == second
        assert not any(path.endswith("safetensors") for path in hub.asked)
        opened = elsewhere(tmp_path, [["locate", NAME, hub_server.COMMIT]], HF_ENDPOINT=hub.url)
    assert opened[0][:4] == first[:4]
    assert "model.safetensors" in opened[0][4]


def test_what_the_hub_refuses_is_explained(bert: Path, tmp_path: Path) -> None:
    pickled = tmp_path / "pickled"
    pickled.mkdir()
    (pickled / "pytorch_model.bin").write_bytes(b"x")
    (pickled / "config.json").write_text("{}")
    calls = [
        ["locate", NAME, "v9"],
        ["locate", "no/such", None],
        ["locate", "meta/gated", None],
        ["locate", "old/one", None],
    ]
    with hub_server.hub({NAME: bert, "old/one": pickled}, gated=("meta/gated",)) as hub:
        found = elsewhere(tmp_path / "home", calls, HF_ENDPOINT=hub.url)
    assert {problem for problem, _ in found} == {"ModelUnavailable"}
    revision, unknown, gated, old = (message for _, message in found)
    assert "no revision 'v9'" in revision
    assert "no model 'no/such'" in unknown
    assert "accept its licence" in gated
    assert "pytorch_model.bin" in old
    assert "save_pretrained" in old


def test_altered_weights_in_the_cache_are_refused(bert: Path, tmp_path: Path) -> None:
    """The cache names a file by its hash, and what it holds is compared with that before it is read."""
    with hub_server.hub({NAME: bert}) as hub:
        first = elsewhere(tmp_path, [["locate", NAME, None]], HF_ENDPOINT=hub.url)
    blob = (Path(first[0][3]) / "model.safetensors").resolve()
    assert blob.name == first[0][2]
    blob.chmod(0o644)
    blob.write_bytes(b"altered")
    again = elsewhere(tmp_path, [["locate", NAME, hub_server.COMMIT]], HF_HUB_OFFLINE="1")
    assert again[0][0] == "ModelUnavailable"
    assert "SHA-256" in again[0][1]


def test_a_foundation_is_found_on_the_hub_and_pinned(tmp_path: Path) -> None:
    _, foundation = checkpoints.hhem(tmp_path / "hhem")
    name, commit = "google/flan-t5-base", hub_server.COMMIT
    with hub_server.hub({name: foundation}) as hub:
        found = elsewhere(tmp_path / "home", [["locate_foundation", name]], HF_ENDPOINT=hub.url)
    offline = [["locate_foundation", f"{name}@{commit}"], ["locate_foundation", name]]
    assert found[0][:2] == [name, commit]
    assert elsewhere(tmp_path / "home", offline, HF_HUB_OFFLINE="1") == [found[0], found[0]]
    here = locate_foundation(str(foundation))
    assert here.sha256 == found[0][2]


def test_the_message_never_carries_a_made_up_revision_into_a_command() -> None:
    found = remote._explained(OSError("x"), "a/b", "main; rm -rf /")
    assert "--revision" not in str(found)


def test_a_checkpoint_is_named_in_the_fingerprint_by_commit_and_weights() -> None:
    one = Checkpoint(name="a/b", revision="c" * 40, sha256="0" * 64, config={}, folder=Path("/x"), hashes={})
    assert one.ref.name == "a/b@" + "c" * 40
    assert one.ref.sha256 == "0" * 64
