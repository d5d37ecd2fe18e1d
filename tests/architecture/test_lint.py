"""What `make lint` runs, as tests, so that they run beside the others."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support import ROOT

BIN = Path(sys.executable).parent


@pytest.mark.long
@pytest.mark.parametrize(
    "command",
    ["ruff check .", "ruff format --check .", "mypy", "lint-imports"],
    ids=lambda command: command.split()[0],
)
def test_the_code_is_clean(command: str) -> None:
    name, *arguments = command.split()
    done = subprocess.run([str(BIN / name), *arguments], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
