"""The grains of a series and where their buckets begin and end (UTC)."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum


class Grain(StrEnum):
    MINUTE = "minute"
    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"


STORED = {Grain.MINUTE: Grain.MINUTE, Grain.HOUR: Grain.HOUR, Grain.DAY: Grain.DAY, Grain.WEEK: Grain.DAY,
          Grain.MONTH: Grain.DAY}  # fmt: skip
"""The grain whose stored cells a grain is read from."""


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
    steps = {Grain.MINUTE: timedelta(minutes=1), Grain.HOUR: timedelta(hours=1), Grain.DAY: timedelta(days=1)}
    return start + steps.get(grain, timedelta(days=7))
