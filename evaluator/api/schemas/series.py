"""Series as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

import orjson
from pydantic import BaseModel

from evaluator.pipeline.series.read import Series
from evaluator.stats.rates import Rates


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
    covered: float
    traffic: float
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


def series_json(found: Sequence[Series]) -> bytes:
    """What `SeriesOut` describes, written from the columns of the rates: thousands of points are common."""
    every = [
        {
            "rule": s.rule,
            "evaluator": s.evaluator,
            "fingerprint": s.fingerprint,
            "criterion": s.criterion,
            "slice": s.slice,
            "grain": s.grain.value,
            "points": [
                rate | {"start": start, "end": end}
                for start, end, rate in zip(s.starts, s.ends, _rates(s.rates), strict=True)
            ],
            "total": next(_rates(s.totals)),
        }
        for s in found
    ]
    return orjson.dumps({"series": every}, option=orjson.OPT_UTC_Z)


def _rates(rates: Rates) -> Iterator[dict[str, Any]]:
    """The fields of `RateOut` for each of `rates`."""
    counts, numbers, method, variance, level = rates.counts, rates.numbers, rates.method, rates.variance, rates.level
    rows = zip(
        numbers.estimate.tolist(), numbers.low.tolist(), numbers.high.tolist(), numbers.worst_low.tolist(),
        numbers.worst_high.tolist(), numbers.effective.tolist(), numbers.covered.tolist(), numbers.traffic.tolist(),
        counts.clusters.tolist(), counts.settled.tolist(), rates.selected.tolist(), counts.scored.tolist(),
        counts.pending.tolist(), counts.failed.tolist(), counts.skipped.tolist(), strict=True,
    )  # fmt: skip
    for (
        estimate, low, high, worst_low, worst_high, effective, covered, traffic, clusters, settled, selected, scored,
        pending, failed, skipped,
    ) in rows:  # fmt: skip
        yield {
            "method": method,
            "variance": variance,
            "level": level,
            "estimate": estimate,  # a NaN is written as null
            "low": low,
            "high": high,
            "worst_low": worst_low,
            "worst_high": worst_high,
            "effective_sample_size": effective,
            "covered": covered,
            "traffic": traffic,
            "clusters": clusters,
            "settled": settled,
            "selected": selected,
            "scored": scored,
            "pending": pending,
            "failed": failed,
            "skipped": skipped,
        }
