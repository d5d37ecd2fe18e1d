"""`faithline projects`, `faithline audit` and `faithline erase-user`."""

from __future__ import annotations

import json
from typing import Annotated

import typer
from rich.table import Table

from evaluator.bootstrap import push_starter_rules
from evaluator.cli.common import Project, opened, opened_for, reading, stderr, stdout
from evaluator.core.ids import DEFAULT_PROJECT
from evaluator.pipeline.access.keys import create_project
from evaluator.pipeline.access.user_keys import set_user_keys
from evaluator.pipeline.retention.erase import erase_user
from evaluator.web.format import visible

app = typer.Typer(no_args_is_help=True, help="Make and list projects, and name the attributes that hold their users.")


@app.command()
def create(name: Annotated[str, typer.Argument(help="Small letters, digits, dots, dashes, underscores")]) -> None:
    """Make a project, with the starter rules unless the settings say no."""
    with opened() as services:
        create_project(services.store, name, services.clock)
        pushed = push_starter_rules(services, name) if services.settings.starter_rules else 0
    told = f"{name}: {pushed} starter rules. Make a key with `faithline keys create --project {name} …`"
    stderr.print(told, markup=False, highlight=False)


@app.command("list")
def list_projects() -> None:
    """Show every project."""
    with opened() as services, services.store.read() as unit:
        projects = unit.projects.all()
        found = [(project, unit.of(project).keys.all(), unit.projects.user_keys(project)) for project in projects]
        now = services.clock.now()
    table = Table("project", "valid keys", "user keys")
    for project, keys, names in found:
        table.add_row(project, str(sum(key.valid(now) for key in keys)), ", ".join(names))
    stdout.print(table, markup=False)


@app.command("user-keys")
def user_keys(
    project: Annotated[str, typer.Argument(help="The project")],
    names: Annotated[list[str] | None, typer.Argument(help="All further attributes that hold a user")] = None,
    none: Annotated[bool, typer.Option("--none", help="There are no further ones")] = False,
) -> None:
    """Name the attributes that hold a user in a project, beside those that are recognised anyway; else show them."""
    if names and none:
        raise typer.BadParameter("give either names or --none")
    if names or none:
        with opened() as services:
            found = set_user_keys(services.store, project, names or [], services.clock)
    else:
        with reading(project) as (_, unit):
            found = unit.projects.user_keys(project)
    for name in found:
        stdout.print(name, markup=False, highlight=False)
    if not found:
        stderr.print("none beside those that are recognised anyway")


def audit(
    project: Project = DEFAULT_PROJECT,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="How many, the newest first")] = 50,
) -> None:
    """Show who changed rules, golden sets, labels and keys, and who deleted what."""
    with reading(project) as (_, unit):
        found = unit.of(project).audit.events(limit)
    table = Table("at", "actor", "action", "subject", "details")
    for event in found:
        at = f"{event.at:%Y-%m-%d %H:%M:%S}"
        table.add_row(at, event.actor, event.action, event.subject, json.dumps(event.details, ensure_ascii=False))
    stdout.print(table, markup=False)


def erase(
    user: Annotated[str, typer.Argument(help="As your application names them, or the pseudonym that pages show")],
    project: Project = DEFAULT_PROJECT,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask first")] = False,
) -> None:
    """Delete everything that is stored of one user. Interrupted, it can be run again; exits with 1 if any is left."""
    if not yes:
        typer.confirm("This can not be undone. Delete?", abort=True, err=True)
    with opened_for(project) as services:
        erased = erase_user(services.store, project, user, services.clock)
    told = ", ".join(f"{n} of {name}" for name, n in sorted(erased.deleted.items()) if n) or "nothing was stored"
    stderr.print(f"{erased.user}: {told}", markup=False, highlight=False)
    for trace, why in erased.failed.items():
        stderr.print(visible(f"{trace} could not be deleted: {why}"), markup=False, highlight=False)
    for rubric in sorted(erased.examples):
        told = f"The rubric {rubric} shows an answer of theirs to judges: push it without that example, and its rules"
        stderr.print(told, markup=False, highlight=False)
    if not erased.complete:
        raise typer.Exit(1)
