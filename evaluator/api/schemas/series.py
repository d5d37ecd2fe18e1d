"""Series as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from pydantic import BaseModel

from evaluator.pipeline.series import Point, Series
from evaluator.stats.rates import Rate


class RateOut(BaseModel):
    """A share of bad in [0, 1] with its interval and the counts behind it."""

    method: str
    variance: str
    level: float
    estimate: float | None
    low: float
    high: float
    worst_low: float
    worst_high: float
    effective_sample_size: float
    clusters: int
    settled: int
    selected: int
    scored: int
    pending: int
    failed: int
    skipped: int


class PointOut(RateOut):
    start: datetime
    end: datetime


class OneSeriesOut(BaseModel):
    rule: str
    evaluator: str
    fingerprint: str
    criterion: str
    slice: dict[str, str]
    grain: str
    points: list[PointOut]
    total: RateOut


class SeriesOut(BaseModel):
    series: list[OneSeriesOut]


def series_out(found: Sequence[Series]) -> SeriesOut:
    return SeriesOut(
        series=[
            OneSeriesOut(
                rule=s.rule,
                evaluator=s.evaluator,
                fingerprint=s.fingerprint,
                criterion=s.criterion,
                slice=s.slice,
                grain=s.grain.value,
                points=[point_out(p) for p in s.points],
                total=RateOut(**_rate(s.total)),
            )
            for s in found
        ]
    )


def point_out(point: Point) -> PointOut:
    return PointOut(start=point.start, end=point.end, **_rate(point.rate))


def _rate(rate: Rate) -> dict[str, Any]:
    counts = rate.counts
    return {
        "method": rate.method,
        "variance": rate.variance,
        "level": rate.level,
        "estimate": rate.estimate,
        "low": rate.low,
        "high": rate.high,
        "worst_low": rate.worst_low,
        "worst_high": rate.worst_high,
        "effective_sample_size": rate.effective,
        "clusters": rate.clusters,
        "settled": counts.settled,
        "selected": counts.selected,
        "scored": counts.scored,
        "pending": counts.pending,
        "failed": counts.failed,
        "skipped": counts.skipped,
    }
