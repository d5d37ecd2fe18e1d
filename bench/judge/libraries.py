"""Who is compared, and how each is run: the versions, the driver, and what is set so that nothing is sent home."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.environments import installed
from bench.judge.drivers.measure import Measured, read_result

ROOT = Path(__file__).parents[2]
PATIENCE = 1800.0
"""A driver that has not ended after so long is given up (s)."""


class CanNot(Exception):
    """A library that can not be installed, or not do this here; says why."""


@dataclass(frozen=True, kw_only=True)
class Library:
    """A row of the table. Without `requirements` it runs in this environment.

    `reply` is what the stand-in says where a library asks for an object in words only; `slow` ones get a part of the
    cases.
    """

    name: str
    driver: str
    arguments: tuple[str, ...] = ()
    requirements: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    reply: Mapping[str, Any] | None = None
    slow: bool = False

    def python(self, cache: Path) -> Path:
        """The Python that it runs with; its environment is made where it is missing. Raises CanNot."""
        if not self.requirements:
            return Path(sys.executable)
        try:
            return installed(cache, self.driver, self.requirements)
        except subprocess.CalledProcessError as error:
            raise CanNot(f"pip could not install it (status {error.returncode})") from None

    def run(self, cache: Path, task: Path, address: str, folder: Path) -> Measured:
        """Run the driver once. Raises CanNot."""
        command = [str(self.python(cache)), "-m", f"bench.judge.drivers.{self.driver}", str(task), *self.arguments]
        given = {"HOME": str(folder), "PYTHONPATH": str(ROOT), "OPENAI_BASE_URL": address, "OPENAI_API_KEY": "none"}
        given |= {"PATH": os.environ["PATH"]} | QUIET | dict(self.environment)
        try:
            done = subprocess.run(
                command, cwd=folder, env=given, capture_output=True, text=True, timeout=PATIENCE, check=False
            )
        except subprocess.TimeoutExpired:
            raise CanNot(f"was not done after {PATIENCE:.0f} s") from None
        if done.returncode:
            last = (done.stderr.strip().splitlines() or ["without a word"])[-1]
            raise CanNot(f"ended with {done.returncode}: {last[:200]}")
        return read_result(done.stdout)


QUIET = {
    "DO_NOT_TRACK": "true",
    "RAGAS_DO_NOT_TRACK": "true",
    "DEEPEVAL_TELEMETRY_OPT_OUT": "YES",
    "DEEPEVAL_DISABLE_DOTENV": "1",
    "PHOENIX_TELEMETRY_ENABLED": "false",
    "MLFLOW_DISABLE_TELEMETRY": "true",
}
OURS = (
    Library(name="faithline", driver="faithline", arguments=("1",)),
    Library(name="faithline, 4 threads", driver="faithline", arguments=("4",)),
    Library(name="faithline, 4 threads, logprobs", driver="faithline", arguments=("4", "expected")),
)
OTHERS = (
    Library(name="phoenix-evals", driver="phoenix", requirements=("arize-phoenix-evals==3.9.4", "openai==3.57.0")),
    Library(name="ragas", driver="ragas", requirements=("ragas==0.4.3", "langchain-community==0.3.31"), slow=True),
    Library(
        name="deepeval",
        driver="deepeval",
        requirements=("deepeval==4.3.1",),
        reply={"reason": "It is.", "score": 7},
        slow=True,
    ),
    Library(name="mlflow", driver="mlflow", requirements=("mlflow==3.17.2",)),
)
