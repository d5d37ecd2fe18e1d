"""Series as JSON."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import orjson
from pydantic import BaseModel, Field

from evaluator.core.zones import zone_name
from evaluator.pipeline.series.read import Series, SeriesAnswer
from evaluator.stats.estimators.rates import Rates


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
    labels: int = Field(description="verdicts of people that the estimate uses")
    effective_labels: float = Field(
        description="so many labels of a uniform sample, by themselves, would be worth the same; 0 where none is used"
    )
    gain: float | None = Field(description="effective labels per label; null without labels")
    enough: bool = Field(description="whether there is enough behind it to act on; looks at counts only")


class PointOut(RateOut):
    """The rate of a bucket [start, end) of the zone; where it is `partial`, of the part in the answer's window."""

    start: datetime
    end: datetime
    partial: bool


class OneSeriesOut(BaseModel):
    rule: str
    method: str
    evaluator: str
    fingerprint: str
    criterion: str
    slice: dict[str, str]
    grain: str
    points: list[PointOut]
    total: RateOut


class SeriesOut(BaseModel):
    """`from`, `to` and `tz` are those that were used; `notes` say why, where other edges were asked for."""

    start: datetime = Field(alias="from")
    end: datetime = Field(alias="to")
    tz: str
    notes: list[str]
    series: list[OneSeriesOut]


def series_json(answer: SeriesAnswer) -> bytes:
    """What `SeriesOut` describes, written from the columns of the rates: thousands of points are common."""
    window = answer.window

    def local(moment: datetime) -> datetime:
        return moment if window.zone is UTC else moment.astimezone(window.zone)

    every = [
        {
            "rule": s.rule,
            "method": s.totals.method,
            "evaluator": s.evaluator,
            "fingerprint": s.fingerprint,
            "criterion": s.criterion,
            "slice": s.slice,
            "grain": s.grain.value,
            "points": [
                rate | {"start": start, "end": end, "partial": partial}
                for start, end, partial, rate in _points(s, local)
            ],
            "total": next(_rates(s.totals)),
        }
        for s in answer.series
    ]
    edges = {"from": local(window.start), "to": local(window.end), "tz": zone_name(window.zone)}
    return orjson.dumps(edges | {"notes": answer.notes, "series": every}, option=orjson.OPT_UTC_Z)


def _points(
    s: Series, local: Callable[[datetime], datetime]
) -> Iterator[tuple[datetime, datetime, bool, dict[str, Any]]]:
    """Start, end, whether it is cut, and the rate of each bucket."""
    found = s.found
    return zip(map(local, found.starts), map(local, found.ends), found.partial, _rates(found.rates), strict=True)


def _rates(rates: Rates) -> Iterator[dict[str, Any]]:
    """The fields of `RateOut` for each of `rates`."""
    counts, numbers, method, variance, level = rates.counts, rates.numbers, rates.method, rates.variance, rates.level
    rows = zip(
        numbers.estimate.tolist(), numbers.low.tolist(), numbers.high.tolist(), numbers.worst_low.tolist(),
        numbers.worst_high.tolist(), numbers.effective.tolist(), numbers.covered.tolist(), numbers.traffic.tolist(),
        counts.clusters.tolist(), counts.settled.tolist(), rates.selected.tolist(), counts.scored.tolist(),
        counts.pending.tolist(), counts.failed.tolist(), counts.skipped.tolist(), rates.labels.tolist(),
        rates.effective_labels.tolist(), rates.enough.tolist(), strict=True,
    )  # fmt: skip
    for (
        estimate, low, high, worst_low, worst_high, effective, covered, traffic, clusters, settled, selected, scored,
        pending, failed, skipped, labels, effective_labels, enough,
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
            "labels": int(labels),
            "effective_labels": effective_labels,
            "gain": effective_labels / labels if labels else None,
            "enough": enough,
        }
