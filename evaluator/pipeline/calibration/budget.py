"""How many labels a rule's rate needs, with its evaluator and without, by what was learned so far."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from evaluator.core.errors import InvalidInput
from evaluator.pipeline.calibration.learned import correlation_with_people, learned_of, what_next
from evaluator.pipeline.calibration.versions import rule_named
from evaluator.pipeline.calibration.words import of_ten, what_labels_buy
from evaluator.pipeline.series.read import SeriesQuery, answer_series
from evaluator.pipeline.series.readers import Readers
from evaluator.stats.agreement.measure import Measure
from evaluator.stats.planning import (
    POWER,
    Learned,
    Next,
    Plan,
    labels_for_change,
    labels_for_half_width,
)
from evaluator.store.store import Unit

HALF_WIDTH = 0.05
"""What is aimed at where nobody says what."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """What labels cost and buy for one rule, over the traffic of a window [start, end)."""

    rule: str
    criterion: str
    fingerprint: str
    start: datetime
    end: datetime
    half_width: float | None
    """What is aimed at: an interval of the rate ± this, in (0, 1/2); or"""
    change: float | None
    """a change of the rate by this, to be seen with a power of `POWER`."""
    learned: Learned
    """What the plan is made from; the correlation is None where it is not known yet."""
    correlation: Measure
    """Of what the evaluator adds to the rate and people's judgement."""
    rate_from: str
    """The estimator that the expected rate is taken from."""
    plan: Plan
    next: Next
    """What the next labels buy."""
    words: tuple[str, ...]


def read_budget(
    unit: Unit,
    project: str,
    rule: str,
    *,
    half_width: float | None = None,
    change: float | None = None,
    window: tuple[datetime | None, datetime | None] = (None, None),
) -> Budget:
    """Labels for the rate of `rule` ± `half_width` in (0, 1/2), or to see that it changed by `change`, in (-1, 1)
    and not 0; `HALF_WIDTH` where neither is given. Left open, the window is that of the last seven days with data.

    Raises:
        InvalidInput: an unknown rule, an aim out of range, or a window that is empty.
    """
    mine = unit.of(project)
    stored = rule_named(mine.rules.versions(), rule)
    aim = _aim(half_width, change)
    name, pinned = stored.criterion.name, stored.rule.fingerprint
    query = SeriesQuery(rule=rule, fingerprint=pinned, criterion=name, start=window[0], end=window[1])
    answer = answer_series(unit, project, query)
    readers = Readers(mine, stored, answer.window)
    rates = readers.totals() or {s.totals.method: s.total for s in answer.series[:1]}
    known, rate_from = learned_of(rates, readers.drawn)
    plan = _plan(known, *aim)
    soon = what_next(rates, known)
    return Budget(
        rule=rule, criterion=name, fingerprint=pinned, start=answer.window.start, end=answer.window.end,
        half_width=aim[0], change=aim[1], learned=known, correlation=correlation_with_people(readers.drawn),
        rate_from=rate_from, plan=plan, next=soon, words=_words(known, plan, soon, aim, rate_from),
    )  # fmt: skip


def _aim(half_width: float | None, change: float | None) -> tuple[float | None, float | None]:
    if half_width is not None and change is not None:
        raise InvalidInput("change", "is given beside half_width", "Give one of the two")
    if change is not None:
        if not -1.0 < change < 1.0 or change == 0.0:
            raise InvalidInput("change", "must lie between -1 and 1 and not be 0", "Give 0.1 for ten points")
        return None, change
    width = HALF_WIDTH if half_width is None else half_width
    if not 0.0 < width < 0.5:
        raise InvalidInput("half_width", "must lie between 0 and 0.5", "Give 0.05 for ± 5 points")
    return width, None


def _plan(learned: Learned, half_width: float | None, change: float | None) -> Plan:
    if half_width is not None:
        return labels_for_half_width(half_width, learned)
    assert change is not None  # `_aim` has seen to it
    rate = learned.smooth_rate
    if not 0.0 < rate + change < 1.0:
        problem = f"would take the rate of {100.0 * rate:.1f} % to {100.0 * (rate + change):.1f} %"
        raise InvalidInput("change", problem, "Ask for one that leaves it between 0 and 100 %")
    return labels_for_change(change, learned)


def _words(
    learned: Learned, plan: Plan, soon: Next, aim: tuple[float | None, float | None], rate_from: str
) -> tuple[str, ...]:
    """What the numbers come to, in sentences."""
    found = list[str]()
    if rate_from == "nothing":
        found.append("Nothing is known of the rate yet; one of 50 % is assumed, which takes the most labels.")
    elif rate_from == "raw":
        found.append(f"The rate of {100.0 * learned.rate:.1f} % is the evaluator's own word so far.")
    where = "" if aim[0] is not None else " in each of two windows like this one"
    goal = _goal(*aim)
    if plan.human.labels is not None:
        text = f"For {goal} people alone need {plan.human.labels:,} labels{where}"
        if plan.corrected is not None and plan.corrected.labels is not None:
            text += f", with this evaluator {plan.corrected.labels:,}"
        found.append(f"{text}. There are {learned.labels:,}.")
    elif plan.corrected is not None and plan.corrected.labels is not None:
        found.append(f"For {goal} it takes {plan.corrected.labels:,} labels with this evaluator{where}.")
    if learned.correlation is None and learned.scored:
        found.append("What the evaluator saves is not known before some labels: draw a first wave of 50.")
    found += plan.words
    if learned.scored:
        found.append(what_labels_buy(soon))
    return tuple(found)


def _goal(half_width: float | None, change: float | None) -> str:
    if half_width is not None:
        return f"± {100.0 * half_width:g} points"
    return f"a change by {100.0 * (change or 0.0):+g} points to be seen {of_ten(POWER)} times"
