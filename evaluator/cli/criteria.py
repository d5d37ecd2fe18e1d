"""`faithline criteria`: what people are asked about a sample, and what they may answer."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
import yaml
from rich.table import Table

from evaluator import shipped
from evaluator.cli.common import Project, opened_for, reading, stderr, stdout
from evaluator.cli.rules import read_documents
from evaluator.core.errors import InvalidInput
from evaluator.core.ids import DEFAULT_PROJECT
from evaluator.core.review.definition import CriterionDefinition
from evaluator.core.unknown import instead, shortened
from evaluator.pipeline.catalog.criteria import (
    criteria_in_use,
    criteria_of,
    known_criterion,
    parse_criterion,
    push_criterion,
)
from evaluator.pipeline.catalog.criteria_diff import diff_criteria
from evaluator.web.format import visible

app = typer.Typer(no_args_is_help=True, help="Register, show and compare criteria.")

WIDTH = 100


@app.command()
def push(
    file: Annotated[str, typer.Argument(help="YAML or JSON: one criterion, or a list; or the name of a shipped one")],
    project: Project = DEFAULT_PROJECT,
) -> None:
    """Make the criteria of a file the versions that new waves ask by."""
    with opened_for(project) as services:
        for definition in _read(file):
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
    document = found.definition.model_dump(mode="json", exclude_none=True)
    text = yaml.dump(document, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=WIDTH)
    typer.echo(visible(text), nl=False)


@app.command()
def diff(
    name: str,
    before: Annotated[str | None, typer.Argument(help="A version; else the one before the newest")] = None,
    after: Annotated[str | None, typer.Argument(help="A version; else the newest")] = None,
    project: Project = DEFAULT_PROJECT,
) -> None:
    """Show what changed between two versions: unless named, from the one before the newest (or shipped) to that."""
    with reading(project) as (_, unit):
        new = known_criterion(unit, project, name, after)
        if before is None:
            earlier = [c for c in criteria_of(unit, project, name) if c.version != new.version]
            if not earlier:
                raise InvalidInput("criterion", f"{name} has one version only", "Push another one to compare it with")
            before = earlier[0].version
        old = known_criterion(unit, project, name, before)
    for each, sign in ((old, "---"), (new, "+++")):
        _say(f"{sign} {name} {each.version} ({each.source})")
    for line in diff_criteria(old.definition, new.definition) or ["They say the same."]:
        _say(line)


def _say(line: str) -> None:
    stdout.print(line, markup=False, highlight=False, soft_wrap=True)


def _read(file: str) -> list[CriterionDefinition]:
    """The criteria of a file, all of which can be taken, or a shipped one by name. Raises InvalidInput."""
    known = shipped.criteria()
    if file in known:
        return [known[file]]
    try:
        there = Path(file).is_file()
    except (OSError, ValueError):  # no path at all
        there = False
    if not there:
        problem = f"{shortened(file)!r} is neither a file nor the name of a shipped criterion"
        raise InvalidInput("file", problem, instead(file, known, "Install faithline again"))
    return [parse_criterion(definition) for definition in read_documents(Path(file))]


class _Dumper(yaml.SafeDumper):
    """Writes texts of several lines as they are read."""


def _text(dumper: yaml.SafeDumper, text: str) -> Any:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


_Dumper.add_representer(str, _text)
