"""Moments that a request names."""

from __future__ import annotations

from datetime import UTC, datetime

EARLIEST, LATEST = datetime(1970, 1, 1, tzinfo=UTC), datetime(9000, 1, 1, tzinfo=UTC)
"""No trace lies beyond: near the ends of what a date can be, a time zone or another bucket would lead out of it."""


def utc(moment: datetime | None) -> datetime | None:
    """`moment` in UTC, brought to where traces can be; one without a zone is taken to be UTC."""
    if moment is None:
        return None
    aware = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
    return min(max(aware, EARLIEST), LATEST).astimezone(UTC)
