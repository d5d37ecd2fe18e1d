"""`faithline explain`: where each fact of a trace came from."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from evaluator.bootstrap import explain as explain_parts
from evaluator.cli.common import Project, reading, stderr, stdout
from evaluator.core.explained import Explained, Place
from evaluator.core.ids import DEFAULT_PROJECT
from evaluator.core.unknown import shortened
from evaluator.ingest.senders import title_of
from evaluator.pipeline.traces import explain_trace
from evaluator.web.format import visible

VALUE_CHARS = 60
"""Characters of a fact in the table."""


def explain(
    trace: Annotated[str, typer.Argument(help="The id of a trace")],
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document instead of a table")] = False,
    project: Project = DEFAULT_PROJECT,
) -> None:
    """Say from which span, attribute and convention each fact of a trace came, and what the trace does not tell."""
    with reading(project) as (_, unit):
        found = explain_trace(unit, project, trace, explain_parts)
    if as_json:
        sys.stdout.write(json.dumps(asdict(found), ensure_ascii=False, indent=2) + "\n")
        return
    if found.sender:
        stderr.print(f"Sent by {title_of(found.sender)}", markup=False)
    table = Table("fact", "value", "from", "span", "convention")
    for fact in found.facts:
        for row in _rows(fact):
            table.add_row(*(Text(visible(cell)) for cell in row))
    if found.facts:
        stdout.print(table)
    for gap in found.gaps:
        stderr.print(Text(visible(f"No {gap.fact}: {gap.said}")))
    if found.not_looked_at:
        stderr.print(Text(visible(found.not_looked_at)))


def _rows(fact: Explained) -> list[tuple[str, ...]]:
    """A row for each place, the first with the fact itself."""
    name = fact.fact.replace("_", " ") + (f" of {fact.answer}" if fact.answer not in ("", "root") else "")
    told = [(fact.how, "", "")] if fact.how else []
    told += [(f"{place.kind} {place.name}", _span(place), place.convention) for place in fact.places]
    first, *others = told or [("", "", "")]
    return [(name, shortened(fact.value, VALUE_CHARS), *first), *(("", "", *other) for other in others)]


def _span(place: Place) -> str:
    return f"{place.span} {place.span_id}" if place.span_id else ""
