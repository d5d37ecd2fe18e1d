"""`faithline labels`: how many to ask for, tasks out to wherever a team labels, and completed ones back in."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from evaluator.cli.agreement import AsJson, print_json, say
from evaluator.cli.common import Project, opened, opened_for, reading, stderr, stdout
from evaluator.cli.rows import BadRow, RowReader, parse_object
from evaluator.cli.times import From, To, Zone, window_of
from evaluator.core.ids import DEFAULT_PROJECT, canonical_json
from evaluator.pipeline.access.keys import check_project
from evaluator.pipeline.calibration.budget import read_budget
from evaluator.pipeline.review.exchange import export_rows, import_rows
from evaluator.web.format import visible

app = typer.Typer(no_args_is_help=True, help="Plan labels, take tasks out as JSON lines, and completed ones in.")

SHOWN = 20
"""Refused rows that are told one by one."""


@app.command("export")
def export_labels(
    wave: Annotated[str | None, typer.Option(help="Only the tasks of this wave")] = None,
    open_only: Annotated[bool, typer.Option("--open", help="Only what is still to be answered")] = False,
    project: Project = DEFAULT_PROJECT,
) -> None:
    """Print tasks as JSON lines: what is asked, the design that drew it and, where there is one, the answer."""
    with opened() as services:
        with services.store.read() as unit:
            check_project(unit, project)
        for row in export_rows(services.store, project, wave=wave, open_only=open_only):
            sys.stdout.write(canonical_json(row) + "\n")


@app.command("import")
def import_labels(
    file: Annotated[Path, typer.Argument(help="JSON lines as `labels export` prints them, with `level` filled in")],
    annotator: Annotated[str, typer.Option(help="Whoever labelled the rows that name nobody")],
    project: Project = DEFAULT_PROJECT,
) -> None:
    """Take completed rows in. A row that does not fit is told by its line, the others are kept; the same again
    changes nothing."""
    bad: list[BadRow] = []
    with opened_for(project) as services, RowReader(file) as reader:
        done = import_rows(services.store, project, _rows(reader, bad), annotator, services.clock)
    told = [(row.line, row.field, row.problem, row.remedy) for row in bad]
    told += [(error.index, error.field or "", error.problem, error.remedy) for error in done.errors]
    for line, field, problem, remedy in sorted(told)[:SHOWN]:
        text = ": ".join(filter(None, (f"line {line}", field, f"{problem}. {remedy}")))
        stderr.print(visible(text), markup=False, highlight=False, soft_wrap=True)
    if len(told) > SHOWN:
        stderr.print(f"and {len(told) - SHOWN} more", highlight=False)
    stderr.print(
        f"{done.accepted:,} labels taken in, {done.unchanged:,} were there already, "
        f"{done.unanswered:,} rows say nothing yet, {len(told):,} refused",
        highlight=False,
    )
    if told:
        raise typer.Exit(1)


@app.command("plan")
def plan_labels(
    rule: Annotated[str, typer.Argument(help="The rule whose rate is wanted")],
    half_width: Annotated[float | None, typer.Option(help="The rate ± this; 0.05 where no aim is given")] = None,
    change: Annotated[float | None, typer.Option(help="Or to see that the rate changed by this")] = None,
    start: From = None,
    end: To = None,
    tz: Zone = None,
    as_json: AsJson = False,
    project: Project = DEFAULT_PROJECT,
) -> None:
    """Say how many labels a rate needs with its evaluator and without, and what the next ones buy."""
    with reading(project) as (_, unit):
        window = window_of(start, end, tz)
        found = read_budget(unit, project, rule, half_width=half_width, change=change, window=window)
    if as_json:
        print_json(found)
        return
    known = found.learned
    r = "not known yet" if known.correlation is None else f"{known.correlation:.2f}"
    bound = "" if found.plan.gain is None else f": a label is worth {found.plan.gain:.2f} labels at most"
    for name, text in (
        ("traffic", f"{found.start:%Y-%m-%d %H:%M} to {found.end:%Y-%m-%d %H:%M} UTC, {known.scored:,} scored"),
        ("rate", f"{known.rate:.1%} ({found.rate_from}), {known.labels:,} labels"),
        ("evaluator", f"correlation with people {r}{bound}"),
        ("design", f"{known.design_effect:.2f} labels are worth one drawn at random; {known.response:.0%} answer"),
    ):  # fmt: skip
        stdout.print(f"{name:>9}  {text}", highlight=False, markup=False)
    say(found.words)


def _rows(reader: RowReader, bad: list[BadRow]) -> Iterator[tuple[int, Any]]:
    """The rows of a file with their lines; what is no row goes to `bad`."""
    for number, line in reader.numbered():
        found = line if isinstance(line, BadRow) else parse_object(line, number)
        if isinstance(found, BadRow):
            bad.append(found)
        else:
            yield number, found
