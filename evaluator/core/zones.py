"""Time zones by the names that readers give, and the moments that readers mean by them."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

from evaluator.core.errors import InvalidInput

EARLIEST, LATEST = datetime(1970, 1, 1, tzinfo=UTC), datetime(9000, 1, 1, tzinfo=UTC)
"""No trace lies beyond: near the ends of what a date can be, a time zone or another bucket would lead out of it."""
FARTHEST = timedelta(hours=14)
"""No clock on earth is farther from UTC."""

# An address that was not encoded has a space where a plus was typed; no zone begins with one.
_OFFSET = re.compile(r"([+\- ])(\d\d):?([0-5]\d)", re.ASCII)
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_+\-/]{0,63}")
_SECOND = timedelta(seconds=1)


def zone_of(name: str | None) -> tzinfo:
    """The zone of an IANA name (Europe/Berlin) or a fixed offset (+05:30, up to 14 h); UTC for None.

    Raises:
        InvalidInput: there is no such zone; names `tz`.
    """
    if name is None or name in ("UTC", "Z"):
        return UTC
    if found := _OFFSET.fullmatch(name):
        sign, hours, minutes = found.groups()
        offset = timedelta(hours=int(hours), minutes=int(minutes))
        if offset <= FARTHEST:
            return timezone(-offset if sign == "-" else offset) if offset else UTC
    elif _NAME.fullmatch(name):
        try:
            return ZoneInfo(name)
        except (KeyError, ValueError, OSError):  # none, no file of a zone, or a folder of them
            pass
    remedy = "Give an IANA name like Europe/Berlin, or an offset from UTC like +05:30 (in an address: %2B05:30)"
    raise InvalidInput("tz", f"unknown time zone {name[:64]!r}", remedy)


def zone_name(zone: tzinfo) -> str:
    """The name by which `zone_of` finds a zone."""
    return str(zone).removeprefix("UTC") or "UTC"


def utc(moment: datetime, zone: tzinfo = UTC) -> datetime:
    """`moment` in UTC, brought to where traces can be; one without an offset is read on a clock of `zone`."""
    if moment.tzinfo is None:
        wall = min(max(moment, EARLIEST.replace(tzinfo=None)), LATEST.replace(tzinfo=None))
        moment = first_instant(wall, zone)
    return min(max(moment, EARLIEST), LATEST).astimezone(UTC)


def first_instant(wall: datetime, zone: tzinfo) -> datetime:
    """The first moment (UTC) at which a clock of `zone` shows `wall` (without an offset) or, if it skips it, more.

    A clock that is put back shows some times twice, one that is put forward skips some.
    """
    early, late = (wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    if early <= late:
        return early
    low, high = late, early  # skipped: the offset changes between the two
    while high - low > _SECOND:
        middle = low + (high - low) // _SECOND // 2 * _SECOND
        if middle.astimezone(zone).replace(tzinfo=None) >= wall:
            high = middle
        else:
            low = middle
    return high
