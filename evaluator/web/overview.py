"""What the overview shows: a card for each series, with its rate, its course and its breakdowns."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any
from urllib.parse import urlencode

from evaluator.core.slicing import DIMENSIONS
from evaluator.core.zones import zone_name
from evaluator.pipeline.calibration.learned import what_more_labels_buy
from evaluator.pipeline.series.buckets import Grain
from evaluator.pipeline.series.calendar import floor, following
from evaluator.pipeline.series.read import (
    DEFAULT_METHOD,
    Series,
    SeriesQuery,
    read_series,
)
from evaluator.pipeline.series.readers import Readers
from evaluator.pipeline.series.window import Window
from evaluator.pipeline.traces import FIRST_CRITERION
from evaluator.stats.estimators.estimator import Estimator
from evaluator.stats.estimators.rates import Rate
from evaluator.stats.estimators.registry import ESTIMATORS
from evaluator.store.repositories.catalog.rules import StoredRule
from evaluator.store.store import Unit
from evaluator.web.chart import chart_of
from evaluator.web.format import FEW, RateView, digits_of, rate_view

DEFAULT_RANGE = "14d"
RANGES = {
    "24h": ("the last 24 hours", timedelta(hours=24), Grain.HOUR),
    "7d": ("the last 7 days", timedelta(days=7), Grain.DAY),
    "14d": ("the last 14 days", timedelta(days=14), Grain.DAY),
    "30d": ("the last 30 days", timedelta(days=30), Grain.DAY),
}
ALL = "all"
MAX_ROWS = 10
"""Rows of a breakdown; those with the most traffic are kept."""
ALWAYS = ("prompt_version", "model")
"""Dimensions that come first and are broken down even where they have one value."""
ORDER = (*ALWAYS, *(name for name in DIMENSIONS if name not in ALWAYS))


@dataclass(frozen=True, slots=True)
class Range:
    """The time that is looked at, by its key and in words: whole buckets."""

    key: str
    title: str
    window: Window

    @property
    def zone(self) -> tzinfo:
        return self.window.zone

    @property
    def tz(self) -> str:
        """The name of the zone whose days these are."""
        return zone_name(self.window.zone)


@dataclass(frozen=True, slots=True)
class Slice:
    """One row of a breakdown; `value` is None where the sender did not say."""

    value: str | None
    rate: RateView
    href: str


@dataclass(frozen=True, slots=True)
class Breakdown:
    """A series by the values of one dimension, on a shared axis from 0 to `scale` percent."""

    dimension: str
    slices: list[Slice]
    scale: int


@dataclass(frozen=True, slots=True)
class Way:
    """The rate of the whole window by one estimator."""

    estimator: Estimator
    rate: RateView
    shown: bool
    """Whether it is the card's headline."""


@dataclass(frozen=True, slots=True)
class Card:
    """One series as the overview shows it."""

    key: str
    rule: str
    title: str
    description: str
    evaluator: str
    criterion: str
    fingerprint: str
    retired: bool
    total: RateView | None
    points: list[tuple[datetime, RateView]]
    chart: dict[str, Any] | None
    breakdowns: list[Breakdown]
    estimator: Estimator
    ways: list[Way]
    """Each estimator, side by side, on a shared axis from 0 to `scale` percent; none where people were not asked."""
    scale: int
    next_labels: str
    """What more labels would buy, in a sentence; empty where people were not asked."""


def range_of(unit: Unit, project: str, key: str, now: datetime, zone: tzinfo = UTC) -> Range:
    """The range of a name; the default one for a name that there is not."""
    if key == ALL and (span := unit.of(project).views.span_of_time()):
        length = span[1] - span[0]
        grain = (
            Grain.HOUR if length < timedelta(days=3) else Grain.DAY if length < timedelta(days=120) else Grain.WEEK
        )
        return Range(ALL, "all time", _around(*span, grain, zone))
    key = key if key in RANGES else DEFAULT_RANGE
    title, length, grain = RANGES[key]
    return Range(key, title, _around(now - length, now, grain, zone))


def _around(first: datetime, last: datetime, grain: Grain, zone: tzinfo) -> Window:
    """The buckets from that of `first` to that of `last`."""
    return Window(floor(first, grain, zone), following(floor(last, grain, zone), grain, zone), grain, zone)


