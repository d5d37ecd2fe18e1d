"""Writes requirements.lock and requirements-dev.lock: every package at the version that resolves today.

Torch is left out of both: `make` installs it first, by an exact pin, from an index of the user's choice. What `make`
and the image install takes OTLP over gRPC, too, which is an extra for whoever installs the package alone.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
TORCH = "torch==2.13.0"
LEFT_OUT = ("torch", "faithline", "triton", "setuptools", "pip")


def resolve(what: str) -> dict[str, str]:
    """Versions by package name that pip would install for `what`, from nothing."""
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--dry-run", "--ignore-installed", "--report", "-"]
    report = subprocess.run([*command, TORCH, what], check=True, capture_output=True, text=True, cwd=ROOT).stdout
    found = {i["metadata"]["name"].lower(): i["metadata"]["version"] for i in json.loads(report)["install"]}
    return {n: v for n, v in found.items() if n not in LEFT_OUT and not n.startswith(("nvidia", "cuda-"))}


def write(path: Path, versions: dict[str, str]) -> None:
    lines = [f"{name}=={version}" for name, version in sorted(versions.items())]
    path.write_text("# Made by scripts/lock.py\n" + "\n".join(lines) + "\n")


def main() -> None:
    runtime = resolve(".[grpc]")
    write(ROOT / "requirements.lock", runtime)
    everything = runtime | {n: v for n, v in resolve(".[dev]").items() if n not in runtime}
    write(ROOT / "requirements-dev.lock", everything)


if __name__ == "__main__":
    main()
