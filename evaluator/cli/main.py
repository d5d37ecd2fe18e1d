"""The `faithline` command."""

from __future__ import annotations

import typer

from evaluator.cli import (
    criteria,
    dead_letters,
    exchange,
    golden,
    judge,
    keys,
    projects,
    quarantine,
    rubrics,
    rules,
    train,
    waves,
)
from evaluator.cli.agreement import agreement
from evaluator.cli.backfill import backfill
from evaluator.cli.budgets import budgets
from evaluator.cli.demo import demo
from evaluator.cli.doctor import doctor
from evaluator.cli.estimate import estimate
from evaluator.cli.explain import explain
from evaluator.cli.ingest import ingest
from evaluator.cli.process import process
from evaluator.cli.score import score
from evaluator.cli.series import series
from evaluator.cli.serve import serve
from evaluator.cli.status import status
from evaluator.cli.traces import traces

app = typer.Typer(no_args_is_help=True, pretty_exceptions_show_locals=False)
for command in (
    serve,
    demo,
    ingest,
    process,
    series,
    score,
    backfill,
    budgets,
    doctor,
    status,
    traces,
    explain,
    estimate,
    agreement,
):
    app.command()(command)
app.add_typer(rules.app, name="rules")
app.add_typer(golden.app, name="golden")
app.add_typer(criteria.app, name="criteria")
app.add_typer(rubrics.app, name="rubrics")
app.add_typer(judge.app, name="judge")
app.add_typer(dead_letters.app, name="dead-letters")
app.add_typer(quarantine.app, name="quarantine")
app.add_typer(waves.app, name="waves")
app.add_typer(exchange.app, name="labels")
app.add_typer(train.app, name="train")
app.add_typer(keys.app, name="keys")
app.add_typer(projects.app, name="projects")
app.command("audit")(projects.audit)
app.command("erase-user")(projects.erase)


@app.callback()
def main() -> None:
    """Continuous quality evaluation for LLM applications, with an interval on every rate."""


if __name__ == "__main__":
    app()
