"""`faithline judge`: language models that judge by a rubric."""

from __future__ import annotations

import typer

from evaluator.cli.judge_local import list_judges, local
from evaluator.cli.judge_report import show, verdicts

app = typer.Typer(
    no_args_is_help=True, help="See how judges do and what they cost; run one on this machine; show who can be asked."
)
app.command()(show)
app.command()(verdicts)
app.command()(local)
app.command("list")(list_judges)
