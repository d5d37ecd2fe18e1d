"""`faithline process`: work off everything that is waiting, without a server; and `faithline series`."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from evaluator.bootstrap import Services, push_starter_rules
from evaluator.cli.common import Project, opened, reading, stderr, stdout
from evaluator.core.errors import InvalidInput
from evaluator.core.ids import DEFAULT_PROJECT
from evaluator.pipeline.operations.status import Status, read_status
from evaluator.pipeline.schedule import AGGREGATE, JUDGE, SCORE, SETTLE
from evaluator.pipeline.series.buckets import Grain
from evaluator.pipeline.series.read import DEFAULT_METHOD, SeriesQuery, read_series
from evaluator.pipeline.stages.run import drain
from evaluator.stats.registry import ESTIMATORS


def process() -> None:
    """Settle, select, score and aggregate until nothing is left; for files, notebooks and CI."""
    with opened() as services:
        offer_starter_rules(services)
        stages = services.stages()
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        try:
            with Progress(*columns, console=stderr) as bar:
                task = bar.add_task("scoring", total=None)
                while True:
                    handled = drain(stages, SETTLE, AGGREGATE)
                    found = [progress_of(status) for status in _statuses(services)]
                    bar.update(task, completed=sum(n for n, _ in found), total=sum(n for _, n in found))
                    handled += sum(stages.run(stage, seconds=0) for stage in (SCORE, JUDGE))
                    if not handled and not _wait(services):
                        break
        finally:
            stages.close()


def offer_starter_rules(services: Services) -> None:
    """Give a fresh project the starter rules, unless the settings say no."""
    if services.settings.starter_rules and push_starter_rules(services, DEFAULT_PROJECT):
        stderr.print("Pushed the starter rules: see `faithline rules list`")


def _wait(services: Services) -> bool:
    """Wait a little where something will be ready later; returns whether there is any such thing."""
    if not any(status.waiting for status in _statuses(services)):
        return False
    time.sleep(0.5)
    return True


def _statuses(services: Services) -> list[Status]:
    """That of every project, and of the default one in any case."""
    with services.store.read() as unit:
        projects = {DEFAULT_PROJECT, *unit.projects.all()}
        return [read_status(unit, project, services.clock.now()) for project in sorted(projects)]


def progress_of(status: Status) -> tuple[int, int]:
    """(outcomes that are there, outcomes that are planned)."""
    done = sum(r.scored + r.failed + r.skipped for r in status.rules)
    return done, done + sum(r.waiting + r.running for r in status.rules)


def series(
    evaluator: Annotated[str | None, typer.Option(help="Only this evaluator")] = None,
    rule: Annotated[str | None, typer.Option(help="Only this rule")] = None,
    grain: Annotated[Grain, typer.Option(help="How fine")] = Grain.DAY,
    by_slice: Annotated[list[str] | None, typer.Option("--slice", help="NAME=VALUE, repeatable")] = None,
    method: Annotated[str, typer.Option(help=f"How rates are estimated: {', '.join(ESTIMATORS)}")] = DEFAULT_METHOD,
    project: Project = DEFAULT_PROJECT,
) -> None:
    """Print the rates of the last seven days that have data, with their intervals."""
    with reading(project) as (_, unit):
        query = SeriesQuery(evaluator=evaluator, rule=rule, grain=grain, slice=_pairs(by_slice or []), method=method)
        found = read_series(unit, project, query)
    if not found:
        stderr.print("No rates yet: ingest traces, then run `faithline serve` or `faithline process`")
    for s in found:
        table = Table("from", f"bad ({method})", "interval", "scored", "selected", "settled", "failed", "skipped")
        table.title = f"{s.rule}: {s.evaluator} {s.fingerprint[:12]}"
        for point in s.points:
            rate, counts = point.rate, point.rate.counts
            estimate = "–" if rate.estimate is None else f"{rate.estimate:.1%}"
            numbers = (counts.scored, counts.selected, counts.settled, counts.failed, counts.skipped)
            interval = f"{rate.low:.1%} – {rate.high:.1%}"
            table.add_row(f"{point.start:%Y-%m-%d %H:%M}", estimate, interval, *map(str, numbers))
        stdout.print(table)


def _pairs(given: Sequence[str]) -> dict[str, str]:
    """Slices by name. Raises InvalidInput for one without a value, and for a second one of a name."""
    found: dict[str, str] = {}
    for text in given:
        name, equals, value = text.partition("=")
        if not equals:
            raise InvalidInput("--slice", f"{text!r} is not NAME=VALUE", "For example model=m-1")
        if name in found:
            raise InvalidInput("--slice", f"names {name} twice", "Give one value of each")
        found[name] = value
    return found
