"""`faithline rules`: what is scored and when."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
import yaml
from rich.table import Table

from evaluator.cli.common import Project, opened_for, reading, stderr, stdout
from evaluator.core.bounds import DOCUMENT
from evaluator.core.documents import read_yaml
from evaluator.core.errors import InvalidInput, NotFound
from evaluator.core.ids import DEFAULT_PROJECT

app = typer.Typer(no_args_is_help=True, help="Register and show rules.")


@app.command()
def push(
    file: Annotated[Path, typer.Argument(help="YAML or JSON: one rule, or a list of rules")],
    project: Project = DEFAULT_PROJECT,
) -> None:
    """Make the rules of a file the active versions of their names, pinned to the installed evaluators."""
    with opened_for(project) as services:
        for definition in read_documents(file):
            stored = services.push_rule(project, definition)
            stderr.print(
                f"{stored.rule.name} {stored.version}: {stored.spec.name} {stored.rule.fingerprint[:12]}",
                markup=False,
                highlight=False,
            )


@app.command("list")
def list_rules(
    all_versions: Annotated[bool, typer.Option("--all", help="Also versions that have been replaced")] = False,
    project: Project = DEFAULT_PROJECT,
) -> None:
    """Show the active rules."""
    with reading(project) as (_, unit):
        found = unit.of(project).rules.versions() if all_versions else unit.of(project).rules.active()
    table = Table("rule", "version", "evaluator", "fingerprint", "criterion", "rate", "strata", "state")
    for r in found:
        strata = ", ".join(f"{s.name} {s.rate:.0%}" for s in r.rule.strata)
        state = "active" if r.retired_at is None else "replaced"
        table.add_row(
            r.rule.name, r.version, r.spec.name, r.rule.fingerprint[:12], r.criterion.name,
            f"{r.rule.rate:.0%}", strata, state,
        )  # fmt: skip
    stdout.print(table)


@app.command()
def show(name: str, project: Project = DEFAULT_PROJECT) -> None:
    """Print the newest version of a rule as YAML."""
    with reading(project) as (_, unit):
        found = unit.of(project).rules.versions(name)
        if not found:
            raise NotFound("rule", name, "List what there is with `faithline rules list`")
    document = found[0].rule.model_dump(mode="json", exclude_defaults=True)
    typer.echo(yaml.safe_dump(document, sort_keys=False, allow_unicode=True), nl=False)


def read_documents(file: Path) -> list[Any]:
    """The document or documents of a YAML or JSON file. Raises InvalidInput."""
    try:
        with file.open(encoding="utf-8") as opened_file:
            text = opened_file.read(DOCUMENT.size + 1)
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInput("file", f"{file} cannot be read ({error})") from error
    found = read_yaml(text, str(file))
    return found if isinstance(found, list) else [found]
