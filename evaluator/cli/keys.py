"""`faithline keys`: who may reach the service, and what they may do."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated

import typer
from rich.table import Table

from evaluator.cli.common import Project, opened, opened_for, reading, stderr, stdout
from evaluator.core.access import Scope
from evaluator.core.errors import InvalidInput
from evaluator.core.ids import DEFAULT_PROJECT
from evaluator.pipeline.access import keys as access

app = typer.Typer(no_args_is_help=True, help="Make, list and end API keys.")

_TIME = re.compile(r"(\d{1,5})([hdw])")
_UNITS = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}


@app.command()
def create(
    name: Annotated[str, typer.Option(help="What it is for")],
    scope: Annotated[list[Scope], typer.Option(help="What it allows; repeatable")],
    project: Project = DEFAULT_PROJECT,
    expires: Annotated[
        str | None, typer.Option(help="When it ends by itself, like 12h, 90d or 52w; else never")
    ] = None,
) -> None:
    """Make a key and print it, this once: only its hash is stored."""
    with opened() as services:
        key, secret = access.create_key(
            services.store, project, name=name, scopes=scope, clock=services.clock, expires_in=_time(expires)
        )
    until = f"until {key.expires_at:%Y-%m-%d %H:%M} UTC" if key.expires_at else "until it is revoked"
    told = f"{key.id} for {project} ({', '.join(sorted(key.scopes))}), valid {until}. It is not shown again:"
    stderr.print(told, markup=False, highlight=False)
    typer.echo(secret)


def _time(text: str | None) -> timedelta | None:
    if text is None:
        return None
    found = _TIME.fullmatch(text.strip())
    if found is None:
        raise InvalidInput("expires", f"{text[:40]!r} is no time", "Give one like 12h, 90d or 52w")
    return int(found[1]) * _UNITS[found[2]]


@app.command("list")
def list_keys(project: Project = DEFAULT_PROJECT) -> None:
    """Show the keys of a project; never their secrets."""
    with reading(project) as (services, unit):
        found, now = unit.of(project).keys.all(), services.clock.now()
    table = Table("id", "name", "scopes", "made", "by", "expires", "last used", "state")
    for key in found:
        state = "valid" if key.valid(now) else ("revoked" if key.revoked_at else "expired")
        times = [f"{t:%Y-%m-%d %H:%M}" if t else "–" for t in (key.created_at, key.expires_at, key.last_used_at)]
        table.add_row(key.id, key.name, ", ".join(sorted(key.scopes)), times[0], key.created_by, *times[1:], state)
    stdout.print(table, markup=False)


@app.command()
def revoke(
    key: Annotated[str, typer.Argument(help="Its id, as `faithline keys list` shows it")],
    project: Project = DEFAULT_PROJECT,
) -> None:
    """End a key."""
    with opened_for(project) as services:
        access.revoke_key(services.store, project, key, services.clock)
    stderr.print(f"{key} works no longer", markup=False, highlight=False)
