"""`faithline quarantine`: what was set aside so that everybody else could go on."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from evaluator.cli.common import Project, opened_for, reading, stderr, stdout
from evaluator.core.errors import InvalidInput
from evaluator.core.ids import DEFAULT_PROJECT
from evaluator.core.quarantine import Quarantined
from evaluator.pipeline.operations.quarantine import read_quarantine
from evaluator.pipeline.operations.quarantine import replay as try_again
from evaluator.web.format import iso, visible

app = typer.Typer(no_args_is_help=True, help="Show and replay what was set aside.")


@app.command("list")
def list_quarantine(
    project: Project = DEFAULT_PROJECT,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="How many at most")] = 100,
    after: Annotated[str | None, typer.Option(help="Begin after the one with this id")] = None,
) -> None:
    """What was set aside, at which step, after how many tries, and what the last one said."""
    with reading(project) as (_, unit):
        found = read_quarantine(unit, project, limit + 1, after)
    for rule in found.broken_rules:
        stderr.print(Text(visible(f"The rule {rule.name} can not be read, push it again: {rule.error}")))
    if not found.items:
        stderr.print("Nothing is set aside")
        return
    table = Table("id", "step", "what", "tries", "last at", "next try", "last error")
    for one in found.items[:limit]:
        values = (one.id, one.step, f"{one.kind} {one.subject}", str(one.attempts), iso(one.last_at), _next(one))
        table.add_row(*(Text(visible(value)) for value in (*values, one.error)))
    stdout.print(table)
    if len(found.items) > limit:
        stderr.print(f"There are more: --after {found.items[limit - 1].id}")


@app.command()
def replay(
    ids: Annotated[list[str] | None, typer.Argument(metavar="[ID]...")] = None,
    everything: Annotated[bool, typer.Option("--all", help="All of the project's")] = False,
    project: Project = DEFAULT_PROJECT,
) -> None:
    """Have what was set aside tried again."""
    with opened_for(project) as services:
        if bool(ids) == everything:
            raise InvalidInput(
                "ID", "is missing" if not everything else "is given beside --all", "Name some, or --all"
            )
        wanted = None if everything else list(dict.fromkeys(ids or []))
        done = try_again(services.store, project, wanted, services.clock, services.hints)
    stderr.print(f"{done} will be tried again")


def _next(one: Quarantined) -> str:
    if one.retry_at is None:
        return "when it is replayed" if one.given_up else "now"
    return iso(one.retry_at)
