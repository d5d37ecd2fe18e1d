"""`faithline waves`: samples drawn for people to label."""

from __future__ import annotations

from typing import Annotated, Any

import typer
import yaml
from pydantic import ValidationError
from rich.table import Table
from rich.text import Text

from evaluator.cli.common import Project, opened_for, reading, stderr, stdout
from evaluator.cli.times import From, To, Zone, window_of
from evaluator.core.errors import InvalidInput
from evaluator.core.ids import DEFAULT_PROJECT
from evaluator.core.review.wave import DesignKind, WaveRequest
from evaluator.core.unknown import first_error, remedy_of
from evaluator.pipeline.review.draw import Drawn, draw_wave
from evaluator.pipeline.review.stand import stand_wave
from evaluator.pipeline.review.waves import Progress, progress_of, wave_of
from evaluator.pipeline.review.waves import close_wave as end_wave
from evaluator.web.format import iso, visible

app = typer.Typer(no_args_is_help=True, help="Draw samples for people to label, and see how far they are.")

Criterion = Annotated[str, typer.Option(help="What people are asked: the name of a criterion")]
RuleName = Annotated[str, typer.Option("--rule", help="The active rule whose samples are drawn")]
Where = Annotated[
    list[str] | None,
    typer.Option("--where", help="FIELD=VALUE, as conditions of rules: only traces like that; may be repeated"),
]
Design = Annotated[DesignKind, typer.Option(help="How probabilities are chosen")]
By = Annotated[str | None, typer.Option(help="The dimension of a stratified design, e.g. prompt_version")]
Minimum = Annotated[int, typer.Option(min=0, help="Samples of each of its values, as far as there are so many")]
Second = Annotated[float, typer.Option(min=0, max=1, help="The share that a second person is asked about as well")]
TopUp = Annotated[str | None, typer.Option(help="A wave whose frozen design is used again")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would be drawn, and store nothing")]


@app.command()
def draw(
    criterion: Criterion,
    rule: RuleName,
    size: Annotated[int, typer.Option(help="About how many samples")],
    start: From = None,
    end: To = None,
    tz: Zone = None,
    where: Where = None,
    design: Design = DesignKind.ACTIVE,
    by: By = None,
    minimum: Minimum = 0,
    second_share: Second = 0.1,
    top_up: TopUp = None,
    dry_run: DryRun = False,
    project: Project = DEFAULT_PROJECT,
) -> None:
    """Draw samples of a window that is past (the last seven days), each with its probability."""
    with opened_for(project) as services:
        window = dict(zip(("from", "to"), window_of(start, end, tz), strict=True))
        asked = _request(
            criterion=criterion, rule=rule, size=size, filter=_conditions(where), second_share=second_share,
            top_up=top_up, dry_run=dry_run, **_design(design, by, minimum, top_up), **window,
        )  # fmt: skip
        _show_drawn(draw_wave(services.store, project, asked, services.clock, hints=services.hints))


@app.command()
def stand(
    criterion: Criterion,
    rule: RuleName,
    per_day: Annotated[float, typer.Option(help="About how many samples a day")],
    where: Where = None,
    design: Design = DesignKind.ACTIVE,
    by: By = None,
    minimum: Minimum = 0,
    second_share: Second = 0.1,
    top_up: TopUp = None,
    dry_run: DryRun = False,
    project: Project = DEFAULT_PROJECT,
) -> None:
    """Begin a standing wave: it decides on every trace of the rule from now on, until it is closed."""
    with opened_for(project) as services:
        asked = _request(
            criterion=criterion, rule=rule, per_day=per_day, filter=_conditions(where), second_share=second_share,
            top_up=top_up, dry_run=dry_run, **_design(design, by, minimum, top_up),
        )  # fmt: skip
        _show_drawn(stand_wave(services.store, project, asked, services.clock))


@app.command("list")
def list_waves(
    project: Project = DEFAULT_PROJECT,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="How many at most")] = 100,
) -> None:
    """Show waves with how far they are, the newest first."""
    with reading(project) as (_, unit):
        found = progress_of(unit, project, unit.of(project).waves.newest(limit))
    if not found:
        stderr.print("There are no waves yet: draw one with `faithline waves draw`")
        return
    table = Table("wave", "kind", "criterion", "rule", "began", "frame", "drawn", "open", "done", "state")
    for one in found:
        wave = one.wave
        state = "can not decide" if one.trouble else "open" if wave.open else "closed"
        done = sum(states["done"] for states in one.tasks.values())
        values = (wave.id, wave.kind.value, wave.criterion, wave.rule, f"{wave.created_at:%Y-%m-%d %H:%M}")
        counts = (f"{wave.frame:,}", f"{wave.drawn:,}", f"{one.open:,}", f"{done:,}")
        table.add_row(*map(_text, (*values, *counts, state)))
    stdout.print(table)


