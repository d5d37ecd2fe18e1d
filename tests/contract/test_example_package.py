"""The example package installs, is found by its entry point, and passes the contract suite in its own tests."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support import ROOT

EXAMPLE = ROOT / "examples" / "faithline-example-evaluator"


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example, installed into a fresh folder that nothing else looks into."""
    target = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "pip", "install", "--no-deps", "--no-build-isolation", "-q"]
    done = subprocess.run(
        [*command, "--target", str(target), str(EXAMPLE)], capture_output=True, text=True, timeout=200, check=False
    )
    assert done.returncode == 0, done.stderr
    return target


def _run(installed: Path, *command: str) -> subprocess.CompletedProcess[str]:
    paths = [str(installed), os.environ.get("PYTHONPATH", "")]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, paths))}
    return subprocess.run(
        [sys.executable, *command], capture_output=True, text=True, timeout=250, check=False, env=environment,
        cwd=installed,
    )  # fmt: skip


def test_its_own_tests_pass_with_the_contract_suite(installed: Path) -> None:
    config = str(EXAMPLE / "pyproject.toml")
    done = _run(installed, "-m", "pytest", str(EXAMPLE), "-p", "no:cacheprovider", "-c", config)
    assert done.returncode == 0, done.stdout + done.stderr
    assert " passed" in done.stdout
    assert "skipped" not in done.stdout


def test_the_command_scores_with_it(installed: Path) -> None:
    rows = installed / "rows.jsonl"
    rows.write_text('{"id": "a", "answer": "Perhaps it opens at nine."}\n')
    code = "from evaluator.cli.main import app; app()"
    done = _run(installed, "-c", code, "score", str(rows), "--evaluator", "example_hedging", "--out", "-")
    assert done.returncode == 0, done.stderr
    assert '"score": 1.0' in done.stdout


def test_without_it_the_name_is_unknown() -> None:
    code = "from evaluator.evaluators import registry; print(registry.names())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert "example_hedging" not in done.stdout
