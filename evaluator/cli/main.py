"""The `faithline` command."""

from __future__ import annotations

import typer

from evaluator.cli.score import score

app = typer.Typer(no_args_is_help=True)
app.command()(score)


@app.callback()
def main() -> None:
    """Continuous quality evaluation for LLM applications."""
