"""Environments of their own for those that benchmarks compare with: nothing of theirs gets into this project's."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import venv
from collections.abc import Sequence
from pathlib import Path


def installed(cache: Path, name: str, requirements: Sequence[str]) -> Path:
    """The Python of an environment that holds exactly these requirements; made where it is missing."""
    digest = hashlib.sha256("\n".join((*requirements, sys.version)).encode()).hexdigest()[:12]
    folder = cache / f"{name}-{digest}"
    python, done = folder / "bin" / "python", folder / "installed"
    if not done.exists():
        print(f"installing {', '.join(requirements)} into {folder} (once)", file=sys.stderr)
        venv.create(folder, with_pip=True, clear=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", *requirements], check=True)
        done.touch()
    return python
