"""What is known of a rule's rate before more of it is labelled, and what the next labels would buy."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from evaluator.core.review.label import Answered
from evaluator.pipeline.calibration.words import what_labels_buy
from evaluator.pipeline.series.reviewed import Drawn
from evaluator.stats.agreement.correlation import coefficient, pearson
from evaluator.stats.agreement.measure import Measure
from evaluator.stats.agreement.pairs import Pairs
from evaluator.stats.agreement.resampling import Resampling
from evaluator.stats.estimators.labelled import Response
from evaluator.stats.estimators.rates import ENOUGH, LEVEL, Rate
from evaluator.stats.planning import Learned, Next, next_labels

FEW = 20
"""Labels from which on the correlation with people is told."""
SUREST = 0.999
"""The highest correlation that is planned with."""


def correlation_with_people(drawn: Drawn) -> Measure:
    """Of what the rate is made of and what people say of the same samples, whenever they were drawn."""
    pairs = _pairs(drawn)
    if len(pairs.score) < FEW:
        return Measure(reason=f"it takes {FEW} labels of scored samples to tell, and there are {len(pairs.score)}")
    return pearson(pairs.score, pairs.people, pairs.weight, Resampling.of(pairs.cluster), LEVEL)


def learned_of(rates: Mapping[str, Rate], drawn: Drawn) -> tuple[Learned, str]:
    """What is known of a window with `rates` by method, and by which of them its rate; of nothing, a rate of 1/2."""
    human, raw = rates.get("human"), rates.get("raw")
    name = next((n for n in ("corrected", "human", "raw") if n in rates and rates[n].estimate is not None), "")
    labels = 0 if human is None else human.labels
    # A label of an unequal or clustered draw counts less; before there are labels, as the scores do.
    worth = human if human is not None and human.labels >= ENOUGH else raw
    asked = [unit for unit in drawn.units if unit.answered is not None]
    levels = sum(unit.answered == Answered.LEVEL for unit in asked)
    pairs = _pairs(drawn)
    known = coefficient(pairs.score, pairs.people, pairs.weight) if len(pairs.score) >= FEW else None
    found = Learned(
        rate=rates[name].estimate or 0.0 if name else 0.5,
        scored=max(labels, 0 if raw is None else raw.counts.scored),
        # Scores that run against people's judgement are of no use, as the factor of corrected rates is not below 0;
        # and no sample proves that an evaluator is never wrong.
        correlation=None if known is None else min(SUREST, max(0.0, known)),
        labels=labels,
        design_effect=_design_effect(worth),
        response=levels / len(asked) if levels else 1.0,
    )
    return found, name or "nothing"


def what_next(rates: Mapping[str, Rate], learned: Learned) -> Next:
    """What the next labels do to the narrower one of the intervals that labels make, as it stands in `rates`."""
    by_labels = [rate for name in ("human", "corrected") if (rate := rates.get(name)) is not None and rate.labels]
    if not by_labels:
        return next_labels(learned)
    best = min(by_labels, key=lambda rate: rate.high - rate.low)
    return next_labels(learned, now=(best.high - best.low) / 2.0, covered=best.covered)


def what_more_labels_buy(rates: Mapping[str, Rate], drawn: Drawn) -> str:
    """The same in a sentence, for whoever looks at `rates`; empty where nothing is scored."""
    known, _ = learned_of(rates, drawn)
    return what_labels_buy(what_next(rates, known)) if known.scored else ""


def _pairs(drawn: Drawn) -> Pairs:
    units = drawn.columns
    place = np.flatnonzero((units.response == Response.VERDICT) & ~np.isnan(units.bad))
    alone = units.cluster[place] == 0
    keys = np.where(alone, [f"alone {i}" for i in place], units.cluster[place].astype(np.str_))
    return Pairs.of(
        units.bad[place], units.verdict[place], weight=units.weight[place] / units.review[place], cluster=keys
    )


def _design_effect(rate: Rate | None) -> float:
    if rate is None:
        return 1.0
    counted, worth = (rate.labels, rate.effective_labels) if rate.labels else (rate.counts.scored, rate.effective)
    return max(1.0, counted / worth) if worth > 0.0 else 1.0
