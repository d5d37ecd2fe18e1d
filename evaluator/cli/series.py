"""`faithline series`: rates over time."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.table import Table

from evaluator.cli.common import Project, opened, stderr, stdout
from evaluator.cli.times import Zone, read_option
from evaluator.core.ids import DEFAULT_PROJECT
from evaluator.core.zones import zone_name, zone_of
from evaluator.pipeline.series.buckets import Grain
from evaluator.pipeline.series.read import DEFAULT_METHOD, Series, SeriesAnswer, SeriesQuery, answer_series
from evaluator.stats.registry import ESTIMATORS


def series(
    evaluator: Annotated[str | None, typer.Option(help="Only this evaluator")] = None,
    start: Annotated[str | None, typer.Option("--from", help="Traces that began then or later (ISO 8601)")] = None,
    end: Annotated[str | None, typer.Option("--to", help="Traces that began before this")] = None,
    tz: Zone = None,
    grain: Annotated[Grain, typer.Option(help="How fine")] = Grain.DAY,
    by_slice: Annotated[list[str] | None, typer.Option("--slice", help="NAME=VALUE, repeatable")] = None,
    method: Annotated[str, typer.Option(help=f"How rates are estimated: {', '.join(ESTIMATORS)}")] = DEFAULT_METHOD,
    project: Project = DEFAULT_PROJECT,
) -> None:
    """Print rates with their intervals; left open, those of the last seven days that have data."""
    pairs = dict(pair.split("=", 1) for pair in by_slice or [] if "=" in pair)
    with opened() as services, services.store.read() as unit:
        zone = zone_of(tz)
        query = SeriesQuery(
            evaluator=evaluator, grain=grain, zone=zone, slice=pairs, method=method,
            start=None if start is None else read_option(start, "--from", zone),
            end=None if end is None else read_option(end, "--to", zone),
        )  # fmt: skip
        answer = answer_series(unit, project, query)
    for note in answer.notes:
        stderr.print(f"Note: {note}", highlight=False, markup=False)
    if not answer.series:
        stderr.print("No rates yet: ingest traces, then run `faithline serve` or `faithline process`")
    for found in answer.series:
        stdout.print(_table(found, answer))


def _table(found: Series, answer: SeriesAnswer) -> Table:
    method, zone = found.totals.method, answer.window.zone
    head = ("from", f"bad ({method})", "interval", "scored", "selected", "settled", "failed", "skipped")
    table = Table(*head, title=f"{found.rule}: {found.evaluator} {found.fingerprint[:12]}")
    for point in found.points:
        rate, counts = point.rate, point.rate.counts
        estimate = "–" if rate.estimate is None else f"{rate.estimate:.1%}"
        numbers = (counts.scored, counts.selected, counts.settled, counts.failed, counts.skipped)
        interval = f"{rate.low:.1%} – {rate.high:.1%}"
        begins = f"{point.start.astimezone(zone):%Y-%m-%d %H:%M}" + (" (part)" if point.partial else "")
        table.add_row(begins, estimate, interval, *map(str, numbers))
    ends = (f"{at.astimezone(zone):%Y-%m-%d %H:%M:%S}" for at in (answer.window.start, answer.window.end))
    table.caption = f"{' to '.join(ends)}, {zone_name(zone)}"
    return table
