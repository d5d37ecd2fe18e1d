"""`faithline criteria`: what people are asked about a sample, and what they may answer."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.table import Table

from evaluator import shipped
from evaluator.cli.common import Project, opened_for, reading, stderr, stdout
from evaluator.cli.definitions import print_diff, print_yaml, read_definitions
from evaluator.core.ids import DEFAULT_PROJECT
from evaluator.pipeline.catalog.criteria import (
    CRITERIA,
    criteria_in_use,
    criteria_of,
    known_criterion,
    parse_criterion,
    push_criterion,
)
from evaluator.pipeline.catalog.criteria_diff import diff_criteria

app = typer.Typer(no_args_is_help=True, help="Register, show and compare criteria.")


@app.command()
def push(
    file: Annotated[str, typer.Argument(help="YAML or JSON: one criterion, or a list; or the name of a shipped one")],
    project: Project = DEFAULT_PROJECT,
) -> None:
    """Make the criteria of a file the versions that new waves ask by."""
    with opened_for(project) as services:
        for definition in read_definitions(file, shipped.criteria(), "criterion", parse_criterion):
            stored = push_criterion(services.store, project, definition, services.clock)
            line = f"{definition.name} {stored.version}: {len(definition.levels)} levels ({stored.source})"
            stderr.print(line, markup=False, highlight=False)


@app.command("list")
def list_criteria(
    all_versions: Annotated[bool, typer.Option("--all", help="Also versions that have been replaced")] = False,
    project: Project = DEFAULT_PROJECT,
) -> None:
    """Show the criteria that new waves would ask by, the project's own and shipped ones."""
    with reading(project) as (_, unit):
        found = (criteria_of if all_versions else criteria_in_use)(unit, project)
    table = Table("criterion", "version", "source", "title", "levels", "stored")
    for each in found:
        levels = ", ".join(f"{level.label} {level.bad:g}" for level in each.definition.levels)
        stored = "" if each.stored_at is None else f"{each.stored_at:%Y-%m-%d %H:%M}"
        table.add_row(each.definition.name, each.version, each.source, each.definition.title, levels, stored)
    stdout.print(table)


@app.command()
def show(
    name: str,
    version: Annotated[str | None, typer.Option(help="A version; else the newest")] = None,
    project: Project = DEFAULT_PROJECT,
) -> None:
    """Print a criterion as YAML, to be changed and pushed."""
    with reading(project) as (_, unit):
        found = known_criterion(unit, project, name, version)
    print_yaml(found.definition.model_dump(mode="json", exclude_none=True))


@app.command()
def diff(
    name: str,
    before: Annotated[str | None, typer.Argument(help="A version; else the one before the newest")] = None,
    after: Annotated[str | None, typer.Argument(help="A version; else the newest")] = None,
    project: Project = DEFAULT_PROJECT,
) -> None:
    """Show what changed between two versions: unless named, from the one before the newest (or shipped) to that."""
    with reading(project) as (_, unit):
        old, new = CRITERIA.pair(unit, project, name, before, after)
    print_diff(old, new, diff_criteria(old.definition, new.definition))
