"""The wheel works where the repository is not: built, installed elsewhere, and run."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
import urllib.request
import zipfile
from pathlib import Path

import pytest

from bench.servers.serving import serving
from tests.support import ROOT


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    subprocess.run(build, check=True, capture_output=True)
    (found,) = folder.glob("faithline-*.whl")
    return found


@pytest.fixture(scope="module")
def python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh environment with the wheel; the dependencies are lent by path, so that the repository is not seen."""
    home = tmp_path_factory.mktemp("elsewhere") / "env"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(home)], check=True)
    (site,) = (home / "lib").glob("python*/site-packages")
    install = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", str(site), str(wheel)]
    subprocess.run(install, check=True, capture_output=True)
    # A line in a .pth adds the folder, but not what the .pth files in it add: not the editable install.
    (site / "lent.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return home / "bin" / "python"


def run(python: Path, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "FAITHLINE"))}
    environment |= {"FAITHLINE_DATABASE_URL": f"sqlite:///{folder / 'w.db'}", "HOME": str(folder), "COLUMNS": "200"}
    return subprocess.run(
        [str(python), *arguments], cwd=folder, env=environment, capture_output=True, text=True, timeout=200
    )


def test_the_wheel_holds_the_data(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    for part in (
        "evaluator/_data/rubrics/faithfulness.yaml",
        "evaluator/_data/rubrics/criteria/unfaithful.yaml",
        "evaluator/_data/golden_sets/general-knowledge/items.jsonl",
        "evaluator/_data/demo/traces.jsonl",
        "evaluator/models/weights/faithfulness-minilm-v2/model.safetensors",
        "evaluator/models/weights/faithfulness-minilm-v3/manifest.json",
        "evaluator/models/weights/toxicity-minilm-v1/model.safetensors",
        "evaluator/models/weights/injection-minilm-v1/model.safetensors",
        "evaluator/models/weights/toxicity-minilm-v2/model.safetensors",
        "evaluator/models/weights/injection-minilm-v2/model.safetensors",
        "evaluator/store/migrations/versions/0001_first.py",
        "evaluator/web/templates/overview.html",
        "evaluator/py.typed",
    ):
        assert part in names, part
    assert not [n for n in names if n.startswith(("tests/", "training/", "bench/"))]


def test_it_is_the_installed_one_that_runs(python: Path, tmp_path: Path) -> None:
    code = "import evaluator; from evaluator import shipped; print(evaluator.__file__, len(shipped.rubrics()))"
    path, rubrics = run(python, tmp_path, "-c", code).stdout.split()
    assert path.startswith(str(python.parents[1]))
    assert int(rubrics) >= 5


@pytest.mark.models
def test_score_runs_from_the_wheel(python: Path, tmp_path: Path) -> None:
    rows = [{"id": "1", "question": "How long?", "context": "It takes two days.", "answer": "It takes two days."}]
    (tmp_path / "in.jsonl").write_text("\n".join(map(json.dumps, rows)))
    command = ("-m", "evaluator.cli.main", "score", "in.jsonl", "--evaluator", "faithfulness", "--out", "out.jsonl")
    done = run(python, tmp_path, *command)
    assert done.returncode == 0, done.stderr
    (row,) = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    assert (row["id"], row["evaluator"], row["failure"]) == ("1", "faithfulness", None)
    assert 0 <= row["score"] < 0.5


def test_golden_sets_and_the_server_run_from_the_wheel(python: Path, tmp_path: Path) -> None:
    assert "134 items" in run(python, tmp_path, "-m", "evaluator.cli.main", "golden", "push", "demo-desk").stderr
    listed = run(python, tmp_path, "-m", "evaluator.cli.main", "golden", "list").stdout
    assert "demo-desk" in listed
    refused = run(python, tmp_path, "-m", "evaluator.cli.main", "serve", "--host", "0.0.0.0")
    assert refused.returncode == 2
    assert "--insecure-remote" in refused.stderr
    with serving(tmp_path, python=str(python)) as served:
        assert served.call("/healthz")["status"] == "ok"
        with urllib.request.urlopen(served.address + "/", timeout=30) as page:
            assert page.status == 200
