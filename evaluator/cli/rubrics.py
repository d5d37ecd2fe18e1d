"""`faithline rubrics`: what a judge is asked about a sample, and what it may answer."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.table import Table

from evaluator import shipped
from evaluator.cli.common import Project, key_value, opened_for, reading, stderr, stdout
from evaluator.cli.definitions import print_diff, print_yaml, read_definitions
from evaluator.cli.trial import print_trial
from evaluator.core.errors import InvalidInput
from evaluator.core.ids import DEFAULT_PROJECT
from evaluator.core.rubric import Rubric
from evaluator.pipeline.catalog.rubric_diff import diff_rubrics
from evaluator.pipeline.catalog.rubrics import (
    RUBRICS,
    document_of,
    known_rubric,
    parse_rubric,
    push_rubrics,
    rubrics_in_use,
    rubrics_of,
)
from evaluator.pipeline.catalog.rules import rule_named
from evaluator.pipeline.trial.examples import with_examples
from evaluator.pipeline.trial.run import MOST, Asked
from evaluator.store.store import Unit

app = typer.Typer(no_args_is_help=True, help="Register, show and compare rubrics.")


@app.command()
def push(
    files: Annotated[list[str], typer.Argument(help="YAML or JSON: one rubric, or a list; or names of shipped ones")],
    examples: Annotated[
        int | None,
        typer.Option("--examples-from-labels", help="So many examples more, of labelled samples"),
    ] = None,
    project: Project = DEFAULT_PROJECT,
) -> None:
    """Make the rubrics of files the versions that are in use: all of them, or none where one can not be taken."""
    with opened_for(project) as services:
        rubrics = [one for file in files for one in read_definitions(file, shipped.rubrics(), "rubric", parse_rubric)]
        if examples is not None:
            rubrics = [with_examples(services.store, project, rubric, examples) for rubric in rubrics]
        for stored in push_rubrics(services.store, project, rubrics, services.clock):
            rubric = stored.definition
            choices, examples = len(rubric.scale.choices), len(rubric.examples)
            line = f"{rubric.name} {stored.version}: {choices} choices, {examples} examples ({stored.source})"
            stderr.print(line, markup=False, highlight=False)


@app.command("list")
def list_rubrics(
    all_versions: Annotated[bool, typer.Option("--all", help="Also versions that have been replaced")] = False,
    project: Project = DEFAULT_PROJECT,
) -> None:
    """Show the rubrics in use, the project's own and shipped ones."""
    with reading(project) as (_, unit):
        found = (rubrics_of if all_versions else rubrics_in_use)(unit, project)
    table = Table("rubric", "version", "source", "title", "criterion", "choices", "inputs", "stored")
    for each in found:
        rubric = each.definition
        choices = ", ".join(f"{choice.label} {choice.value:g}" for choice in rubric.scale.choices)
        stored = "" if each.stored_at is None else f"{each.stored_at:%Y-%m-%d %H:%M}"
        table.add_row(
            rubric.name, each.version, each.source, rubric.title, rubric.criterion.name, choices,
            ", ".join(rubric.inputs), stored,
        )  # fmt: skip
    stdout.print(table)


@app.command()
def show(
    name: str,
    version: Annotated[str | None, typer.Option(help="A version; else the newest")] = None,
    project: Project = DEFAULT_PROJECT,
) -> None:
    """Print a rubric as YAML, to be changed and pushed."""
    with reading(project) as (_, unit):
        found = known_rubric(unit, project, name, version)
    print_yaml(document_of(found.definition))


@app.command("test")
def try_out(
    rubric: Annotated[str, typer.Argument(help="The name of a rubric, or a file with one that is not pushed yet")],
    version: Annotated[str | None, typer.Option(help="A version; else the newest")] = None,
    size: Annotated[int, typer.Option("--samples", help=f"Samples, 1 to {MOST}; each is asked about twice")] = 10,
    param: Annotated[list[str] | None, typer.Option("--param", "-p", help="KEY=VALUE, as a rule gives it")] = None,
    rule: Annotated[str | None, typer.Option(help="An active rule whose rates and budget the costs are of")] = None,
    rate: Annotated[float, typer.Option(help="Without a rule: the share of answers that would be judged")] = 1.0,
    project: Project = DEFAULT_PROJECT,
) -> None:
    """Try a rubric on samples of the newest traces: what is missing, what it costs, whether it agrees with itself and
    with people. Costs money, up to FAITHLINE_TRIAL_USD_PER_DAY a day; nothing that it says enters a rate."""
    with opened_for(project) as services:
        with services.store.read() as unit:
            found = _meant(unit, project, rubric, version)
            drawing = None if rule is None else rule_named(unit, project, rule)
        given = dict(key_value(text, "KEY=VALUE", "model=gpt-4.1-mini") for text in param or [])
        asked = Asked(rubric=found, parameters=given, size=size, rule=drawing, rate=rate)
        trial = services.try_rubric(project, asked)
    print_trial(trial)
    if trial.waits_for or not trial.tried:
        raise typer.Exit(1)


def _meant(unit: Unit, project: str, rubric: str, version: str | None) -> Rubric:
    """The rubric of a name, else that of a file."""
    if version is None and rubric not in {known.definition.name for known in rubrics_in_use(unit, project)}:
        found = read_definitions(rubric, {}, "rubric", parse_rubric)
        if len(found) != 1:
            raise InvalidInput("file", f"holds {len(found)} rubrics", "Try one at a time")
        return found[0]
    return known_rubric(unit, project, rubric, version).definition


@app.command()
def diff(
    name: str,
    before: Annotated[str | None, typer.Argument(help="A version; else the one before the newest")] = None,
    after: Annotated[str | None, typer.Argument(help="A version; else the newest")] = None,
    project: Project = DEFAULT_PROJECT,
) -> None:
    """Show what changed between two versions: unless named, from the one before the newest (or shipped) to that."""
    with reading(project) as (_, unit):
        old, new = RUBRICS.pair(unit, project, name, before, after)
    print_diff(old, new, diff_rubrics(old.definition, new.definition))
