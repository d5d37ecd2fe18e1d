"""`faithline backfill`: a rule looks at traces that came before it."""

from __future__ import annotations

import sys
from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from evaluator.bootstrap import Services
from evaluator.cli.common import Project, opened_for, stderr, stdout
from evaluator.cli.times import Zone, read_option
from evaluator.core.ids import DEFAULT_PROJECT
from evaluator.core.zones import zone_of
from evaluator.pipeline.sampling.backfill import Backfill, Onward, Request
from evaluator.pipeline.sampling.backfill import backfill as run_backfill


def backfill(
    rule: Annotated[str, typer.Argument(help="The name of an active rule")],
    start: Annotated[str, typer.Option("--from", help="Traces that began at this time or later (ISO 8601)")],
    end: Annotated[str | None, typer.Option("--to", help="Traces that began before this; left out: all")] = None,
    tz: Zone = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do it without asking")] = False,
    project: Project = DEFAULT_PROJECT,
) -> None:
    """Say what a rule would draw of older traces and what that costs; then, with --yes or when asked, do it."""
    with opened_for(project) as services:
        zone = zone_of(tz)
        until = services.clock.now() if end is None else read_option(end, "--to", zone)
        request = Request(project=project, rule=rule, start=read_option(start, "--from", zone), end=until)
        planned = _run(services, request, apply=False)
        _show(planned)
        if not planned.targets and not planned.jobs and not (planned.onward and planned.onward.targets):
            stderr.print("There is nothing to do")
            return
        if not yes:
            if not sys.stdin.isatty():
                stderr.print("Nothing was changed. Do it with --yes")
                return
            typer.confirm("Decide and queue this?", abort=True, err=True)
        done = _run(services, request, apply=True)
        stderr.print(f"{done.targets:,} decisions stored, {done.jobs:,} jobs queued behind what comes in")


def _run(services: Services, request: Request, *, apply: bool) -> Backfill:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=stderr, transient=True) as bar:
        task = bar.add_task("queueing" if apply else "counting", total=None)
        return run_backfill(
            services.store, request, services.build, services.clock, apply=apply, hints=services.hints,
            seen=lambda found: bar.update(task, completed=found.traces, total=found.planned),
        )  # fmt: skip


def _show(found: Backfill) -> None:
    table = Table("stratum", "probability", "targets", "drawn")
    table.title = f"{found.rule}: {found.evaluator} {found.fingerprint[:12]}"
    for name, stratum in sorted(found.strata.items()):
        table.add_row(name, f"{stratum.probability:.4g}", f"{stratum.targets:,}", f"{stratum.drawn:,}")
    stdout.print(table)
    lines = {
        "traces": f"{found.traces:,} planned in [{found.start:%Y-%m-%d %H:%M}, {found.end:%Y-%m-%d %H:%M}) UTC",
        "not settled": f"{found.unsettled:,} (run this again when they have)" if found.unsettled else "",
        "decided": f"{found.decided:,} targets before, which stays",
        "to decide": f"{found.targets:,} targets, of which {found.drawn:,} are drawn",
        "to score": f"{found.jobs:,} (the others drawn have an outcome, or wait for it already)",
        "set aside": f"{len(found.failed):,} traces could not be looked at" if found.failed else "",
        "cost": _cost(found),
        "then": "" if found.onward is None else _then(found.onward),
        "time": _duration(found.seconds),
    }
    for name, text in lines.items():
        if text:
            stdout.print(f"{name:>12}  {text}", highlight=False, markup=False)


def _then(onward: Onward) -> str:
    jobs = f"about {onward.jobs:,.0f} of {onward.targets:,} go on to {onward.evaluator}, by {onward.rule}"
    return f"{jobs}: {_cost(onward)}"


def _cost(found: Backfill | Onward) -> str:
    if found.usd_per_day is None and not found.cost and not found.cost_bound:
        return "none: this evaluator runs on your machines"
    expected = "not known before the first outcome" if found.cost is None else f"about ${found.cost:,.4f}"
    bound = "" if found.cost_bound is None else f", at most ${found.cost_bound:,.4f}"
    day = (
        ""
        if found.usd_per_day is None
        else f"; the rule may spend ${found.usd_per_day:,.2f} a day, live scores first"
    )
    return expected + bound + day


def _duration(seconds: float | None) -> str:
    if seconds is None:
        return "not known before the first outcome"
    minutes = seconds / 60
    text = f"{seconds:.0f} s" if minutes < 2 else f"{minutes:.0f} min" if minutes < 120 else f"{minutes / 60:.1f} h"
    return f"at most {text} at the pace of the busiest recent minute, when nothing else is scored"
