"""A model's folder appears whole or not at all."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from evaluator.core.errors import Conflict, InvalidInput
from evaluator.models.files.manifest import FAITHFULNESS, read_manifest
from evaluator.models.files.weights import check_weights
from evaluator.models.tuning.folder import new_model, write_manifest
from tests.support import fabricated


def test_a_crash_leaves_nothing_behind(tmp_path: Path) -> None:
    def crash() -> None:
        with new_model(tmp_path, "mine", replace=False) as folder:
            (folder / "model.safetensors").write_bytes(b"half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        crash()
    assert list(tmp_path.iterdir()) == []


def test_a_crash_leaves_what_was_to_be_replaced(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "old").touch()

    def crash() -> None:
        with new_model(tmp_path, "mine", replace=True):
            raise RuntimeError

    with pytest.raises(RuntimeError):
        crash()
    assert (tmp_path / "mine" / "old").exists()
    assert len(list(tmp_path.iterdir())) == 1


def test_a_taken_name_is_kept_unless_it_is_to_be_replaced(tmp_path: Path) -> None:
    for content in ("one", "two"):
        with new_model(tmp_path, "mine", replace=content == "two") as folder:
            (folder / content).touch()
            assert not (tmp_path / "mine" / content).exists(), "not before it is complete"
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["two"]
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]
    with pytest.raises(Conflict, match="--yes-replace"), new_model(tmp_path, "mine", replace=False):
        pass


@pytest.mark.parametrize("name", [FAITHFULNESS, "../up", "", "Capital", "a" * 65])
def test_names_that_cannot_be_had(tmp_path: Path, name: str) -> None:
    with pytest.raises(InvalidInput, match="name: "), new_model(tmp_path, name, replace=True):
        pass
    assert list(tmp_path.iterdir()) == []


def test_a_root_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(InvalidInput, match=r"models: .*file"), new_model(tmp_path / "file", "mine", replace=False):
        pass


def test_the_manifest_is_the_former_one_with_another_name(tmp_path: Path) -> None:
    fabricated.faithfulness(tmp_path, temperature=1.5)
    former = read_manifest(FAITHFULNESS, str(tmp_path))
    with new_model(tmp_path, "mine", replace=False) as folder:
        (folder / "model.safetensors").write_bytes((tmp_path / FAITHFULNESS / "model.safetensors").read_bytes())
        write_manifest(folder, former, {"threshold": 0.3, "trained_from": former.ref.model_dump()})
    found = read_manifest("mine", str(tmp_path))
    assert (found.name, found.threshold, found.temperature, found.sha256) == ("mine", 0.3, 1.5, former.sha256)
    assert check_weights(found, str(tmp_path)).parent.name == "mine"
    assert json.loads((tmp_path / "mine" / "manifest.json").read_text())["trained_from"]["name"].startswith(
        FAITHFULNESS
    )
