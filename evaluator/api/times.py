"""The time that a request names."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated, Any

from fastapi import Query
from pydantic import BeforeValidator

from evaluator.core.zones import utc, zone_of

TZ = "An IANA time zone like Europe/Berlin, or an offset like +05:30; UTC if left out"
FROM = "The first moment, ISO 8601; without an offset it is read in `tz`"


_DATE = re.compile(r"(\d{4})(\d\d)(\d\d)")


def _dated(value: Any) -> Any:
    """A date of eight digits with hyphens: without them it would be read as seconds since 1970."""
    match = _DATE.fullmatch(value) if isinstance(value, str) else None
    return "-".join(match.groups()) if match else value


Moment = Annotated[datetime, BeforeValidator(_dated)]
"""A time of a request, as ISO 8601 writes it."""


class Between:
    """`from`, `to` and `tz` of a request, as a dependency of a route: [start, end) in UTC, None where it is open."""

    def __init__(
        self,
        start: Annotated[Moment | None, Query(alias="from", description=FROM)] = None,
        end: Annotated[Moment | None, Query(alias="to", description="The moment before which it ends")] = None,
        tz: Annotated[str | None, Query(description=TZ)] = None,
    ) -> None:
        self.zone = zone_of(tz)
        self.start, self.end = (None if at is None else utc(at, self.zone) for at in (start, end))
