"""Prints what a trial of a rubric found."""

from __future__ import annotations

from rich.table import Table
from rich.text import Text

from evaluator.cli.common import stdout
from evaluator.pipeline.trial.run import Trial
from evaluator.stats.shares import Share
from evaluator.web.format import money, visible

SHOWN = 90
"""Characters of a reason in the table."""


def print_trial(trial: Trial) -> None:
    """What is missing first, then the samples, then what follows from them."""
    _say(f"{trial.rubric} {trial.version}, asked of {trial.model} at {trial.provider}")
    for problem in trial.problems:
        _say(f"! {problem}")
    if trial.tried:
        stdout.print(_samples(trial))
        _say(f"It says the same twice on {_share(trial.steady)}.")
        if trial.agrees.size:
            wrong = f"{trial.missed} bad ones called good, {trial.blamed} good ones called bad"
            _say(f"It calls bad what people do on {_share(trial.agrees)}: {wrong}.")
        else:
            _say("No sample has a label by its criterion to be held against.")
        _say(_cost(trial))


def _samples(trial: Trial) -> Table:
    table = Table("trace", "verdict", "bad", "again", "people", "why", "cost")
    for one in trial.tried:
        bad = "" if one.bad is None else f"{one.bad:.2f}"
        why = one.failure or one.reason
        row = (
            one.trace_id,
            one.label or "none",
            bad,
            one.again or "",
            one.person or "",
            why[:SHOWN],
            money(one.cost),
        )
        table.add_row(*(Text(visible(cell)) for cell in row))
    return table


def _share(found: Share) -> str:
    if found.estimate is None:
        return "none of 0 samples"
    return f"{found.count} of {found.size} samples ({found.low:.0%} to {found.high:.0%})"


def _cost(trial: Trial) -> str:
    if trial.per_verdict is None or trial.a_day is None:
        return f"This trial cost {money(trial.spent)}."
    budget = "" if trial.budget_a_day is None else f", of a budget of {money(trial.budget_a_day)}"
    return (
        f"This trial cost {money(trial.spent)}, {money(trial.per_verdict)} a verdict. At {trial.drawn_a_day:,.0f} "
        f"answers a day that is about {money(trial.a_day)} a day{budget}."
    )


def _say(text: str) -> None:
    stdout.print(visible(text), markup=False, highlight=False, soft_wrap=True)
