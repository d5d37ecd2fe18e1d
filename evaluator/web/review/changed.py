"""What labels changed: the rate of a series as its evaluator has it, and as people's verdicts correct it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from evaluator.core.review.wave import Wave
from evaluator.pipeline.calibration.learned import what_more_labels_buy
from evaluator.pipeline.series.buckets import Grain
from evaluator.pipeline.series.readers import Readers
from evaluator.pipeline.series.window import Window
from evaluator.store.store import Unit
from evaluator.web.format import RateView, rate_view
from evaluator.web.overview import scale_of

BEFORE, AFTER, PEOPLE = "raw", "corrected", "human"
SHOWN = 3
"""Series; each of them is a rate by every method over the window of its wave."""


@dataclass(frozen=True, slots=True)
class Change:
    """The rate over the window of a wave: `before` by the evaluator alone, `after` with `labels` labels. `scale` is
    the end of an axis that both share, in percent; `next_labels` says what more of them would buy."""

    wave: Wave
    title: str
    before: RateView
    after: RateView
    labels: int
    scale: int
    next_labels: str


def what_changed(unit: Unit, project: str, waves: Sequence[Wave], now: datetime) -> list[Change]:
    """A change for each series that was labelled, of the newest of `waves` over it."""
    newest: dict[tuple[str, str], Wave] = {}
    for wave in waves:
        newest.setdefault((wave.series, wave.criterion), wave)
    rules = {rule.series: rule for rule in unit.of(project).rules.versions()}
    found = []
    for wave in list(newest.values())[:SHOWN]:
        end = now if wave.end is None else wave.end
        if wave.series not in rules or wave.start >= end:
            continue
        rule = rules[wave.series]
        readers = Readers(unit.of(project), rule, Window(wave.start, end, Grain.DAY))
        rates = readers.totals()
        if not {BEFORE, AFTER, PEOPLE} <= rates.keys():
            continue
        before, after = rate_view(rates[BEFORE]), rate_view(rates[AFTER])
        labels, scale = rates[PEOPLE].labels, scale_of([rates[BEFORE], rates[AFTER]])
        soon = what_more_labels_buy(rates, readers.drawn)
        found.append(Change(wave, rule.spec.title, before, after, labels, scale, soon))
    return found
