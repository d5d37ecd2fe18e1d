"""`faithline budgets`: what rules may spend today, and have spent."""

from __future__ import annotations

from rich.table import Table

from evaluator.cli.common import Project, reading, stderr, stdout
from evaluator.core.ids import DEFAULT_PROJECT
from evaluator.pipeline.operations.status import BudgetStatus, read_status
from evaluator.web.format import money, percent


def budgets(project: Project = DEFAULT_PROJECT) -> None:
    """Show what each rule with a budget has spent today (UTC), and how far that lowers its rates."""
    with reading(project) as (services, unit):
        status = read_status(unit, project, services.clock.now(), services.judges)
    if not status.budgets:
        stderr.print("No rule has a budget: see docs/rules.md")
        return
    paces = {r.name: r.factor for r in status.rates if r.reason == "budget"}
    table = Table("rule", "a day", "spent", "reserved", "open calls", "put off", "rates", "state")
    for b in status.budgets:
        rates = f"{percent(paces.get(b.rule, 1.0))} %"
        values = (b.rule, money(b.limit), money(b.spent), money(b.reserved), f"{b.reservations:,}", f"{b.unpaid:,}")
        table.add_row(*values, rates, _state(b))
    stdout.print(table)


def _state(budget: BudgetStatus) -> str:
    if budget.held:
        return "held until midnight: a call cost more than its evaluator had stated"
    return "spent until midnight" if budget.exhausted else "open"
