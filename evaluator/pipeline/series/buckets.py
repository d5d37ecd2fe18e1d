"""The grains of a series and where their buckets begin and end (UTC)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum


class Grain(StrEnum):
    MINUTE = "minute"
    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"


PARENT = {Grain.MINUTE: Grain.HOUR, Grain.HOUR: Grain.DAY, Grain.DAY: Grain.MONTH}
"""The bucket with which the rates of finer ones are stored, and into which their cells merge."""
_STEP = {Grain.MINUTE: timedelta(minutes=1), Grain.HOUR: timedelta(hours=1), Grain.DAY: timedelta(days=1)}


def floor(moment: datetime, grain: Grain) -> datetime:
    """The start of the bucket that holds `moment`; weeks begin on Monday."""
    minute = moment.replace(second=0, microsecond=0)
    match grain:
        case Grain.MINUTE:
            return minute
        case Grain.HOUR:
            return minute.replace(minute=0)
        case Grain.DAY:
            return minute.replace(minute=0, hour=0)
        case Grain.WEEK:
            return minute.replace(minute=0, hour=0) - timedelta(days=moment.weekday())
        case Grain.MONTH:
            return minute.replace(minute=0, hour=0, day=1)


def following(start: datetime, grain: Grain) -> datetime:
    """The start of the bucket after the one that begins at `start`."""
    if grain is Grain.MONTH:
        return (start + timedelta(days=32)).replace(day=1)
    return start + _STEP.get(grain, timedelta(days=7))


def ends_of(starts: Sequence[datetime], grain: Grain) -> list[datetime]:
    """`following` of each of `starts`."""
    step = _STEP.get(grain)
    return [following(start, grain) for start in starts] if step is None else [start + step for start in starts]


def offset(start: datetime, grain: Grain) -> int:
    """How many buckets of a stored `grain` begin before `start` in the bucket above it, >= 0."""
    return (start - floor(start, PARENT[grain])) // _STEP[grain]


def at_offset(parent: datetime, grain: Grain, number: int) -> datetime:
    """The start of the bucket of `grain` at an `offset` in the bucket above it."""
    return parent + number * _STEP[grain]


def ceiling(moment: datetime, grain: Grain) -> datetime:
    """The first start of a bucket that is not before `moment`."""
    start = floor(moment, grain)
    return start if start == moment else following(start, grain)


def cover(start: datetime, end: datetime, grain: Grain) -> dict[Grain, list[tuple[datetime, datetime]]]:
    """The buckets of `grain` in [start, end) as the fewest stored buckets: ranges of months, days, hours, minutes."""
    ranges: dict[Grain, list[tuple[datetime, datetime]]] = {}
    while grain in PARENT:
        low, high = ceiling(start, PARENT[grain]), floor(end, PARENT[grain])
        if low >= high:
            return ranges | {grain: [(start, end)]}
        ranges[grain] = [(a, b) for a, b in ((start, low), (high, end)) if a < b]
        start, end, grain = low, high, PARENT[grain]
    return ranges | {grain: [(start, end)]}
