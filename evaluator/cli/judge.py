"""`faithline judge`: language models that judge by a rubric."""

from __future__ import annotations

import typer

from evaluator.cli.judge_report import show, verdicts

app = typer.Typer(no_args_is_help=True, help="See how judges do, what they cost and what they say.")
app.command()(show)
app.command()(verdicts)
