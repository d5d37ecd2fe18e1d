"""How many labels a rule's rate needs, with its evaluator and without, by what was learned so far."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from evaluator.core.errors import InvalidInput
from evaluator.core.review.label import Answered
from evaluator.pipeline.calibration.versions import rule_named
from evaluator.pipeline.calibration.words import of_ten
from evaluator.pipeline.series.read import SeriesQuery, answer_series, read_totals
from evaluator.pipeline.series.reviewed import Drawn
from evaluator.stats.agreement.correlation import pearson
from evaluator.stats.agreement.measure import Measure
from evaluator.stats.agreement.pairs import Pairs
from evaluator.stats.agreement.resampling import Resampling
from evaluator.stats.estimators.labelled import LabelledUnits, Response
from evaluator.stats.estimators.rates import ENOUGH, LEVEL, Rate
from evaluator.stats.planning import (
    POWER,
    Learned,
    Next,
    Plan,
    labels_for_change,
    labels_for_half_width,
    next_labels,
)
from evaluator.store.repositories.review.reviewed import ReviewedUnit
from evaluator.store.store import Unit

HALF_WIDTH = 0.05
"""What is aimed at where nobody says what."""
FEW = 20
"""Labels from which on the correlation with people is told."""
SUREST = 0.999
"""The highest correlation that is planned with."""


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
    rates = read_totals(mine, stored, answer.window) or {s.totals.method: s.total for s in answer.series[:1]}
    drawn = Drawn.read(mine, stored, answer.window.end)
    correlation = _correlation(drawn.columns)
    learned, rate_from = _learned(rates, drawn.units, correlation)
    plan = _plan(learned, *aim)
    soon = next_labels(learned)
    return Budget(
        rule=rule, criterion=name, fingerprint=pinned, start=answer.window.start,
        end=answer.window.end, half_width=aim[0], change=aim[1], learned=learned, correlation=correlation,
        rate_from=rate_from, plan=plan, next=soon, words=_words(learned, plan, soon, aim, rate_from),
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


def _correlation(units: LabelledUnits) -> Measure:
    """Of what the rate is made of and what people say of the same samples, whenever they were drawn."""
    both = (units.response == Response.VERDICT) & ~np.isnan(units.bad)
    if both.sum() < FEW:
        return Measure(reason=f"it takes {FEW} labels of scored samples to tell, and there are {int(both.sum())}")
    place = np.flatnonzero(both)
    alone = units.cluster[place] == 0
    keys = np.where(alone, [f"alone {i}" for i in place], units.cluster[place].astype(np.str_))
    pairs = Pairs.of(
        units.bad[place], units.verdict[place], weight=units.weight[place] / units.review[place], cluster=keys
    )
    return pearson(pairs.score, pairs.people, pairs.weight, Resampling.of(pairs.cluster), LEVEL)


def _learned(rates: dict[str, Rate], drawn: Sequence[ReviewedUnit], correlation: Measure) -> tuple[Learned, str]:
    """What is known of the window, and by which estimator its rate."""
    human, raw = rates.get("human"), rates.get("raw")
    name = next((n for n in ("corrected", "human", "raw") if n in rates and rates[n].estimate is not None), "")
    labels = 0 if human is None else human.labels
    # A label of an unequal or clustered draw counts less; before there are labels, as the scores do.
    worth = human if human is not None and human.labels >= ENOUGH else raw
    asked = [unit for unit in drawn if unit.answered is not None]
    levels = sum(unit.answered == Answered.LEVEL for unit in asked)
    found = Learned(
        rate=rates[name].estimate or 0.0 if name else 0.5,
        scored=max(labels, 0 if raw is None else raw.counts.scored),
        # Scores that run against people's judgement are of no use, as the factor of corrected rates is not below 0;
        # and no sample proves that an evaluator is never wrong.
        correlation=None if correlation.value is None else min(SUREST, max(0.0, correlation.value)),
        labels=labels,
        design_effect=_design_effect(worth),
        response=levels / len(asked) if levels else 1.0,
    )
    return found, name or "nothing"


def _design_effect(rate: Rate | None) -> float:
    if rate is None:
        return 1.0
    counted, worth = (rate.labels, rate.effective_labels) if rate.labels else (rate.counts.scored, rate.effective)
    return max(1.0, counted / worth) if worth > 0.0 else 1.0


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
    if soon.more:
        found.append(
            f"The next {soon.more} labels take the interval from ± {100.0 * soon.half_width:.1f} to "
            f"± {100.0 * soon.then:.1f} points."
        )
    elif learned.scored:
        found.append("Every scored sample is labelled.")
    return tuple(found)


def _goal(half_width: float | None, change: float | None) -> str:
    if half_width is not None:
        return f"± {100.0 * half_width:g} points"
    return f"a change by {100.0 * (change or 0.0):+g} points to be seen {of_ten(POWER)} times"
