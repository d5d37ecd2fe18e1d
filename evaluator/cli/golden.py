"""`faithline golden`: prompts with the responses that a careful person would give."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from evaluator import shipped
from evaluator.bootstrap import push_golden_set
from evaluator.cli.common import Project, opened_for, reading, stderr, stdout
from evaluator.core.errors import NotFound
from evaluator.core.ids import DEFAULT_PROJECT
from evaluator.pipeline.catalog.golden_sets import Chosen, add_golden_item
from evaluator.text.limits import GOLDEN_ITEMS

app = typer.Typer(no_args_is_help=True, help="Register and show golden sets.")


@app.command()
def push(
    name: Annotated[str, typer.Argument(help="Its name; that of a shipped set where no path is given")],
    path: Annotated[Path | None, typer.Argument(help="A JSON lines file, or a folder with items.jsonl")] = None,
    project: Project = DEFAULT_PROJECT,
) -> None:
    """Store a version of a golden set."""
    with opened_for(project) as services:
        stored = push_golden_set(services, project, name, path)
    stderr.print(f"{stored.name} {stored.version}: {stored.size} items", highlight=False)
    if stored.size > GOLDEN_ITEMS.most:
        stderr.print(f"golden_similarity opens sets of up to {GOLDEN_ITEMS.size:,} items: for evaluators of your own")


@app.command()
def add(
    name: Annotated[str, typer.Argument(help="The golden set; a new one where there is none of this name")],
    trace: Annotated[str, typer.Option(help="The id of the trace whose answer is put into it")],
    target: Annotated[str | None, typer.Option(help="Which of its answers; the main one, if left out")] = None,
    answer: Annotated[str | None, typer.Option(help="What it should have been; as it stands, if left out")] = None,
    project: Project = DEFAULT_PROJECT,
) -> None:
    """Put an answer of a trace into a golden set: a new version, with the question as prompt."""
    with opened_for(project) as services:
        chosen = Chosen(trace=trace, target=target, answer=answer)
        stored = add_golden_item(services.store, project, name, chosen, services.clock)
    stderr.print(f"{stored.name} {stored.version}: {stored.size} items", highlight=False)


@app.command("list")
def list_sets(project: Project = DEFAULT_PROJECT) -> None:
    """Show every stored version, and what is shipped."""
    with reading(project) as (_, unit):
        found = unit.of(project).golden_sets.versions()
    table = Table("golden set", "version", "items", "title", "stored")
    for s in found:
        table.add_row(s.name, s.version, str(s.size), s.title, f"{s.created_at:%Y-%m-%d %H:%M}")
    stdout.print(table)
    stdout.print(f"Shipped, to be pushed by name: {', '.join(shipped.golden_sets())}")


@app.command()
def show(
    name: str,
    version: Annotated[str | None, typer.Option(help="A version; else the newest")] = None,
    project: Project = DEFAULT_PROJECT,
) -> None:
    """Print the items of a golden set as JSON lines."""
    with reading(project) as (_, unit):
        found = [s for s in unit.of(project).golden_sets.versions(name) if version in (None, s.version)]
        if not found:
            raise NotFound("golden set", name, "List what there is with `faithline golden list`")
        items = unit.of(project).golden_sets.items(name, found[0].version)
    for item in items:
        typer.echo(item.model_dump_json())