@app.command()
def show(wave: Annotated[str, typer.Argument(metavar="ID")], project: Project = DEFAULT_PROJECT) -> None:
    """Print a wave with its frozen design, and how far it is, as YAML."""
    with reading(project) as (_, unit):
        (found,) = progress_of(unit, project, [wave_of(unit, project, wave)])
    typer.echo(yaml.safe_dump(_document(found), sort_keys=False, allow_unicode=True), nl=False)


@app.command()
def close(wave: Annotated[str, typer.Argument(metavar="ID")], project: Project = DEFAULT_PROJECT) -> None:
    """End a wave; what of it was not answered stays so."""
    with opened_for(project) as services:
        found = end_wave(services.store, project, wave, services.clock)
    left = sum(states["closed"] for states in found.tasks.values())
    stderr.print(f"{found.wave.id} is closed; {left:,} of its tasks were not answered", highlight=False)


def _request(**given: Any) -> WaveRequest:
    try:
        return WaveRequest.model_validate({name: value for name, value in given.items() if value is not None})
    except ValidationError as error:
        first = first_error(error.errors(include_url=False))
        field = ".".join(map(str, first["loc"])) or "wave"
        raise InvalidInput(field, first["msg"].removeprefix("Value error, "), remedy_of(first) or "") from None


def _design(kind: DesignKind, by: str | None, minimum: int, top_up: str | None) -> dict[str, Any]:
    """The design that is asked for; a top-up has that of the wave before."""
    if top_up is not None and (kind, by, minimum) == (DesignKind.ACTIVE, None, 0):
        return {}
    return {"design": {"kind": kind, "by": by, "minimum": minimum}}


def _conditions(where: list[str] | None) -> list[dict[str, str]]:
    found = []
    for text in where or ():
        name, sign, value = text.partition("=")
        if not sign:
            raise InvalidInput("--where", f"{text!r} is no FIELD=VALUE", "Write it like --where prompt_version=v2")
        found.append({"field": name.strip(), "value": value.strip()})
    return found


def _of_what(found: Drawn) -> str:
    return ", by a week of them" if found.end is None else ", by these labels"


def _show_drawn(found: Drawn) -> None:
    width = found.expected_half_width
    until = "it is closed" if found.end is None else f"{found.end:%Y-%m-%d %H:%M}"
    a_day = " a day" if found.end is None and found.id is None else ""
    lines = {
        "wave": found.id or "none: this was a dry run",
        "window": f"from {found.start:%Y-%m-%d %H:%M} until {until} UTC",
        "frame": f"{found.frame:,} samples{a_day} that could be drawn",
        "drawn": f"{found.drawn:,}{a_day}, of which {found.tasks:,} are new to this rule",
        "second": f"{found.second:,}{a_day} that two people are asked about",
        "expected": "" if width is None else f"± {100 * width:.1f} points (95 %) by people alone{_of_what(found)}",
    }
    if found.design.get("assumed_per_day"):
        lines["note"] = (
            f"the rule has judged nothing lately: {found.design['assumed_per_day']:,.0f} samples a day are assumed"
        )
    for name, text in lines.items():
        if text:
            stdout.print(f"{name:>9}  {text}", highlight=False, markup=False)


def _document(found: Progress) -> dict[str, Any]:
    wave = found.wave
    return {
        "id": wave.id, "kind": wave.kind.value, "criterion": wave.criterion,
        "criterion_version": wave.criterion_version, "rule": wave.rule, "series": wave.series,
        "fingerprint": wave.fingerprint, "from": iso(wave.start), "to": iso(wave.end) if wave.end else None,
        "created_at": iso(wave.created_at), "created_by": wave.created_by,
        "closed_at": iso(wave.closed_at) if wave.closed_at else None, "simulated": wave.simulated,
        "request": wave.request.model_dump(mode="json", by_alias=True, exclude_defaults=True), "design": wave.design,
        "frame": wave.frame, "drawn": wave.drawn, "second": wave.second, "tasks": found.tasks,
        "annotators": found.annotators, **({"trouble": found.trouble} if found.trouble else {}),
    }  # fmt: skip


def _text(value: str) -> Text:
    """A value as it is: no markup or control characters reach the terminal."""
    return Text(visible(value))
