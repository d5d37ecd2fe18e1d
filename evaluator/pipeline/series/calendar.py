"""Where buckets begin and end for readers of a time zone; in UTC, they are those of `buckets`.

Days, weeks and months begin at midnight of the zone, so a day on which the clock is put forward has 23 hours. Hours
begin where the clock shows a full hour, and where it is changed by a part of one. Minutes are those of UTC.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo

from evaluator.core.zones import first_instant
from evaluator.pipeline.series import buckets
from evaluator.pipeline.series.buckets import Grain

_MINUTE = timedelta(minutes=1)


def floor(moment: datetime, grain: Grain, zone: tzinfo) -> datetime:
    """The start (UTC) of the bucket that holds `moment` (UTC)."""
    if zone is UTC or grain is Grain.MINUTE:
        return buckets.floor(moment, grain)
    minute = buckets.floor(moment, Grain.MINUTE)
    if grain is Grain.HOUR:
        return _hour(minute, zone)
    start = _midnight(buckets.floor(_wall(minute, zone), grain), zone)
    after = following(start, grain, zone)
    return start if moment < after else after  # the clock was put back over midnight, and shows the day before again


def following(start: datetime, grain: Grain, zone: tzinfo) -> datetime:
    """The start of the bucket after the one that begins at `start`."""
    if zone is UTC or grain is Grain.MINUTE:
        return buckets.following(start, grain)
    if grain is Grain.HOUR:
        return _next_hour(start, zone)
    return _midnight(buckets.following(buckets.floor(_wall(start, zone), grain), grain), zone)


def ceiling(moment: datetime, grain: Grain, zone: tzinfo) -> datetime:
    """The first start of a bucket that is not before `moment`."""
    start = floor(moment, grain, zone)
    return start if start == moment else following(start, grain, zone)


def _wall(moment: datetime, zone: tzinfo) -> datetime:
    """What a clock of `zone` shows, without an offset."""
    return moment.astimezone(zone).replace(tzinfo=None)


def _midnight(day: datetime, zone: tzinfo) -> datetime:
    """When `day` begins, in whole minutes: a few zones were off UTC by seconds until 1972."""
    return buckets.ceiling(first_instant(day, zone), Grain.MINUTE)


def _hour(minute: datetime, zone: tzinfo) -> datetime:
    shown = minute.astimezone(zone)
    start = minute - timedelta(minutes=shown.minute)
    while start.astimezone(zone).utcoffset() != shown.utcoffset():
        start += _MINUTE
    return start


def _next_hour(start: datetime, zone: tzinfo) -> datetime:
    shown = start.astimezone(zone)
    after = start + timedelta(minutes=60 - shown.minute)
    if (after - _MINUTE).astimezone(zone).utcoffset() == shown.utcoffset():
        return after
    change = start
    while change.astimezone(zone).utcoffset() == shown.utcoffset():
        change += _MINUTE
    return change
