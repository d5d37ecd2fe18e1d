"""The commands, as a user types them."""

from __future__ import annotations

from pathlib import Path

from typer.testing import CliRunner, Result

from evaluator.cli.main import app


def faithline(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, [str(a) for a in arguments])
