"""What the overview shows: a card for each series, with its rate, its course and its breakdowns."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from evaluator.core.slicing import DIMENSIONS
from evaluator.pipeline.series.buckets import Grain, floor, following
from evaluator.pipeline.series.read import Series, SeriesQuery, read_breakdown, read_series
from evaluator.stats.rates import Rate
from evaluator.store.repositories.catalog.rules import StoredRule
from evaluator.store.store import Unit
from evaluator.web.format import FEW, RateView, digits_of, iso, rate_view

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
FIRST_CRITERION = "unfaithful"
"""The hallucination rate stands before all others."""
ALWAYS = ("prompt_version", "model")
"""Dimensions that come first and are broken down even where they have one value."""
ORDER = (*ALWAYS, *(name for name in DIMENSIONS if name not in ALWAYS))


@dataclass(frozen=True, slots=True)
class Window:
    """The time that is looked at: whole buckets of `grain` in [start, end)."""

    key: str
    title: str
    start: datetime
    end: datetime
    grain: Grain


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


def window(unit: Unit, project: str, key: str, now: datetime) -> Window:
    """The window of a range's name; the default one for a name that there is not."""
    if key == ALL and (span := unit.of(project).views.span_of_time()):
        length = span[1] - span[0]
        grain = (
            Grain.HOUR if length < timedelta(days=3) else Grain.DAY if length < timedelta(days=120) else Grain.WEEK
        )
        return Window(ALL, "all time", floor(span[0], grain), following(floor(span[1], grain), grain), grain)
    key = key if key in RANGES else DEFAULT_RANGE
    title, length, grain = RANGES[key]
    end = following(floor(now, grain), grain)
    return Window(key, title, floor(now - length, grain), end, grain)


def cards(unit: Unit, project: str, w: Window, method: str) -> list[Card]:
    """A card for each series that has data in the window, and for each active rule: those of active rules first, and
    among them what the service is named for."""
    versions = unit.of(project).rules.versions()
    found = read_series(unit, project, SeriesQuery(start=w.start, end=w.end, grain=w.grain, method=method))
    shown: dict[str, Card] = {}
    for series in found:
        stored = next(r for r in versions if _same(r, series))
        span = (w.grain, w.start, w.end)
        slices = {n: read_breakdown(unit.of(project), stored.series, n, *span, method) for n in ORDER}
        active = any(r.series == stored.series and r.retired_at is None for r in versions)
        shown[stored.series] = _card(stored, not active, series, slices, w)
    for stored in versions:
        if stored.retired_at is None and stored.series not in shown:
            shown[stored.series] = _card(stored, False, None, {}, w)
    return sorted(shown.values(), key=lambda c: (c.retired, c.criterion != FIRST_CRITERION, c.rule))


def _same(rule: StoredRule, series: Series) -> bool:
    named = (rule.rule.name, rule.rule.fingerprint, rule.criterion.name)
    return named == (series.rule, series.fingerprint, series.criterion)


def _card(
    rule: StoredRule, retired: bool, series: Series | None, slices: Mapping[str, Mapping[str | None, Rate]], w: Window
) -> Card:
    digits = digits_of(series.total) if series else 0
    points = [(p.start, rate_view(p.rate, digits)) for p in series.points] if series else []
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
        chart=_chart(points, w) if points else None,
        breakdowns=[b for name in slices if (b := _breakdown(rule.rule.name, name, slices[name], digits))],
    )


def _chart(points: list[tuple[datetime, RateView]], w: Window) -> dict[str, Any]:
    """What the chart's script draws, as JSON."""
    last = max(at for at, _ in points)
    return {
        "grain": w.grain.value,
        "from": int(w.start.timestamp()),
        "to": int(max(last, floor(w.end - timedelta(seconds=1), w.grain)).timestamp()),
        "points": [_chart_point(at, view) for at, view in points],
    }


def _chart_point(at: datetime, view: RateView) -> dict[str, Any]:
    rate, n = view.rate, view.rate.counts
    scored = rate.estimate is not None
    return {
        "t": int(at.timestamp()),
        "iso": iso(at),
        "estimate": rate.estimate,
        "low": rate.low if scored else None,
        "high": rate.high if scored else None,
        "text": view.text,
        "few": scored and rate.effective < FEW,
        "settled": n.settled,
        "selected": n.selected,
        "scored": n.scored,
        "failed": n.failed,
        "skipped": n.skipped,
        "pending": n.pending,
    }


def _breakdown(rule: str, dimension: str, rates: Mapping[str | None, Rate], digits: int) -> Breakdown | None:
    told = [value for value in rates if value is not None]
    if not told or (dimension not in ALWAYS and len(rates) < 2):
        return None
    rated = [(value, rate_view(rate, digits)) for value, rate in rates.items()]
    rated.sort(key=lambda pair: -pair[1].rate.counts.settled)
    rated = sorted(rated[:MAX_ROWS], key=lambda pair: (pair[0] is None, pair[0] or ""))
    slices = [Slice(v, view, _worst(rule, dimension, v)) for v, view in rated]
    return Breakdown(dimension, slices, _scale([view.rate for _, view in rated]))


def _scale(rates: list[Rate]) -> int:
    """The end of a shared axis, in percent. A row with few scores may reach beyond it, so as not to squeeze the
    others."""
    scored = [r for r in rates if r.estimate is not None]
    ends = [r.high for r in scored if r.effective >= FEW] or [r.high for r in scored] or [1.0]
    highest = 100 * max(*ends, *(r.estimate or 0.0 for r in scored), 0.0)
    return min(100, 10 * max(1, math.ceil(highest / 10)))


def _worst(rule: str, dimension: str, value: str | None) -> str:
    """Where the worst traces behind a row are listed; nowhere for those that do not say."""
    return "" if value is None else "/traces?" + urlencode({"rule": rule, dimension: value, "sort": "worst"})
