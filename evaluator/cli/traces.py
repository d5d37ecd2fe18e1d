"""`faithline traces`: which traces there are, who sent them, and what they do not tell."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from evaluator.cli.common import Project, reading, stderr, stdout
from evaluator.core.ids import DEFAULT_PROJECT
from evaluator.core.trace import Fact
from evaluator.core.unknown import shortened
from evaluator.pipeline.traces import find_traces
from evaluator.store.repositories.traces.lists import TraceFilter
from evaluator.web.format import gaps, iso, visible

NAME_CHARS = 60
"""Characters of a question or name in the table."""


def traces(
    sender: Annotated[str | None, typer.Option(help="Only of this sender, by its id (docs/senders.md)")] = None,
    missing: Annotated[Fact | None, typer.Option(help="Only those of which no answer has this")] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="How many, the newest first")] = 50,
    project: Project = DEFAULT_PROJECT,
) -> None:
    """List traces, each with its sender and why it has no answer, question or passages."""
    asked = TraceFilter(exact={"sender": sender} if sender else {}, missing=missing, limit=limit)
    with reading(project) as (_, unit):
        found = find_traces(unit, project, asked, None)
    if not found:
        stderr.print("There are no such traces")
        return
    table = Table("id", "start", "state", "sender", "question or name", "missing")
    for row in found:
        lacking = "\n".join(f"{facts}: {said}" for facts, said in gaps(row["gaps"]))
        name = shortened(row["input"] or row["name"], NAME_CHARS)
        values = (row["id"], iso(row["start_at"]), row["state"], row["sender"] or "", name, lacking)
        table.add_row(*(Text(visible(value)) for value in values))
    stdout.print(table)
