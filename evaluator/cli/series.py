"""`faithline series`: rates over time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer
from rich.table import Table

from evaluator.cli.common import Project, reading, stderr, stdout
from evaluator.cli.times import From, To, Zone, window_of
from evaluator.core.errors import InvalidInput
from evaluator.core.ids import DEFAULT_PROJECT
from evaluator.core.zones import zone_name, zone_of
from evaluator.pipeline.series.buckets import Grain
from evaluator.pipeline.series.read import DEFAULT_METHOD, Series, SeriesAnswer, SeriesQuery, answer_series, methods
from evaluator.stats.estimators.rates import ENOUGH, Rate
from evaluator.stats.estimators.registry import ESTIMATORS


def series(
    evaluator: Annotated[str | None, typer.Option(help="Only this evaluator")] = None,
    rule: Annotated[str | None, typer.Option(help="Only this rule")] = None,
    start: From = None,
    end: To = None,
    tz: Zone = None,
    grain: Annotated[Grain, typer.Option(help="How fine")] = Grain.DAY,
    by_slice: Annotated[list[str] | None, typer.Option("--slice", help="NAME=VALUE, repeatable")] = None,
    method: Annotated[str, typer.Option(help=f"How rates are estimated: {', '.join(methods())}")] = DEFAULT_METHOD,
    project: Project = DEFAULT_PROJECT,
) -> None:
    """Print rates with their intervals; left open, those of the last seven days that have data."""
    with reading(project) as (_, unit):
        begins, ends = window_of(start, end, tz)
        query = SeriesQuery(
            evaluator=evaluator, rule=rule, grain=grain, zone=zone_of(tz), slice=_pairs(by_slice or []),
            method=method, start=begins, end=ends,
        )  # fmt: skip
        answer = answer_series(unit, project, query)
    for note in answer.notes:
        stderr.print(f"Note: {note}", highlight=False, markup=False)
    if not answer.series:
        stderr.print(_nothing(by_slice), highlight=False, markup=False)
    for found in answer.series:
        stdout.print(_table(found, answer))


def _nothing(by_slice: Sequence[str] | None) -> str:
    if by_slice:
        return f"No rates of {' and '.join(by_slice)} in this time: leave --slice out to see what there is"
    return "No rates yet: ingest traces, then run `faithline serve` or `faithline process`"


def _table(found: Series, answer: SeriesAnswer) -> Table:
    method, zone = found.totals.method, answer.window.zone
    by_people = ESTIMATORS[method].needs_labels
    labelled = ("labels", "covered") if by_people else ()
    head = ("from", f"bad ({method})", "interval", *labelled, "scored", "selected", "settled", "failed", "skipped")
    table = Table(*head, title=f"{found.rule}: {found.evaluator} {found.fingerprint[:12]}")
    for point in found.points:
        begins = f"{point.start.astimezone(zone):%Y-%m-%d %H:%M}" + (" (part)" if point.partial else "")
        table.add_row(begins, *_cells(point.rate, by_people))
    if by_people:
        table.add_section()
        table.add_row("all", *_cells(found.total, by_people))
    ends = (f"{at.astimezone(zone):%Y-%m-%d %H:%M:%S}" for at in (answer.window.start, answer.window.end))
    table.caption = f"{' to '.join(ends)}, {zone_name(zone)}{_enough(found.total, found.rule, by_people)}"
    return table


def _cells(rate: Rate, by_people: bool) -> list[str]:
    counts = rate.counts
    estimate = "–" if rate.estimate is None else f"{rate.estimate:.1%}"
    labelled = [str(rate.labels), f"{rate.covered:.0%}"] if by_people else []
    numbers = (counts.scored, counts.selected, counts.settled, counts.failed, counts.skipped)
    return [estimate, f"{rate.low:.1%} – {rate.high:.1%}", *labelled, *map(str, numbers)]


def _enough(total: Rate, rule: str, by_people: bool) -> str:
    if not by_people or total.enough:
        return ""
    if not total.labels:
        return f". Nobody has labelled anything of it: see `faithline labels plan {rule}`, then draw a wave"
    return f". Not enough to decide on: at least {ENOUGH} labels, and half of the traffic covered"


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
