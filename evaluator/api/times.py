"""The time that a request names."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import Query

from evaluator.core.zones import utc, zone_of

TZ = "An IANA time zone like Europe/Berlin, or an offset like +05:30; UTC if left out"
FROM = "The first moment, ISO 8601; without an offset it is read in `tz`"


class Between:
    """`from`, `to` and `tz` of a request, as a dependency of a route: [start, end) in UTC, None where it is open."""

    def __init__(
        self,
        start: Annotated[datetime | None, Query(alias="from", description=FROM)] = None,
        end: Annotated[datetime | None, Query(alias="to", description="The moment before which it ends")] = None,
        tz: Annotated[str | None, Query(description=TZ)] = None,
    ) -> None:
        self.zone = zone_of(tz)
        self.start, self.end = (None if at is None else utc(at, self.zone) for at in (start, end))