def cards(unit: Unit, project: str, window: Window, method: str) -> list[Card]:
    """A card for each series that has data in the window, and for each active rule: those of active rules first, and
    among them what the service is named for."""
    versions = unit.of(project).rules.versions()
    start, end, grain, zone = window.start, window.end, window.grain, window.zone
    query = SeriesQuery(start=start, end=end, grain=grain, zone=zone, method=method)
    shown: dict[str, Card] = {}
    for series in read_series(unit, project, query):
        stored = next(r for r in versions if _same(r, series))
        readers, used = Readers(unit.of(project), stored, window), ESTIMATORS[series.totals.method]
        slices = {name: readers.breakdown(name, used) for name in ORDER}
        active = any(r.series == stored.series and r.retired_at is None for r in versions)
        shown[stored.series] = _card(stored, not active, series, slices, window, readers)
    for stored in versions:
        if stored.retired_at is None and stored.series not in shown:
            shown[stored.series] = _card(stored, False, None, {}, window)
    return sorted(shown.values(), key=lambda c: (c.retired, c.criterion != FIRST_CRITERION, c.rule))


def _same(rule: StoredRule, series: Series) -> bool:
    named = (rule.rule.name, rule.rule.fingerprint, rule.criterion.name)
    return named == (series.rule, series.fingerprint, series.criterion)


def _card(
    rule: StoredRule, retired: bool, series: Series | None, slices: Mapping[str, Mapping[str | None, Rate]],
    window: Window, readers: Readers | None = None,
) -> Card:  # fmt: skip
    rates = readers.totals() if readers else {}
    digits = digits_of(series.total) if series else 0
    points = [(p.start, rate_view(p.rate, digits)) for p in series.points] if series else []
    used = series.totals.method if series else DEFAULT_METHOD
    return Card(
        key=rule.series,
        rule=rule.rule.name,
        title=rule.spec.title,
        description=rule.rule.description or rule.spec.description,
        evaluator=rule.spec.name,
        criterion=rule.criterion.name,
        fingerprint=rule.rule.fingerprint[:8],
        retired=retired,
        total=rate_view(series.total, digits) if series else None,
        points=points,
        chart=chart_of(points, window) if points else None,
        breakdowns=[b for name in slices if (b := _breakdown(rule.rule.name, name, slices[name], digits))],
        estimator=ESTIMATORS[used],
        ways=[Way(ESTIMATORS[name], rate_view(rate, digits), name == used) for name, rate in rates.items()],
        scale=scale_of(list(rates.values())),
        next_labels=what_more_labels_buy(rates, readers.drawn) if readers and rates else "",
    )


def _breakdown(rule: str, dimension: str, rates: Mapping[str | None, Rate], digits: int) -> Breakdown | None:
    told = [value for value in rates if value is not None]
    if not told or (dimension not in ALWAYS and len(rates) < 2):
        return None
    rated = [(value, rate_view(rate, digits)) for value, rate in rates.items()]
    rated.sort(key=lambda pair: -pair[1].rate.counts.settled)
    rated = sorted(rated[:MAX_ROWS], key=lambda pair: (pair[0] is None, pair[0] or ""))
    slices = [Slice(v, view, _worst(rule, dimension, v)) for v, view in rated]
    return Breakdown(dimension, slices, scale_of([view.rate for _, view in rated]))


def scale_of(rates: list[Rate]) -> int:
    """The end of a shared axis, in percent. A row with few scores may reach beyond it, so as not to squeeze the
    others."""
    scored = [r for r in rates if r.estimate is not None]
    ends = [r.high for r in scored if r.effective >= FEW] or [r.high for r in scored] or [1.0]
    highest = 100 * max(*ends, *(r.estimate or 0.0 for r in scored), 0.0)
    return min(100, 10 * max(1, math.ceil(highest / 10)))


def _worst(rule: str, dimension: str, value: str | None) -> str:
    """Where the worst traces behind a row are listed; nowhere for those that do not say."""
    return "" if value is None else "/traces?" + urlencode({"rule": rule, dimension: value, "sort": "worst"})
