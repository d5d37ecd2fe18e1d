"""`faithline judge`."""

from __future__ import annotations

from pathlib import Path

import pytest

from evaluator.cli import judge_local as judge
from evaluator.judges.serving.catalog import QWEN
from tests.support.commands import faithline

KEY = "sk-0123456789abcdefghijklmnop"


@pytest.fixture(autouse=True)
def _alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAITHLINE_MODELS_PATH", str(tmp_path / "models"))
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setattr(judge, "is_installed", lambda: True)


def test_those_who_judge_are_listed_without_their_keys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "providers.yaml"
    file.write_text(
        "providers:\n"
        f"  hosted: {{base_url: 'https://judge.example/v1', model: big, api_key: {KEY},"
        " prices: {big: {input: 2, output: 8, window: 128000}}}\n"
        "  waiting: {base_url: 'https://other.example/v1', model: other, api_key_env: NO_SUCH_VARIABLE}\n"
    )
    monkeypatch.setenv("FAITHLINE_JUDGE_PROVIDERS", str(file))
    found = faithline("judge", "list")
    assert found.exit_code == 0
    lines = {line.split()[1]: line for line in found.stdout.splitlines() if line.startswith("│")}
    assert all(word in lines["hosted"] for word in ("judge.example", "big", "2 / 8", "128,000"))
    assert QWEN.name in lines["local"]
    assert "waiting: Put the API key into the environment variable NO_SUCH_VARIABLE" in found.stderr
    assert "hosted:" not in found.stderr
    assert KEY not in found.output


def test_without_the_extra_it_says_the_one_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(judge, "is_installed", lambda: False)
    found = faithline("judge", "local", "--yes")
    assert found.exit_code == 2
    assert "pip install 'faithline[local-judge]'" in found.stderr


@pytest.mark.parametrize("model", ["no-such-model", "/nowhere/model.gguf", "model.gguf"])
def test_a_model_that_there_is_not_is_told(model: str) -> None:
    found = faithline("judge", "local", "--model", model)
    assert found.exit_code == 2
    assert QWEN.name in found.stderr


def test_nothing_is_fetched_unless_one_says_so(tmp_path: Path) -> None:
    found = faithline("judge", "local")
    assert found.exit_code == 1
    assert "1,117 MB, Apache-2.0" in found.stderr
    assert not (tmp_path / "models").exists()


def test_what_stands_in_place_of_the_model_is_not_loaded(tmp_path: Path) -> None:
    path = tmp_path / "models" / "judges" / f"{QWEN.name}.gguf"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"GGUF")
    found = faithline("judge", "local")
    assert found.exit_code == 2
    assert f"is not {QWEN.name}" in " ".join(found.stderr.split())
