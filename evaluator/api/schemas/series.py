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
    shared = {"method": rates.method, "variance": rates.variance, "level": rates.level}
    found = rates.columns
    columns = {
        "estimate": found["estimate"],  # a NaN is written as null
        "low": found["low"],
        "high": found["high"],
        "worst_low": found["worst_low"],
        "worst_high": found["worst_high"],
        "effective_sample_size": found["effective"],
        "clusters": found["clusters"],
        "settled": found["settled"],
        "selected": rates.selected,
        "scored": found["scored"],
        "pending": found["pending"],
        "failed": found["failed"],
        "skipped": found["skipped"],
    }
    for values in zip(*(column.tolist() for column in columns.values()), strict=True):
        yield shared | dict(zip(columns, values, strict=True))
