"""`faithline agreement`: how far evaluators agree with people, and people with each other."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache, partial
from typing import Annotated, Any

import orjson
import typer
from pydantic import BaseModel
from rich.table import Table
from rich.text import Text

from evaluator.cli.common import Project, reading, stderr, stdout
from evaluator.cli.times import From, To, Zone, window_of
from evaluator.core.ids import DEFAULT_PROJECT
from evaluator.core.slicing import SLICE_DIMENSIONS
from evaluator.core.unknown import shortened
from evaluator.pipeline.calibration.agreement import AgreementAnswer, People, VersionAgreement, read_agreement
from evaluator.pipeline.calibration.measures import of_evaluator, of_people
from evaluator.pipeline.calibration.thresholds import read_thresholds
from evaluator.pipeline.calibration.versions import Known
from evaluator.stats.agreement.measure import Measure
from evaluator.web.format import visible

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, as the API answers it")]


def agreement(
    criterion: Annotated[str | None, typer.Option(help="By this criterion; else the last that was asked")] = None,
    rule: Annotated[str | None, typer.Option(help="Only evaluator versions of this rule")] = None,
    by: Annotated[str | None, typer.Option(help=f"Also each value of one of {', '.join(SLICE_DIMENSIONS)}")] = None,
    start: From = None,
    end: To = None,
    tz: Zone = None,
    as_json: AsJson = False,
    project: Project = DEFAULT_PROJECT,
) -> None:
    """Print how far evaluators agree with people, weighted to all traffic, with intervals."""
    with reading(project) as (_, unit):
        begins, ends = window_of(start, end, tz)
        read = cache(partial(Known.read, unit.of(project)))  # once for all versions
        found = read_agreement(unit, project, criterion, rule=rule, by=by, start=begins, end=ends, read=read)
        proposals = [
            read_thresholds(unit, project, v.rules[0], start=begins, end=ends, read=read).words
            if v.active and v.agreement is not None and not as_json else ()
            for v in found.versions
        ]  # fmt: skip
    if as_json:
        print_json(found)
        return
    say((f"Note: {note}" for note in found.notes), stderr)
    for version, proposal in zip(found.versions, proposals, strict=True):
        if version.agreement is not None:
            _show(found, version, proposal)
    if found.people is not None:
        _show_people(found.people)


def print_json(found: Any) -> None:
    """An answer of the pipeline, as the API gives it; control characters are escaped."""
    typer.echo(orjson.dumps(found, default=_document, option=orjson.OPT_INDENT_2 | orjson.OPT_UTC_Z).decode())


def _document(value: Any) -> Any:
    """A rubric or another document within an answer, as JSON has it."""
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    raise TypeError(f"{type(value).__name__} is nothing that is answered")


def say(lines: Iterable[str], console: Any = stdout) -> None:
    """Print sentences, whatever they quote."""
    for line in lines:
        console.print(visible(line), markup=False, highlight=False, soft_wrap=True)


def _show(found: AgreementAnswer, version: VersionAgreement, proposal: Sequence[str]) -> None:
    assert version.agreement is not None  # whoever asks has looked
    known = f"{version.title} {version.fingerprint[:12]} ({', '.join(version.rules)})"
    if not version.active:
        known += ", an earlier version"
    say(["", known, *version.words])
    table = _measures(of_evaluator(version.agreement))
    (right, missed), (alarms, hits) = version.agreement.confusion.counts
    said = f"{version.agreement.pairs:,} labels: {hits:,} found, {right:,} rightly passed, {missed:,} missed, "
    table.caption = f"{said}{alarms:,} flagged in vain"
    stdout.print(table)
    left = {"not scored yet": version.unscored, "failed": version.failed, "skipped": version.skipped}
    if any(left.values()):
        say(["Left out: " + ", ".join(f"{n:,} {what}" for what, n in left.items() if n)])
    say(proposal)
    if version.by:
        stdout.print(_slices(found.by or "", version))


def _slices(by: str, version: VersionAgreement) -> Table:
    table = Table(by, "labels", "bad", "sensitivity", "specificity", "kappa")
    for part in version.by:
        c = part.agreement.confusion
        name = "not stated" if part.value is None else shortened(part.value)
        shown = (c.bad, c.sensitivity, c.specificity, part.agreement.kappa.nominal)
        table.add_row(Text(visible(name)), f"{part.agreement.pairs:,}", *(_with_interval(one) for one in shown))
    return table


def _show_people(people: People) -> None:
    say(["", "People with each other", *people.words])
    if people.between.paired:
        table = _measures(of_people(people.between, people.overturned))
        table.caption = f"{people.between.paired:,} samples with two answers, {people.between.annotators:,} people"
        stdout.print(table)


def _measures(rows: Iterable[tuple[str, str, Measure]]) -> Table:
    table = Table("measure", "value", "95 % interval")
    for name, _, measure in rows:
        value = "–" if measure.value is None else f"{measure.value:.3f}"
        interval = measure.reason or ""
        if measure.low is not None and measure.high is not None:
            interval = f"{measure.low:.3f} – {measure.high:.3f}"
        table.add_row(name, value, interval)
    return table


def _with_interval(measure: Measure) -> str:
    if measure.value is None:
        return "–"
    if measure.low is None or measure.high is None:
        return f"{measure.value:.2f}"
    return f"{measure.value:.2f} ({measure.low:.2f}–{measure.high:.2f})"
