"""`faithline status`: what is waiting, what was done, and what has changed for the worse."""

from __future__ import annotations

from rich.table import Table
from rich.text import Text

from evaluator.cli.common import Project, reading, stdout
from evaluator.core.ids import DEFAULT_PROJECT
from evaluator.pipeline.operations.status import read_status
from evaluator.web.format import count, visible


def status(project: Project = DEFAULT_PROJECT) -> None:
    """Show traces by stage, outcomes by rule, and senders whose traces suddenly tell less."""
    with reading(project) as (services, unit):
        found = read_status(unit, project, services.clock.now(), services.judges)
    stages = f"{count(found.open)} open, {count(found.settled)} settled, {count(found.planned)} planned"
    stdout.print(f"Traces: {stages}; set aside: {count(found.quarantined)}")
    for drop in found.yield_drops:
        stdout.print(Text(visible(drop.sentence)))
    if found.rules:
        table = Table("rule", "scored", "failed", "skipped", "waiting", "running", "put off", "no judge", "given up")
        for r in found.rules:
            numbers = (r.scored, r.failed, r.skipped, r.waiting, r.running, r.unpaid, r.unasked, r.dead)
            table.add_row(Text(visible(r.rule)), *map(count, numbers))
        stdout.print(table)
    for r in found.rules:
        if r.waits_for:
            stdout.print(Text(visible(f"{r.rule} waits for a judge. {r.waits_for}")))
