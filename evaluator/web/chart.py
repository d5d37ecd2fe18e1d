"""What the chart's script draws of a series, as JSON: times with their texts, so that it knows of no time zones."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from evaluator.core.zones import zone_name
from evaluator.pipeline.series.buckets import Grain
from evaluator.pipeline.series.window import Window
from evaluator.stats.estimators.registry import ESTIMATORS
from evaluator.web.format import RateView, iso


def chart_of(points: Sequence[tuple[datetime, RateView]], window: Window) -> dict[str, Any]:
    """The course of a series: `points` are the starts of buckets with their rates, times are seconds since 1970."""
    starts = [bucket.start for bucket in window.buckets()]
    return {
        "grain": window.grain.value,
        "from": int(starts[0].timestamp()),
        "to": int(starts[-1].timestamp()),
        "ticks": [_tick(window, number, start) for number, start in enumerate(starts)],
        "points": [_point(window, at, view) for at, view in points],
    }


def _tick(window: Window, number: int, start: datetime) -> dict[str, Any]:
    """Where a bucket begins, what the axis says there, and its `place`: every nth is shown, counted from midnight."""
    shown, first = start.astimezone(window.zone), window.start.astimezone(window.zone)
    text = f"{shown.day} {shown:%b}"
    if window.grain is Grain.HOUR:
        number = 24 * (shown.date() - first.date()).days + shown.hour
        text = f"{shown:%H:%M}" if shown.hour else text
    return {"t": int(start.timestamp()), "text": text, "place": number}


def _point(window: Window, at: datetime, view: RateView) -> dict[str, Any]:
    rate, n = view.rate, view.rate.counts
    scored, shown = rate.estimate is not None, at.astimezone(window.zone)
    hour = f", {shown:%H:%M}" if window.grain is Grain.HOUR else ""
    return {
        "t": int(at.timestamp()),
        "iso": iso(at),
        "said": f"{shown:%a} {shown.day} {shown:%b}{hour} {zone_name(window.zone)}",
        "estimate": rate.estimate,
        "low": rate.low if scored else None,
        "high": rate.high if scored else None,
        "text": view.text,
        "few": scored and not view.enough,
        "settled": n.settled,
        "selected": n.selected,
        "scored": n.scored,
        "failed": n.failed,
        "skipped": n.skipped,
        "pending": n.pending,
        "labels": rate.labels if ESTIMATORS[rate.method].needs_labels else None,
    }
