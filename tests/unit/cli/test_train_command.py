"""`faithline train`: what it refuses before the work, and what it says at the end."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner, Result

from evaluator.bootstrap import open_services, runtime_of
from evaluator.cli.main import app
from evaluator.core.errors import ModelUnavailable
from evaluator.core.evaluator import fingerprint
from evaluator.evaluators import registry
from evaluator.models.files.manifest import FAITHFULNESS
from evaluator.settings import Settings
from tests.support import fabricated


@pytest.fixture
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    root = tmp_path / "models"
    fabricated.faithfulness(root)
    monkeypatch.setenv("FAITHLINE_MODELS_PATH", str(root))
    monkeypatch.setenv("FAITHLINE_THREADS", "1")
    return root


def rows(count: int) -> list[dict[str, Any]]:
    """Bad answers name another town than their context."""
    towns = ("Porto", "Graz", "Leeds", "Turin")
    return [
        {
            "answer": f"The train goes to {towns[i % 4 if i % 3 else (i + 1) % 4]}.",
            "context": f"Train {i} goes to {towns[i % 4]}.",
            "label": int(i % 3 == 0),
            "inclusion_probability": 0.5 if i % 3 else 1.0,
        }
        for i in range(count)
    ]


def run(tmp_path: Path, content: list[Any], *options: str) -> Result:
    path = tmp_path / "labels.jsonl"
    path.write_text("".join((one if isinstance(one, str) else json.dumps(one)) + "\n" for one in content))
    return CliRunner().invoke(app, ["train", "faithfulness", "--labels", str(path), *options])


def test_a_run_without_the_network(tmp_path: Path, models: Path) -> None:
    lines = [*rows(200), "{", {"answer": "a", "context": "c", "label": 2, "inclusion_probability": 1}]
    result = run(tmp_path, lines, "--name", "mine.1", "--no-network", "--held-out", "0.4")
    assert result.exit_code == 0, result.output
    assert "line 201: the line is not JSON" in result.output
    assert "line 202: label: must be 0 (good) or 1 (bad). Give one of the two numbers." in result.output
    assert "2 lines were left out" in result.output
    assert "1 / inclusion_probability" in result.output
    for word in ("AUROC", "balanced accuracy", "log loss", "better"):
        assert word in result.output
    rule = yaml.safe_load(result.stdout[result.stdout.index("# fingerprint") :])
    assert rule["parameters"] == {"model": "mine.1"}
    made = registry.create(rule["evaluator"], rule["parameters"], runtime=runtime_of(Settings()))
    assert f"# fingerprint {fingerprint(made)}\n" in result.stdout
    assert sorted(path.name for path in models.iterdir()) == [FAITHFULNESS, "mine.1"]
    names = {path.name for path in (models / "mine.1").iterdir()}
    assert names == {"README.md", "comparison.json", "manifest.json", "model.safetensors"}

    again = run(tmp_path, lines, "--name", "mine.1", "--no-network")
    assert again.exit_code == 2
    assert "--yes-replace" in again.output


def test_the_intercept_alone_is_a_rules_parameter(tmp_path: Path, models: Path) -> None:
    result = run(tmp_path, rows(90), "--intercept-only")
    assert result.exit_code == 0, result.output
    assert "Intercept" in result.output
    assert "95 % interval" in result.output
    rule = yaml.safe_load(result.stdout[result.stdout.index("# fingerprint") :])
    made = registry.create(rule["evaluator"], rule["parameters"], runtime=runtime_of(Settings()))
    assert f"# fingerprint {fingerprint(made)}\n" in result.stdout
    assert made.parameters["intercept"] == rule["parameters"]["intercept"] != 0.0
    assert rule["parameters"]["model"] == FAITHFULNESS
    assert [path.name for path in models.iterdir()] == [FAITHFULNESS]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (rows(49), "49 labels in 49 groups, 17 of them bad. Label more"),
        ([row for row in rows(200) if not row["label"]], "0 of them bad"),
    ],
)
def test_an_intercept_needs_labels_of_both_kinds(
    tmp_path: Path, models: Path, content: list[Any], words: str
) -> None:
    result = run(tmp_path, content, "--intercept-only")
    assert result.exit_code == 2
    assert words in " ".join(result.output.split())


def test_an_intercept_has_no_name(tmp_path: Path, models: Path) -> None:
    result = run(tmp_path, rows(90), "--intercept-only", "--name", "mine")
    assert result.exit_code == 2
    assert "--name: names no model" in " ".join(result.output.split())


def test_a_new_model_needs_a_name(tmp_path: Path, models: Path) -> None:
    result = run(tmp_path, rows(200))
    assert result.exit_code == 2
    assert "--name: is missing. Name the new model" in " ".join(result.output.split())


@pytest.mark.parametrize(
    ("name", "count", "words"),
    [
        (FAITHFULNESS, 200, "is a shipped model"),
        ("../mine", 200, "is no name of a model"),
        ("mine", 30, "needs 50 labels and 10 groups of each kind"),
        ("mine", 0, "holds no label"),
    ],
)
def test_what_is_refused(tmp_path: Path, models: Path, name: str, count: int, words: str) -> None:
    result = run(tmp_path, rows(count), "--name", name)
    assert result.exit_code == 2
    assert words in " ".join(result.output.split())
    assert [path.name for path in models.iterdir()] == [FAITHFULNESS]


def test_a_worker_without_the_model_that_a_rule_pins_says_where_it_belongs(
    models: Path, sqlite_url: str, tmp_path: Path
) -> None:
    shutil.copytree(models / FAITHFULNESS, models / "mine")
    manifest = models / "mine" / "manifest.json"
    manifest.write_text(json.dumps(json.loads(manifest.read_text()) | {"name": "mine"}))
    services = open_services(Settings(database_url=sqlite_url), migrated=False)
    rule = {"name": "own", "evaluator": "faithfulness", "parameters": {"model": "mine"}}
    pinned = services.push_rule("default", rule).rule.fingerprint
    assert services.build("default", pinned).parameters["model"] == "mine"
    shutil.move(models / "mine", tmp_path / "elsewhere")
    with pytest.raises(ModelUnavailable, match=rf"{models}/mine.*Copy its folder.*FAITHLINE_MODELS_PATH"):
        services.build("default", pinned)
    services.close()


def test_the_command_line_comes_up_without_torch() -> None:
    code = "import sys, evaluator.cli.main\nassert 'torch' not in sys.modules"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
